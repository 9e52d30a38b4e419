"""Who comes in at the CoralNet door, how often, and what is told at the threshold."""

import msgspec
import pytest

from api import app
from tests.api.coralnet.conftest import MEDIA_TYPE, Script, detail

ME = "/api/user/stephen/"


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (None, "Authentication credentials were not provided."),
        ("Bearer {token}", "Authentication credentials were not provided."),
        ("Basic eA==", "Authentication credentials were not provided."),
        ("Token", "Invalid token header. No credentials provided."),
        ("Token {token} x", "Invalid token header. Token string should not contain spaces."),
        ("Token f22f560a2186c0380962fc9b6da9b365102ef984", "Invalid token."),
        ("Token \u00e9", "Invalid token."),
    ],
)
def test_who_is_not_known_is_told_so(nobody, script, header, told):
    headers = {} if header is None else {"Authorization": header.format(token=script.token)}

    reply = nobody.simulate_get(ME, headers=headers)

    assert (reply.status_code, detail(reply)) == (403, told)
    assert "WWW-Authenticate" not in reply.headers


def test_the_word_before_the_token_has_any_case(nobody, script):
    reply = nobody.simulate_get(ME, headers={"Authorization": f"tOKEN {script.token}"})

    assert reply.status_code == 200


def test_a_token_that_was_revoked_is_not_valid(services, make_token, nobody):
    reply = nobody.simulate_get(ME, headers={"Authorization": f"Token {make_token(lifetime_seconds=-1.0)}"})

    assert (reply.status_code, detail(reply)) == (403, "Invalid token.")


def test_who_shows_wrong_tokens_all_the_time_is_told_to_wait(nobody, script):
    wrong = {"Authorization": "Token wrong"}

    statuses = [nobody.simulate_get(ME, headers=wrong).status_code for _ in range(70)]

    assert statuses[:60] == [403] * 60
    assert statuses[-1] == 429
    assert script.look(ME).status_code == 200


@pytest.mark.parametrize("accept", ["application/json", "text/html", "application/vnd.api+json", "*/*"])
def test_whatever_is_accepted_the_answer_has_one_type(script, accept):
    reply = script.simulate_get(ME, headers={"Accept": accept})

    assert (reply.status_code, reply.headers["Content-Type"]) == (200, MEDIA_TYPE)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/token_auth/", "POST, OPTIONS"),
        ("PUT", "/api/classifier/5/deploy/", "POST, OPTIONS"),
        ("POST", "/api/deploy_job/7/status/", "GET, HEAD, OPTIONS"),
        ("DELETE", "/api/deploy_job/7/result/", "GET, HEAD, OPTIONS"),
        ("POST", ME, "GET, HEAD, OPTIONS"),
    ],
)
def test_another_method_is_refused(script, method, path, allowed):
    reply = script.simulate_request(method, path)

    assert (reply.status_code, detail(reply)) == (405, f'Method "{method}" not allowed.')
    assert reply.headers["Allow"] == allowed


def test_options_tell_what_is_allowed(nobody):
    reply = nobody.simulate_options("/api/classifier/5/deploy/")

    assert (reply.status_code, reply.headers["Allow"]) == (200, "POST")


@pytest.mark.parametrize(
    "path", ["/api/classifier/", "/api/classifier/5", "/api/source/", "/api/source/1/images/", "/api/user/"]
)
def test_what_is_not_there_is_told_as_everything_is(nobody, path):
    reply = nobody.look(path)

    assert (reply.status_code, detail(reply)) == (404, "Not found.")


def test_an_address_has_no_nul(script):
    reply = script.look("/api/user/a%00b/")

    assert reply.status_code == 400


def test_a_user_makes_so_many_requests_in_a_minute_over_all_paths(settings, make_services, script, stranger):
    wsgi = app.mount(make_services(msgspec.structs.replace(settings, coralnet_requests_per_minute=4)))
    hasty, other = Script(wsgi, script.token), Script(wsgi, stranger.token)
    first = hasty.look(ME)
    hasty.look("/api/deploy_job/7/status/")
    hasty.post("/api/classifier/5/deploy/", {})
    hasty.simulate_put("/api/deploy_job/7/result/")

    refused, theirs = hasty.look(ME), other.look("/api/user/eve/")

    assert first.headers["RateLimit-Policy"] == "4;w=60, 1000;w=3600"
    assert [first.headers[f"RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")] == [
        "4",
        "3",
        "60",
    ]
    assert refused.status_code == 429
    seconds = int(refused.headers["Retry-After"])
    assert 1 <= seconds <= 60
    assert detail(refused) == f"Request was throttled. Expected available in {seconds} seconds."
    assert theirs.status_code == 200


def test_an_error_of_ours_is_told_calmly(script, monkeypatch):
    monkeypatch.setattr("storage.coralnet.deploys.active", lambda db, owner: 1 // 0)

    reply = script.look(ME)

    assert reply.status_code == 500
    request_id = reply.headers["X-Request-Id"]
    assert detail(reply) == f"An internal error occurred; the log has it as {request_id}."
