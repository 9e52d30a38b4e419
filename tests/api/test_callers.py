"""Who may call, and how often."""

import msgspec
import pytest

from api import app
from api.auth import CACHE_SECONDS, Callers
from api.rate import Rate
from darkroom.errors import TooMany, Unauthenticated
from storage import users
from storage.engine import read, write


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "Bearer drk_nobody", "Bearer ä"]
)
def test_who_has_no_token_is_asked_for_one(anybody, header):
    reply = anybody.simulate_get("/v1/me", headers={} if header is None else {"Authorization": header})

    assert reply.status_code == 401
    assert reply.json["code"] == "unauthenticated"
    assert reply.headers["WWW-Authenticate"] == 'Bearer realm="darkroom"'


def test_an_expired_token_is_refused(anybody, make_token):
    token = make_token(lifetime_seconds=-1.0)

    reply = anybody.simulate_get("/v1/me", headers={"Authorization": f"Bearer {token}"})

    assert reply.status_code == 401
    assert reply.json["detail"] == "the token has expired"


def test_a_user_who_was_shut_out_is_refused(anybody, make_token, services):
    token = make_token()
    with write(services.engine) as db:
        users.enable(db, "ada", enabled=False)

    assert anybody.simulate_get("/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_a_revoked_token_is_refused_once_it_is_forgotten(services, make_token):
    token, now = make_token(), [0.0]
    callers = Callers(services.engine, clock=lambda: now[0])
    token_id = callers.identify(token).token_id
    with write(services.engine) as db:
        users.revoke(db, token_id)

    now[0] = CACHE_SECONDS

    with pytest.raises(Unauthenticated, match="revoked"):
        callers.identify(token)


def test_the_use_of_a_token_is_noted(services, make_token):
    callers = Callers(services.engine)

    caller = callers.identify(make_token())

    with read(services.engine) as db:
        (token,) = users.tokens_of(db, caller.user_id)
    assert token.used_at is not None


def test_a_token_to_read_does_not_write(anybody, make_token, bench):
    headers = {"Authorization": f"Bearer {make_token(scopes='read')}"}

    assert anybody.simulate_get("/v1/jobs", headers=headers).status_code == 200
    reply = anybody.simulate_post("/v1/jobs", json={"kind": "drill"}, headers=headers)
    assert reply.status_code == 403
    assert reply.json["hint"] == "use a token with the scope 'write'"
    assert bench.written() == (0, 0, 0)


def test_me_tells_who_i_am_and_my_limits(ada):
    ada.submit({"kind": "drill"})

    me = ada.simulate_get("/v1/me").json

    assert (me["name"], me["is_admin"], me["scopes"], me["open_jobs"]) == ("ada", False, ["all"], 1)
    assert me["limits"]["body_bytes"] == 1 << 20


def test_whoever_asks_too_fast_is_told_when_to_come_back(make_services, settings, ada):
    slow = msgspec.structs.replace(settings, rate_per_second=0.001, rate_burst=2)
    ada.app = app.mount(make_services(slow))

    replies = [ada.simulate_get("/v1/me") for _ in range(3)]

    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert replies[2].json["code"] == "too_many"
    assert int(replies[2].headers["Retry-After"]) > 900


def test_a_bucket_refills_with_time():
    now = [0.0]
    rate = Rate(per_second=2.0, burst=1, clock=lambda: now[0])
    rate.take(1)
    with pytest.raises(TooMany) as refused:
        rate.take(1)

    now[0] = refused.value.retry_after

    rate.take(1)
    assert refused.value.retry_after == 0.5


def test_every_token_has_a_bucket_of_its_own():
    rate = Rate(per_second=1.0, burst=1, clock=lambda: 0.0)
    rate.take(1)

    rate.take(2)

    with pytest.raises(TooMany):
        rate.take(2)


def test_a_browser_may_ask_what_it_may_do(make_services, settings, anybody):
    anybody.app = app.mount(
        make_services(msgspec.structs.replace(settings, cors_origins="https://lab.example"))
    )

    reply = anybody.simulate_options(
        "/v1/jobs",
        headers={
            "Origin": "https://lab.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization",
        },
    )

    assert reply.status_code == 200
    assert reply.headers["Access-Control-Allow-Origin"] == "https://lab.example"
    assert "POST" in reply.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize(("given", "kept"), [("trace-7.a", True), ("no spaces", False), ("a" * 65, False)])
def test_a_request_id_is_taken_over_if_it_is_plain(anybody, given, kept):
    reply = anybody.simulate_get("/healthz", headers={"X-Request-Id": given})

    assert (reply.headers["X-Request-Id"] == given) is kept


def test_an_unexpected_error_tells_nothing_but_the_request_id(ada, services, monkeypatch):
    def break_down(*given):
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr("storage.jobs.get", break_down)

    reply = ada.simulate_get("/v1/jobs/1")

    assert reply.status_code == 500
    assert reply.json["code"] == "internal"
    assert "secret" not in reply.text
    assert reply.json["request_id"] == reply.headers["X-Request-Id"]
