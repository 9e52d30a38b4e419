"""Points 7 to 10: how a movie comes in, how it is listed, and what is told of it."""

import hashlib
import time

import httpx
import pytest

from tests.dialects.planttracer.browser import agreed, fetch, refused
from tests.dialects.planttracer.conftest import FRAMES, MARKERS
from tests.dialects.planttracer.house import PAGES
from tests.dialects.planttracer.movies import size_of

UNANSWERED = {
    "research-use": "not-answered",
    "credit-by-name": "not-answered",
    "attribution-name": "",
    "fpm": "",
}
LIMIT = 268_435_456
SIZE = 235_944  # of a recording that Plant Tracer is tried with


@pytest.mark.parametrize("digest", ["", "0" * 63, "0" * 65, None])
def test_point_07_a_digest_of_another_length_is_refused(student, digest):
    fields = {"movie_data_length": 9} | ({} if digest is None else {"movie_data_sha256": digest})

    answer = student.form("/api/new-movie", title="A plant", description="It grows", **fields)

    assert refused(answer) == "Movie SHA256 not provided or is invalid. Uploaded failed."


@pytest.mark.parametrize(
    ("fpm", "message"),
    [
        ("often", "fpm must be a number"),
        ("nan", "fpm must be a number"),
        ("inf", "fpm must be"),
        ("0", "fpm must be greater than 0"),
        ("-1", "fpm must be greater than 0"),
        ("6000.5", "fpm must be <= 6000"),
    ],
)
def test_point_07_a_capture_rate_out_of_range_is_refused(student, fpm, message):
    assert refused(student.new_movie(b"a movie", fpm=fpm)).startswith(message)


@pytest.mark.parametrize(
    ("answered", "fields"),
    [
        ({}, {}),
        ({"research_use": "0"}, {"research-use": "0"}),
        (
            {"research_use": "1", "credit_by_name": "0", "attribution_name": "Ada"},
            {"research-use": "1", "credit-by-name": "0"},
        ),
        (
            {"research_use": "1", "credit_by_name": "1", "attribution_name": "  Ada ", "fpm": "0.5"},
            {"research-use": "1", "credit-by-name": "1", "attribution-name": "Ada", "fpm": "0.5"},
        ),
    ],
)
def test_point_07_what_was_answered_about_research_is_in_the_form(student, answered, fields):
    answer = agreed(student.new_movie(b"a movie", **answered))

    form = answer["presigned_post"]["fields"]
    told = {
        name.removeprefix("x-amz-meta-"): text
        for name, text in form.items()
        if name.startswith("x-amz-meta-")
    }
    assert told == UNANSWERED | fields
    assert form["Content-Type"] == "video/mp4"
    assert answer["movie_id"].startswith("m")
    assert form["key"].endswith(".mov")


def test_point_07_a_movie_is_posted_with_its_empty_fields_and_comes_back_whole(everywhere, walk):
    _, people = everywhere
    student = people.student
    data = walk.read_bytes()
    room = SIZE - len(data)
    assert room >= 8
    data += room.to_bytes(4, "big") + b"free" + bytes(room - 8)

    movie_id = student.upload(data)

    answer = agreed(student.get("/resize-api/v1/movie-data", movie_id=movie_id, format="json"))
    assert hashlib.sha256(fetch(answer["url"])).digest() == hashlib.sha256(data).digest()
    assert answer["movie_id"] == movie_id
    assert student.metadata(movie_id)["total_bytes"] == SIZE


def test_point_07_the_clients_pages_may_post_to_the_store(everywhere):
    _, people = everywhere
    post = agreed(people.student.new_movie(b"a movie"))["presigned_post"]

    answer = httpx.options(post["url"], headers={"origin": PAGES, "access-control-request-method": "POST"})

    assert answer.is_success
    assert answer.headers["access-control-allow-origin"] in {"*", PAGES}


@pytest.mark.parametrize("length", [0, LIMIT + 1, 300_000_000, -5])
def test_point_07_a_size_beyond_the_limit_is_refused_when_announced(student, length):
    answer = student.new_movie(b"a movie", movie_data_length=length)

    assert refused(answer) == f"Movie byte length must be between 1 and {LIMIT}."


def test_point_07_more_bytes_than_announced_are_refused_by_the_store(everywhere, walk):
    _, people = everywhere
    data = walk.read_bytes()
    answer = agreed(people.student.new_movie(data, movie_data_length=len(data) - 1))

    sent = people.student.send(answer["presigned_post"], data)

    assert 400 <= sent.status_code < 500


def test_point_08_a_movie_that_was_only_ordered_is_listed_as_uploading(student):
    movie_id = agreed(student.new_movie(b"a movie", title="Soon", description="It comes"))["movie_id"]

    movie = student.listed(movie_id)

    assert (movie["title"], movie["description"], movie["user_name"]) == ("Soon", "It comes", "Student")
    assert (movie["status"], movie["published"], movie["deleted"]) == ("uploading", 1, 0)
    assert (movie["rotation"], movie["needs_retracing"]) == (0, 0)
    unknown = [
        "width",
        "height",
        "total_frames",
        "fps",
        "fpm",
        "research_use",
        "credit_by_name",
        "orig_movie",
    ]
    assert {name: movie[name] for name in unknown} == dict.fromkeys(unknown)
    assert isinstance(movie["created_at"], int | float)
    assert "movie_traced_url" not in movie


def test_point_08_a_movie_that_is_hidden_is_seen_by_its_owner_and_the_admin_alone(people, own):
    def sees(browser):
        return own in [movie["movie_id"] for movie in agreed(browser.post("/api/list-movies"))["movies"]]

    before = [sees(browser) for browser in (people.student, people.fellow, people.admin, people.stranger)]
    agreed(people.student.post("/api/set-metadata", set_movie_id=own, property="published", value=0))
    after = [sees(browser) for browser in (people.student, people.fellow, people.admin, people.stranger)]

    assert before == [True, True, True, False]
    assert after == [True, False, True, False]


def test_point_08_the_traced_link_is_there_after_the_trace_alone(student, shown, traced):
    assert "movie_traced_url" not in student.listed(shown)
    assert fetch(student.listed(traced)["movie_traced_url"])


def test_point_09_the_first_frame_is_640_px_wide_and_makes_the_movie_ready(student, shown):
    assert size_of(student.first_frame(shown)) == (640, 480)
    movie = student.metadata(shown)
    assert (movie["status"], movie["width"], movie["height"], movie["total_frames"]) == (
        "ready",
        640,
        480,
        FRAMES,
    )


def test_point_09_the_first_frame_is_turned_with_the_movie(student, own):
    agreed(student.post("/api/rotate-movie", movie_id=own, rotation=90))

    assert size_of(student.first_frame(own)) == (480, 640)


@pytest.mark.parametrize(
    ("degrees", "size"), [(0, (640, 480)), (90, (480, 640)), (180, (640, 480)), (270, (480, 640))]
)
def test_point_09_the_red_frames_need_no_key(people, degrees, size):
    answer = people.nobody.get("/resize-api/v1/first-frame", movie_id=f"red-{degrees}")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert size_of(answer.content) == size


def test_point_09_a_stranger_gets_no_frame(people, shown):
    assert people.stranger.get("/resize-api/v1/first-frame", movie_id=shown).status_code == 403
    assert people.nobody.get("/resize-api/v1/first-frame", movie_id=shown).status_code in {401, 403}


@pytest.mark.parametrize("route", ["/resize-api/v1/movie-data", "/api/v1/movie-data"])
def test_point_09_the_movie_itself_is_a_redirect_to_its_bytes(student, shown, walk, route):
    answer = student.get(route, movie_id=shown)

    assert answer.status_code == 302
    assert fetch(answer.headers["location"]) == walk.read_bytes()


def test_point_10_frames_are_there_only_when_asked_for(student, traced):
    def ask(**more):
        return agreed(student.post("/api/get-movie-metadata", movie_id=traced, **more))

    assert "frames" not in ask()
    assert list(ask(frame_start=3, frame_count=2)["frames"]) == ["3", "4"]
    assert len(ask(get_all_if_tracking_completed="true")["frames"]) == FRAMES


def test_point_10_markers_of_an_untraced_movie_are_there_only_by_number(student, own):
    student.put(own, 0, MARKERS)

    answer = agreed(
        student.post("/api/get-movie-metadata", movie_id=own, get_all_if_tracking_completed="true")
    )

    assert "frames" not in answer
    assert list(student.frames(own)) == ["0"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"frame_start": 0}, "frame_start provided but frame_count is not provided"),
        ({"frame_start": 0, "frame_count": 0}, "frame_count must be greater than 0"),
        ({"frame_start": 0, "frame_count": -3}, "frame_count must be greater than 0"),
    ],
)
def test_point_10_frames_without_a_count_are_refused(student, shown, fields, message):
    assert refused(student.post("/api/get-movie-metadata", movie_id=shown, **fields), 400) == message


def test_point_10_trims_defaults_are_computed(student, shown):
    movie = student.metadata(shown)

    assert (movie["trim_start_frame"], movie["trim_end_frame"]) == (0, FRAMES - 1)
    assert movie["trackpoint_origin"] == "bottom-left"


def test_point_10_width_and_height_are_told_as_turned(student, own):
    agreed(student.post("/api/rotate-movie", movie_id=own, rotation=270))

    movie = student.metadata(own)

    assert (movie["width"], movie["height"], movie["rotation"]) == (480, 640, 270)


def test_an_upload_that_is_no_movie_says_so(student):
    movie_id = student.start_upload(b"this is no movie, whatever its name says" * 100)
    student.get("/resize-api/v1/first-frame", movie_id=movie_id)

    deadline = time.monotonic() + 30
    while (movie := student.listed(movie_id))["status"] in {"uploading", "processing"}:
        assert time.monotonic() < deadline, movie
        time.sleep(0.2)

    assert movie["status"] not in {"ready", "tracing"}
    assert 400 <= student.trace(movie_id).status_code < 500


def test_other_bytes_than_were_announced_are_no_movie(student, walk):
    data = walk.read_bytes()
    movie_id = student.start_upload(data, movie_data_sha256="0" * 64)
    student.get("/resize-api/v1/first-frame", movie_id=movie_id)

    deadline = time.monotonic() + 30
    while (movie := student.listed(movie_id))["status"] in {"uploading", "processing"}:
        assert time.monotonic() < deadline, movie
        time.sleep(0.2)

    assert movie["status"] not in {"ready", "tracing"}
