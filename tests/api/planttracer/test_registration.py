"""How people come in: by the key of a course, by who runs it, and again by a link."""

import re

import pytest
import structlog

from api import app
from darkroom.settings import Settings
from storage.engine import read, write
from storage.planttracer import courses, people
from tests.api.planttracer.conftest import Client
from tests.api.smtp_server import serving

KEY = re.compile(r"api_key=(a[0-9a-f]{32})\b")
NO_MAILER = (
    "Mailer not properly configured (NoMailerConfiguration). "
    "The login link was written to the log of the server."
)
RESENT = (
    "If you have an account, a link was sent. If you do not receive a link within 60 seconds, you may need to "
    '<a href="/register">register</a> your email address.'
)


def key_in_log(entries):
    return KEY.search(next(entry["link"] for entry in entries if "link" in entry)).group(1)


@pytest.fixture
def post():
    with serving() as post:
        yield post


@pytest.fixture
def make_mailing(make_services, tmp_path, post):
    """Makes the door of a house that has a mail server, over a ledger of its own."""

    def make(**more):
        given = {
            "data_dir": str(tmp_path),
            "public_url": "https://plants.example",
            "smtp_host": "127.0.0.1",
            "smtp_port": post.port,
            "smtp_from": "darkroom@example.com",
            "smtp_starttls": False,
            "smtp_timeout_seconds": 2.0,
            "cors_origins": "https://pages.example",
        }
        services = make_services(Settings(**{**given, **more}))
        with write(services.engine) as db:
            courses.add(db, "Plant 101", "Plant movement", key="c0ffee")
            people.add(db, "ada@example.com", "Ada")
        return Client(app.mount(services))

    return make


@pytest.fixture
def mailing(make_mailing):
    return make_mailing()


def test_the_link_of_a_registration_is_mailed_and_nowhere_else(mailing, post):
    answer = mailing.call("/api/register", email="New@Example.com", course_key=" c0ffee ", name="New")

    assert answer.status_code == 200
    assert answer.json["error"] is False
    assert answer.json["message"] == "Registration key sent to new@example.com"
    (letter,) = post.letters
    assert letter["To"] == "new@example.com"
    assert "https://plants.example/login?api_key=a" in letter.get_content()
    assert not KEY.search(answer.text)


def test_the_mailed_key_opens_the_door(mailing, post):
    mailing.call("/api/register", email="new@example.com", course_key="c0ffee", name="New")
    mailing.key = KEY.search(post.letters[0].get_content()).group(1)

    person = mailing.call("/api/check-api_key").json["userinfo"]

    assert person["user_id"].startswith("u")
    assert (person["email"], person["user_name"], person["enabled"]) == ("new@example.com", "New", 1)
    assert (person["primary_course_id"], person["courses"]) == ("Plant 101", ["Plant 101"])


@pytest.mark.parametrize(
    ("endpoint", "base"),
    [
        ("https://pages.example/anything", "https://pages.example/login?"),
        ("https://evil.example", "https://plants.example/login?"),
        ("https://pages.example", "https://pages.example/login?"),
        ("https://pages.example.evil.org", "https://plants.example/login?"),
        ("http://[", "https://plants.example/login?"),
    ],
)
def test_a_link_leads_to_us_or_to_pages_that_we_know(mailing, post, endpoint, base):
    mailing.call("/api/resend-link", email="ada@example.com", planttracer_endpoint=endpoint)

    assert base in post.letters[0].get_content()


def test_without_a_mailer_the_person_is_registered_and_the_log_has_the_link(door, course):
    with structlog.testing.capture_logs() as entries:
        answer = door.call("/api/register", email="new@example.com", course_key="c0ffee")

    assert answer.status_code == 200
    assert answer.json["error"] is True
    assert answer.json["message"] == NO_MAILER
    door.key = key_in_log(entries)
    assert door.call("/api/check-api_key").json["userinfo"]["user_id"] == answer.json["user_id"]


@pytest.mark.parametrize(
    ("more", "registered", "resent"),
    [
        (
            {"smtp_user": "house"},
            "Mailer reports smtplib.SMTPAuthenticationError.",
            "Invalid mailer configuration. Please review error.log on server for more information",
        ),
        (
            {"smtp_from": ""},
            "Mailer not properly configured (InvalidMailerConfiguration).",
            "Invalid mailer configuration. Please review error.log on server for more information",
        ),
    ],
)
def test_a_mailer_that_does_not_work_is_told_and_the_person_is_registered(
    make_mailing, post, more, registered, resent
):
    post.opens = False
    mailing = make_mailing(**more)

    answer = mailing.call("/api/register", email="new@example.com", course_key="c0ffee")
    again = mailing.call("/api/resend-link", email="new@example.com")
    unknown = mailing.call("/api/resend-link", email="unknown@example.com")

    assert (answer.status_code, answer.json["error"], answer.json["message"]) == (200, True, registered)
    assert answer.json["user_id"].startswith("u")
    assert again.json == unknown.json == {"error": True, "message": resent}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "Invalid email address"),
        ({"email": "nonsense", "course_key": "c0ffee"}, "Invalid email address"),
        ({"email": "a@b@c.org", "course_key": "c0ffee"}, "Invalid email address"),
        ({"email": "a" * 300 + "@b.org", "course_key": "c0ffee"}, "Invalid email address"),
        ({"email": "new@example.com"}, "There is no course for that course key."),
        ({"email": "new@example.com", "course_key": "C0FFEE"}, "There is no course for that course key."),
        ({"email": "new@example.com", "course_key": "x" * 5000}, "There is no course for that course key."),
    ],
)
def test_a_registration_that_cannot_be_is_refused(door, course, values, message):
    answer = door.call("/api/register", **values)

    assert answer.status_code == 200
    assert answer.json == {"error": True, "message": message}


def test_a_name_too_long_is_refused(door, course):
    answer = door.call("/api/register", email="new@example.com", course_key="c0ffee", name="x" * 201)

    assert answer.status_code == 400
    assert answer.json["message"] == "name has at most 200 printable characters"


def test_a_full_course_says_so_to_who_is_not_in_it(door, services, enrol):
    with write(services.engine) as db:
        courses.add(db, "Tiny", "Tiny", key="cafe", places=1)
    enrol("first@example.com", course_id="Tiny")

    second = door.call("/api/register", email="second@example.com", course_key="cafe")
    first = door.call("/api/register", email="first@example.com", course_key="cafe")

    assert second.json["message"] == (
        "That course has no remaining registrations. Please contact your faculty member."
    )
    assert first.json["message"] == NO_MAILER


def test_a_second_registration_adds_the_course_and_makes_it_the_primary_one(door, services, student):
    with write(services.engine) as db:
        courses.add(db, "Zoology", "Animals", key="beef")

    door.call("/api/register", email="Student@example.com", course_key="beef", name="Mallory")

    person = student.call("/api/check-api_key").json["userinfo"]
    assert person["courses"] == ["Plant 101", "Zoology"]
    assert person["primary_course_id"] == "Zoology"
    assert person["user_name"] == "Sam Student"


def test_a_registration_makes_nobody_an_admin(door, services, teacher):
    door.call("/api/register", email="new@example.com", course_key="c0ffee", is_admin="1")
    door.call("/api/register", email="teacher@example.com", course_key="c0ffee")

    with read(services.engine) as db:
        admins = [one.user_id for one in courses.members(db, course_ids=["Plant 101"]) if one.is_admin]
    assert admins == [teacher.person.user_id]


def test_a_link_is_promised_in_the_same_words_to_known_and_unknown(mailing, post):
    known = mailing.call("/api/resend-link", email="ada@example.com")
    unknown = mailing.call("/api/resend-link", email="unknown@example.com")

    assert known.json == unknown.json == {"error": False, "message": RESENT}
    assert [letter["To"] for letter in post.letters] == ["ada@example.com"]


def test_a_link_that_cannot_be_sent_is_refused_in_the_same_words_to_known_and_unknown(door, student):
    known = door.call("/api/resend-link", email="student@example.com")
    unknown = door.call("/api/resend-link", email="unknown@example.com")

    assert known.json == unknown.json
    assert known.json == {
        "error": True,
        "message": "Email cannot be sent as no mailer has been configured.",
    }


def test_a_mailbox_is_not_filled_by_strangers(mailing, post):
    answers = [mailing.call("/api/resend-link", email="ada@example.com") for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 200, 429]
    assert answers[-1].json == {
        "error": True,
        "message": "Too many requests. Please wait a few minutes and try again.",
    }
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert len(post.letters) == 5


def test_many_are_registered_whatever_separates_them(teacher):
    answer = teacher.call(
        "/api/bulk-register",
        course_id="Plant 101",
        **{
            "email-addresses": "b1@example.com\nb2@example.com, B3@example.com;b4@example.com b1@example.com\n"
        },
        names="One\r\nTwo",
    )

    assert answer.json["error"] is False
    assert answer.json["message"] == (
        "Registered 4 user(s), but email delivery failed: No mailer configured on server; "
        "users were registered but login links could not be sent."
    )
    users = {user["user_id"]: user for user in teacher.call("/api/list-users").json["users"]}
    named = [(users[one]["email"], users[one]["user_name"]) for one in answer.json["user_ids"]]
    assert named == [
        ("b1@example.com", "One"),
        ("b2@example.com", "Two"),
        ("b3@example.com", ""),
        ("b4@example.com", ""),
    ]


def test_one_bad_address_registers_nobody(teacher, services):
    answer = teacher.call(
        "/api/bulk-register", course_id="Plant 101", **{"email-addresses": "c1@example.com\nnonsense"}
    )

    assert answer.json == {"error": True, "message": "Invalid email address: nonsense"}
    with read(services.engine) as db:
        assert people.by_email(db, "c1@example.com") is None


@pytest.mark.parametrize("course_id", ["Plant 101", "Elsewhere", "no such course", ""])
def test_who_does_not_run_the_course_registers_nobody(student, stranger, course_id):
    answer = student.call("/api/bulk-register", course_id=course_id, **{"email-addresses": "d1@example.com"})

    assert answer.status_code == 200
    assert answer.json == {"error": True, "message": "User is not authorized to manipulate course."}


def test_too_many_addresses_are_refused(teacher):
    many = "\n".join(f"e{number}@example.com" for number in range(501))

    answer = teacher.call("/api/bulk-register", course_id="Plant 101", **{"email-addresses": many})

    assert answer.status_code == 400
    assert answer.json["message"] == "email-addresses has at most 500 addresses"
