"""Name and password for a token, in the words of the wire."""

import re

import msgspec
import pytest

from api import app
from darkroom.errors import Unauthenticated
from storage import passwords, users
from storage.engine import read
from tests.api.coralnet.conftest import MEDIA_TYPE, PASSWORD, Script

LOGIN = "/api/token_auth/"
GOOD = {"username": "stephen", "password": PASSWORD}
WRONG = {"errors": [{"detail": "Unable to log in with provided credentials."}]}


def told(*complaints):
    return {"errors": [{"detail": text, "source": {"pointer": where}} for text, where in complaints]}


def test_a_login_gives_a_token_that_opens_the_door(nobody, password, wsgi):
    reply = nobody.post(LOGIN, GOOD)

    assert (reply.status_code, reply.headers["Content-Type"]) == (200, MEDIA_TYPE)
    assert list(reply.json) == ["token"]
    assert re.fullmatch(r"[0-9a-f]{40}", reply.json["token"])
    assert Script(wsgi, reply.json["token"]).look("/api/user/stephen/").status_code == 200
    assert reply.headers["Cache-Control"] == "no-store"


def test_the_oldest_token_ends_when_there_are_too_many(settings, make_services, password):
    services = make_services(msgspec.structs.replace(settings, coralnet_tokens_limit=2))
    door = Script(app.mount(services))

    first, *kept = [door.post(LOGIN, GOOD).json["token"] for _ in range(3)]

    with read(services.engine) as db:
        assert [users.authenticate(db, token).name for token in kept] == ["stephen"] * 2
        with pytest.raises(Unauthenticated):
            users.authenticate(db, first)
        assert len(users.tokens_of(db, 1)) == 3  # with one that no login made


def test_a_token_of_a_login_rules_nothing(nobody, password, services):
    token = nobody.post(LOGIN, GOOD).json["token"]

    with read(services.engine) as db:
        assert users.authenticate(db, token).scopes == {"read", "write"}


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ({**GOOD, "password": "another"}, 400, WRONG),
        ({**GOOD, "username": "nobody"}, 400, WRONG),
        ({**GOOD, "username": "n" * 5000}, 400, WRONG),
        (
            {},
            400,
            told(("This field is required.", "/username"), ("This field is required.", "/password")),
        ),
        ({"username": "stephen"}, 400, told(("This field is required.", "/password"))),
        ({**GOOD, "username": ""}, 400, told(("This field may not be blank.", "/username"))),
        ({**GOOD, "password": None}, 400, told(("This field may not be null.", "/password"))),
        ({**GOOD, "password": ["a"]}, 400, told(("Not a valid string.", "/password"))),
        ({**GOOD, "username": "a\x00"}, 400, told(("Not a valid string.", "/username"))),
        ({**GOOD, "username": "\ud800"}, 400, told(("Not a valid string.", "/username"))),
        (
            [],
            400,
            {"errors": [{"detail": "Invalid data. Expected a dictionary, but got list."}]},
        ),
        (
            b"[abc",
            400,
            {"errors": [{"detail": "JSON parse error - Expecting value: line 1 column 2 (char 1)"}]},
        ),
        (b"[" * 5000, 400, {"errors": [{"detail": "JSON parse error - nested deeper than 32"}]}),
    ],
)
def test_what_is_wrong_with_a_login_is_told(nobody, script, body, status, expected):
    reply = nobody.post(LOGIN, body)

    assert (reply.status_code, reply.json) == (status, expected)


def test_no_body_is_a_login_without_fields(nobody):
    reply = nobody.simulate_post(LOGIN)

    assert reply.status_code == 400
    assert [error["source"]["pointer"] for error in reply.json["errors"]] == ["/username", "/password"]


def test_who_guesses_a_password_is_slowed_down(nobody, script, monkeypatch):
    monkeypatch.setattr(passwords, "is_right", lambda login, text: False)

    replies = [nobody.post(LOGIN, {**GOOD, "password": f"guess {i}"}) for i in range(22)]

    assert [reply.status_code for reply in replies[:20]] == [400] * 20
    assert replies[-1].status_code == 429
    assert int(replies[-1].headers["Retry-After"]) >= 1


def test_an_address_that_tries_many_names_is_slowed_down(nobody, script):
    forged = [{"X-Forwarded-For": f"203.0.113.{i}", "Content-Type": MEDIA_TYPE} for i in range(64)]

    statuses = [nobody.simulate_post(LOGIN, body=b"{}", headers=headers).status_code for headers in forged]

    assert statuses[:60] == [400] * 60
    assert statuses[-1] == 429
