"""Who may come in, and what they are told of themselves."""

import pytest

from storage import passwords, users
from storage.engine import write
from tests.api.fluxtream.conftest import Phone, basic

BASES = ("/api", "/api/v1")


@pytest.mark.parametrize("base", BASES)
def test_who_logs_in_is_told_their_number(test, base):
    answer = test.look(f"{base}/guest")

    assert answer.status_code == 200
    assert answer.text == (
        '{"username":"test","firstname":"test","lastname":"","email":"","roles":"[ROLE_USER]",'
        f'"id":{test.id}}}'
    )


def test_an_operator_has_both_roles(make_phone):
    root = make_phone("root@example.com", is_admin=True)

    told = root.look("/api/guest").json

    assert (told["roles"], told["email"]) == ("[ROLE_ADMIN, ROLE_USER]", "root@example.com")


@pytest.mark.parametrize("base", BASES)
def test_who_is_not_logged_in_is_challenged(nobody, base):
    answer = nobody.look(f"{base}/guest")

    assert answer.status_code == 401
    assert answer.text == '{"result":"KO","message":"Access Denied. Please log in ..."}'
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize(
    "authorization",
    [
        basic("test", "testtesT"),
        basic("test", ""),
        basic("nobody", "testtest"),
        basic("test", "x" * 5000),
        basic("te\x00st", "testtest"),
        "Basic !!!!",
        "Basic dGVzdA==",
        "Basic",
        "Digest abc",
        "Bearer drk_unknown",
    ],
)
def test_a_wrong_credential_opens_nothing(test, authorization):
    answer = Phone(test.app, 0, authorization).look("/api/guest")

    assert answer.status_code == 401


def test_a_token_is_as_good_as_a_password(test, make_token):
    phone = Phone(test.app, test.id, f"Bearer {make_token('test')}")

    assert phone.look("/api/guest").json["id"] == test.id


def test_a_password_that_was_changed_is_refused_when_it_is_looked_at_again(test, services):
    assert test.look("/api/guest").status_code == 200
    services.passwords._clock = lambda: 1e12  # later than any second of this machine

    with write(services.engine) as db:
        passwords.set_password(db, "test", "another one")

    assert test.look("/api/guest").status_code == 401
    assert Phone(test.app, 0, basic("test", "another one")).look("/api/guest").status_code == 200


def test_who_was_shut_out_is_refused_when_looked_at_again(test, services):
    test.look("/api/guest")
    services.passwords._clock = lambda: 1e12

    with write(services.engine) as db:
        users.enable(db, "test", enabled=False)

    assert test.look("/api/guest").status_code == 401


def test_a_password_is_proved_once_and_then_remembered(test, monkeypatch):
    proofs = []
    monkeypatch.setattr(passwords, "is_right", lambda login, text: proofs.append(text) or True)

    for _ in range(5):
        assert test.look("/api/guest").status_code == 200

    assert proofs == ["testtest"]


def test_who_guesses_is_slowed_down(test, monkeypatch):
    monkeypatch.setattr(passwords, "is_right", lambda login, text: False)

    answers = [Phone(test.app, 0, basic("test", f"guess {n}")).look("/api/guest") for n in range(30)]

    assert {answer.status_code for answer in answers} == {401, 429}
    assert answers[-1].headers["Retry-After"] == "1"


@pytest.mark.parametrize("path", ["/api/bodytrack", "/api/bodytrack/nothing", "/api/v1/bodytrack/nothing"])
def test_a_path_that_is_not_there_is_not_found(test, path):
    assert test.look(path).status_code == 404
