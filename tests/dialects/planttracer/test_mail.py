"""Login links by mail, and the limit of an upload, in a house that has a mailer."""

import re

import pytest

from tests.api import smtp_server
from tests.dialects.planttracer.browser import Browser, agreed, refused
from tests.dialects.planttracer.house import running

COURSE_KEY = "cafe0202"
RESENT = (
    "If you have an account, a link was sent. If you do not receive a link within 60 seconds, you may need to "
    '<a href="/register">register</a> your email address.'
)


@pytest.fixture(scope="module")
def postbox():
    with smtp_server.serving() as box:
        yield box


@pytest.fixture(scope="module")
def posting_house(tmp_path_factory, postbox):
    settings = {
        "DARKROOM_SMTP_HOST": "127.0.0.1",
        "DARKROOM_SMTP_PORT": str(postbox.port),
        "DARKROOM_SMTP_FROM": "plants@example.com",
        "DARKROOM_SMTP_STARTTLS": "false",
        "DARKROOM_PLANTTRACER_FRAMES_LIMIT": "30",
        "DARKROOM_PLANTTRACER_UPLOAD_LIMIT_BYTES": "1000000",
    }
    with running(tmp_path_factory.mktemp("mail") / "data", **settings) as house:
        house.command("course", "create", "Mailed", "--name", "Mailed", "--key", COURSE_KEY)
        yield house


def key_in(letter):
    (key,) = set(re.findall(r"/login\?api_key=(a[0-9a-f]{32})", letter.get_content()))
    return key


def test_point_04_the_login_link_comes_by_mail_and_nowhere_else(posting_house, postbox):
    visitor = Browser(posting_house.url)

    answer = agreed(
        visitor.form(
            "/api/register",
            email="ada@example.com",
            course_key=COURSE_KEY,
            name="Ada",
            planttracer_endpoint="https://plants.example",
        )
    )

    assert answer["message"].startswith("Registration key sent to ada@example.com")
    assert answer["user_id"].startswith("u")
    letter = postbox.letters[-1]
    assert (letter["to"], letter["from"]) == ("ada@example.com", "plants@example.com")
    assert "https://plants.example/login?api_key=" in letter.get_content()
    key = key_in(letter)
    assert key not in posting_house.said()
    assert key not in str(answer)
    assert (
        agreed(Browser(posting_house.url, key).post("/api/check-api_key"))["userinfo"]["user_name"] == "Ada"
    )


def test_point_05_a_link_asked_for_again_comes_by_mail_to_the_known_alone(posting_house, postbox):
    visitor = Browser(posting_house.url)
    visitor.form("/api/register", email="bob@example.com", course_key=COURSE_KEY)
    sent = len(postbox.letters)

    known = agreed(visitor.post("/api/resend-link", email="bob@example.com"))
    unknown = agreed(visitor.post("/api/resend-link", email="nobody@example.com"))

    assert known == unknown
    assert known["message"] == RESENT
    assert len(postbox.letters) == sent + 1
    assert postbox.letters[-1]["to"] == "bob@example.com"


def test_point_06_everybody_of_a_bulk_gets_a_letter(posting_house, postbox):
    Browser(posting_house.url).form("/api/register", email="head@example.com", course_key=COURSE_KEY)
    admin = Browser(posting_house.url, key_in(postbox.letters[-1]))
    posting_house.command("course", "admin", "Mailed", "head@example.com")
    sent = len(postbox.letters)

    answer = agreed(
        admin.post(
            "/api/bulk-register", course_id="Mailed", **{"email-addresses": "c@example.com\nd@example.com"}
        )
    )

    assert answer["message"] == "Registered 2 email address(es) and sent login links."
    assert len(postbox.letters) == sent + 2


def test_point_07_the_store_takes_no_more_than_the_limit(posting_house, postbox):
    Browser(posting_house.url).form("/api/register", email="eve@example.com", course_key=COURSE_KEY)
    eve = Browser(posting_house.url, key_in(postbox.letters[-1]))
    fields = {"title": "A plant", "description": "It grows", "movie_data_sha256": "0" * 64}
    answer = agreed(eve.form("/api/new-movie", **fields))  # as the older client, which announces no size

    sent = eve.send(answer["presigned_post"], bytes(1_000_001))

    assert 400 <= sent.status_code < 500


def test_a_movie_of_too_many_frames_says_so(posting_house, postbox, walk):
    Browser(posting_house.url).form("/api/register", email="long@example.com", course_key=COURSE_KEY)
    person = Browser(posting_house.url, key_in(postbox.letters[-1]))
    movie_id = person.start_upload(walk.read_bytes())
    person.get("/resize-api/v1/first-frame", movie_id=movie_id)

    movie = person.wait_for(movie_id, "upload failed")

    assert "30" in str(movie)
    assert "30" in refused(person.trace(movie_id), 400)
