"""Which key opens the Plant Tracer door, where it may be put, and what a wrong one is told."""

from urllib.parse import urlencode

import msgspec
import pytest
import structlog
from falcon.testing import TestClient

from api import app
from darkroom.settings import Settings
from storage import users
from storage.engine import read, write
from storage.planttracer import people
from tests.api.planttracer.conftest import Client

WRONG = "a" + "0" * 32
KEYED = [
    "bulk-register",
    "check-api_key",
    "get-log",
    "get-logs",
    "list-users",
    "list-users-courses",
]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CHECK = "/api/check-api_key"


def multipart(**values):
    parts = [
        f'--edge\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in values.items()
    ]
    return "".join(parts) + "--edge--\r\n"


MULTIPART = {"Content-Type": "multipart/form-data; boundary=edge"}


@pytest.mark.parametrize("key", [WRONG, "nonsense", "", "undefined", people.DEMO_KEY, None])
@pytest.mark.parametrize("route", KEYED)
def test_a_wrong_key_is_refused_and_its_cookie_expires(door, route, key):
    door.key = key

    answer = door.call(f"/api/{route}")

    assert answer.status_code == 403
    assert answer.json == {"error": True, "message": "Invalid api_key"}
    assert answer.headers["Set-Cookie"] == (
        "api_key=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/"
    )


def test_a_key_is_taken_from_query_form_multipart_and_cookie(door, student):
    key = student.key

    answers = [
        door.simulate_get(CHECK, params={"api_key": key}),
        door.simulate_post(CHECK, body=urlencode({"api_key": key}), headers=FORM),
        door.simulate_post(CHECK, body=multipart(api_key=key), headers=MULTIPART),
        door.simulate_post(CHECK, headers={"Cookie": f"api_key={key}"}),
    ]

    assert [answer.json["userinfo"]["email"] for answer in answers] == ["student@example.com"] * 4


def test_the_query_goes_before_the_form_and_both_before_the_cookie(door, student, other):
    form = {"body": urlencode({"api_key": other.key}), "headers": FORM}

    over_form = door.simulate_post(CHECK, params={"api_key": student.key}, **form)
    over_cookie = door.simulate_post(
        CHECK,
        body=urlencode({"api_key": student.key}),
        headers={**FORM, "Cookie": f"api_key={other.key}"},
    )
    wrong_first = door.simulate_post(CHECK, params={"api_key": WRONG}, **form)

    assert over_form.json["userinfo"]["email"] == "student@example.com"
    assert over_cookie.json["userinfo"]["email"] == "student@example.com"
    assert wrong_first.status_code == 403


def test_the_word_undefined_is_no_key(door, student):
    answer = door.simulate_post(
        CHECK, params={"api_key": "undefined"}, headers={"Cookie": f"api_key={student.key}"}
    )

    assert answer.json["userinfo"]["email"] == "student@example.com"


def test_json_is_not_read(door, student):
    answer = door.simulate_post(CHECK, json={"api_key": student.key})

    assert answer.status_code == 403


def test_a_revoked_key_opens_nothing(services, student):
    with write(services.engine) as db:
        (token,) = users.tokens_of(db, student.person.user_id)
        users.revoke(db, token.id)

    assert student.call(CHECK).status_code == 403


def test_a_disabled_persons_key_opens_nothing(services, student):
    with write(services.engine) as db:
        users.enable(db, f"planttracer/{student.person.public_id}", enabled=False)

    assert student.call(CHECK).status_code == 403


def test_whoever_was_shut_out_does_not_come_in_by_registering_again(services, door, student):
    with write(services.engine) as db:
        users.enable(db, f"planttracer/{student.person.public_id}", enabled=False)

    with structlog.testing.capture_logs() as entries:
        door.call("/api/register", email="student@example.com", course_key="c0ffee")
    door.key = next(entry["link"] for entry in entries if "link" in entry).partition("api_key=")[2]

    assert door.call(CHECK).status_code == 403


def test_a_key_of_this_door_opens_no_other(services, student):
    native = TestClient(app.mount(services), headers={"Authorization": f"Bearer {student.key}"})

    answer = native.simulate_get("/v1/jobs")

    assert answer.status_code == 403
    assert answer.json["code"] == "forbidden"


def test_a_token_of_another_door_opens_this_one_to_nobody(door, make_token):
    door.key = make_token()

    answer = door.call(CHECK)

    assert answer.status_code == 403
    assert answer.json == {"error": True, "message": "Invalid api_key"}


def test_only_the_digest_of_a_key_is_kept(services, student):
    student.call(CHECK)

    with read(services.engine) as db:
        (token,) = users.tokens_of(db, student.person.user_id)
        kept = "".join(db.connection.driver_connection.iterdump())
    assert student.key not in kept
    assert token.use_count == 1
    assert token.first_used_at == token.used_at


@pytest.mark.parametrize(
    ("body", "headers", "status", "message"),
    [
        ("x=" + "y" * (1 << 20), FORM, 413, "a body has at most 1048576 bytes"),
        ("&".join(f"f{n}=1" for n in range(201)), FORM, 400, "more than 200 fields"),
        ("name=a%00b", FORM, 400, "name has a NUL character"),
        (multipart(name="a\x00b"), MULTIPART, 400, "name has a NUL character"),
    ],
)
def test_a_call_that_nobody_makes_is_refused(door, body, headers, status, message):
    answer = door.simulate_post("/api/register", body=body, headers=headers)

    assert answer.status_code == status
    assert answer.json == {"error": True, "message": message}


@pytest.mark.parametrize("body", ["", "nonsense", "--edge", multipart(name="x")[:-20], "--edge\r\n\r\n"])
def test_a_broken_form_is_refused_calmly(door, body):
    answer = door.simulate_post("/api/register", body=body, headers=MULTIPART)

    assert answer.status_code in {200, 400}
    assert answer.json["error"] is True


def test_an_unexpected_error_is_told_without_its_inside(services, student, monkeypatch):
    monkeypatch.setattr(people, "get", lambda db, user_id: 1 / 0)

    answer = student.call(CHECK)

    assert answer.status_code == 500
    assert answer.json == {"error": True, "message": "Internal Server Error"}


@pytest.fixture
def demo(make_services, tmp_path):
    return Client(app.mount(make_services(Settings(data_dir=str(tmp_path), planttracer_demo=True))))


@pytest.mark.parametrize("key", [None, WRONG, people.DEMO_KEY])
def test_in_demo_mode_everybody_is_the_demo_user(demo, key):
    demo.key = key

    answer = demo.call(CHECK)

    assert answer.json["userinfo"]["user_name"] == "Demo User"
    assert answer.json["userinfo"]["courses"] == ["demo-course"]


def test_the_demo_user_changes_nothing(demo):
    answer = demo.call("/api/bulk-register", course_id="demo-course", **{"email-addresses": "a@b.org"})

    assert answer.status_code == 403
    assert msgspec.json.decode(answer.content) == {
        "error": True,
        "message": "demo accounts not allowed to execute requested action",
    }


def test_the_demo_course_is_made_once(demo):
    demo.call(CHECK)

    answers = [demo.call("/api/list-users").json for _ in range(2)]

    assert [len(answer["users"]) for answer in answers] == [1, 1]
    assert "course_key" not in answers[0]["courses"][0]
