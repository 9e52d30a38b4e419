"""How a movie comes in: announced, posted to the store, found there by whoever asks, and looked into."""

import hashlib

import pytest

from storage.engine import read
from storage.planttracer import intake, movies
from storage.planttracer.movies import State
from workers import sweep

UNANSWERED = {
    "research-use": "not-answered",
    "credit-by-name": "not-answered",
    "attribution-name": "",
    "fpm": "",
}


def told(form):
    """Return what the form says of the movie."""
    return {
        name.removeprefix("x-amz-meta-"): value
        for name, value in form["fields"].items()
        if name.startswith("x-amz-meta-")
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, {}),
        ({"research_use": "0"}, {"research-use": "0"}),
        (
            {"research_use": "1", "credit_by_name": "0", "attribution_name": "Ada"},
            {"research-use": "1", "credit-by-name": "0"},
        ),
        (
            {"research_use": "1", "credit_by_name": "1", "attribution_name": " Ada ", "fpm": "0.5"},
            {"research-use": "1", "credit-by-name": "1", "attribution-name": "Ada", "fpm": "0.5"},
        ),
    ],
)
def test_the_form_says_what_was_answered_and_its_empty_fields_too(student, announce, given, said):
    reply = announce(student, **given)

    assert reply.status_code == 200
    assert reply.json["error"] is False
    form = reply.json["presigned_post"]
    assert told(form) == UNANSWERED | said
    assert form["fields"]["Content-Type"] == "video/mp4"
    assert form["fields"]["key"] == f"incoming/{reply.json['movie_id']}.mov"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"movie_data_sha256": "0" * 63}, "Movie SHA256 not provided or is invalid. Uploaded failed."),
        ({"movie_data_sha256": "g" * 64}, "Movie SHA256 not provided or is invalid. Uploaded failed."),
        ({"movie_data_sha256": ""}, "Movie SHA256 not provided or is invalid. Uploaded failed."),
        ({"fpm": "often"}, "fpm must be a number"),
        ({"fpm": "nan"}, "fpm must be a number"),
        ({"fpm": "-1"}, "fpm must be greater than 0"),
        ({"fpm": "6001"}, "fpm must be <= 6000"),
        ({"movie_data_length": "0"}, "Movie byte length must be between 1 and 268435456."),
        ({"movie_data_length": "268435457"}, "Movie byte length must be between 1 and 268435456."),
        ({"movie_data_length": "many"}, "Movie byte length must be between 1 and 268435456."),
    ],
)
def test_what_is_wrong_with_a_new_movie_is_said_with_status_200(student, announce, given, message):
    reply = announce(student, **given)

    assert (reply.status_code, reply.json) == (200, {"error": True, "message": message})


def test_a_title_beyond_its_limit_is_refused(student, announce):
    reply = announce(student, title="x" * 1001)

    assert reply.status_code == 400
    assert reply.json["message"] == "title has at most 1000 characters"


def test_a_movie_that_nobody_has_sent_is_listed_as_uploading(student, announce):
    movie_id = announce(student, title="Soon").json["movie_id"]

    (movie,) = student.call("/api/list-movies").json["movies"]

    assert (movie["movie_id"], movie["title"], movie["status"]) == (movie_id, "Soon", "uploading")
    assert (movie["published"], movie["deleted"], movie["rotation"], movie["needs_retracing"]) == (1, 0, 0, 0)
    unknown = ("width", "height", "total_frames", "fps", "fpm", "research_use", "orig_movie", "uploaded_at")
    assert [movie[name] for name in unknown] == [None] * 8
    assert isinstance(movie["created_at"], int)
    assert "movie_traced_url" not in movie


def test_an_upload_is_found_by_whoever_asks_and_is_ready_once_it_was_looked_into(
    student, announce, send, bench
):
    reply = announce(student)
    send(student, reply)
    before = student.movie(reply.json["movie_id"])
    bench.succeed(summary={"width": 320, "height": 240, "frames": 40, "fps": 25.0})

    after = student.movie(reply.json["movie_id"])

    assert before["status"] == "processing"
    assert before["total_bytes"] == len(b"a movie")
    assert after["status"] == "ready"
    assert (after["width"], after["height"], after["total_frames"], after["fps"]) == (640, 480, 40, "25")
    assert (after["trim_start_frame"], after["trim_end_frame"]) == (0, 39)
    assert after["uploaded_at"] is not None and after["resized_at"] is not None


def test_no_more_bytes_are_taken_than_were_announced(student, announce, send):
    reply = announce(student, movie_data_length=6)

    sent = send(student, reply)

    assert sent.status_code == 413


def test_other_bytes_than_were_announced_make_no_movie(student, announce, send):
    reply = announce(student, movie_data_sha256="0" * 64)
    send(student, reply)

    movie = student.movie(reply.json["movie_id"])

    assert movie["status"] == "upload failed"
    assert movie["upload_failure_summary"] == "the bytes have another sha256 than announced"


def test_what_is_no_movie_says_why_in_metadata_and_first_frame(student, announce, send, bench):
    movie_id = announce(student).json["movie_id"]
    send(student, announce.last)
    student.movie(movie_id)
    bench.fail("not_a_movie", "this is not a movie")

    frame = student.look("/resize-api/v1/first-frame", movie_id=movie_id)

    assert (frame.status_code, frame.json) == (400, {"error": True, "message": "this is not a movie"})
    assert student.movie(movie_id)["upload_failure_summary"] == "this is not a movie"


def test_a_movie_of_too_many_frames_names_the_limit(student, announce, send, bench):
    movie_id = announce(student).json["movie_id"]
    send(student, announce.last)
    student.movie(movie_id)
    bench.succeed(summary={"width": 320, "height": 240, "frames": 10_001})

    movie = student.movie(movie_id)

    assert movie["status"] == "upload failed"
    assert movie["upload_failure_summary"] == "the movie has 10001 frames; the limit is 10000"


def test_two_who_find_an_upload_at_once_take_it_in_once(student, announce, send, services, means, bench):
    movie_id = announce(student).json["movie_id"]
    send(student, announce.last)
    with read(services.engine) as db:
        seen_before = movies.find(db, movie_id)
    intake.look_after(means, movie_id)

    late = intake._take_in(means, seen_before)

    assert late.state is State.PROCESSING
    assert bench.written() == (1, 1, 1)


def test_a_sweep_finds_the_upload_of_a_client_that_vanished(student, announce, send, means):
    movie_id = announce(student).json["movie_id"]
    send(student, announce.last)

    found = sweep.sweep_movies(means, movies.awaited)

    assert found == 1
    assert student.movie(movie_id)["status"] == "processing"


def test_the_same_bytes_sent_again_change_nothing(student, announce, send, bench, ready):
    movie_id = ready(student)

    send(student, announce.last)

    movie = student.movie(movie_id)
    assert movie["status"] == "ready"
    assert movie["total_bytes"] == len(b"a movie")


def test_newer_clients_say_that_the_upload_is_over(student, announce, send):
    movie_id = announce(student).json["movie_id"]
    send(student, announce.last)

    reply = student.order("/resize-api/v1/process-upload", movie_id=movie_id)

    assert (reply.status_code, reply.json["status"]) == (200, "processing")


def test_the_form_is_good_for_exactly_the_movie_that_was_announced(student, announce, send):
    reply = announce(student)

    sent = send(student, reply, key="incoming/another.mov")

    assert sent.status_code == 403


def test_the_digest_is_compared_without_regard_to_case(student, announce, send):
    digest = hashlib.sha256(b"a movie").hexdigest().upper()
    movie_id = announce(student, movie_data_sha256=digest).json["movie_id"]
    send(student, announce.last)

    assert student.movie(movie_id)["status"] == "processing"
