"""What no client should send: each is refused in words, with the status its client can show, and changes nothing."""

import json
from typing import Any

import pytest

from tests.dialects.planttracer.browser import agreed, refused
from tests.dialects.planttracer.conftest import COURSE, FRAMES, MARKERS

DENIED = "User does not have access to requested movie."
NO_MOVIE = "movie_id is invalid or missing"
UNKNOWN = "m00000000-0000-4000-8000-000000000000"

# Every route that changes a movie, with a call that would be right.
CHANGES: dict[str, dict[str, Any]] = {
    "put-frame-trackpoints": {"frame_number": 0, "trackpoints": json.dumps(MARKERS)},
    "rename-marker": {"old_label": "Apex", "new_label": "Tip"},
    "rotate-movie": {"rotation": 90},
    "delete-movie": {},
    "set-research-metadata": {"research_use": "1"},
    "set-movie-trim": {"trim_start_frame": 1},
    "set-movie-fpm": {"fpm": "30"},
}
READS = ["get-movie-metadata", "get-movie-trackpoints"]


def test_every_change_here_is_agreed_to_as_it_stands(student, own):
    for route, fields in CHANGES.items():
        agreed(student.post(f"/api/{route}", movie_id=own, **fields))


@pytest.mark.parametrize("movie_id", [None, "", "x1", "undefined", "17", "../m", "m\x00", "m" * 5000])
@pytest.mark.parametrize("route", [*CHANGES, *READS])
def test_no_movie_and_nonsense_are_told(student, route, movie_id):
    fields = {} if movie_id is None else {"movie_id": movie_id}

    answer = student.post(f"/api/{route}", **CHANGES.get(route, {}), **fields)

    told = refused(answer, answer.status_code)
    if movie_id in {None, "", "x1"}:
        assert (answer.status_code, told) == (400, NO_MOVIE)
    assert answer.status_code in {400, 403}


@pytest.mark.parametrize("route", [*CHANGES, *READS])
def test_an_unknown_movie_and_a_foreign_one_are_refused_alike(people, shown, route):
    answers = [
        people.stranger.post(f"/api/{route}", movie_id=movie_id, **CHANGES.get(route, {}))
        for movie_id in (UNKNOWN, shown)
    ]

    assert [refused(answer, 403) for answer in answers] == [DENIED, DENIED]


@pytest.mark.parametrize("route", CHANGES)
def test_a_member_of_the_course_changes_nothing(people, shown, route):
    assert refused(people.fellow.post(f"/api/{route}", movie_id=shown, **CHANGES[route]), 403) == DENIED


POINT = {"x": 1, "y": 2, "label": "Apex"}


@pytest.mark.parametrize(
    "trackpoints",
    [
        None,
        "",
        "[",
        "nonsense",
        "3",
        "null",
        "{}",
        "[3]",
        "[null]",
        '["Apex"]',
        json.dumps([{"x": 1, "y": 2}]),
        json.dumps([{"x": 1, "label": "Apex"}]),
        json.dumps([POINT | {"x": "left"}]),
        json.dumps([POINT | {"y": None}]),
        json.dumps([POINT | {"y": [1]}]),
        '[{"x": NaN, "y": 1, "label": "Apex"}]',
        '[{"x": Infinity, "y": 1, "label": "Apex"}]',
        '[{"x": 1e999, "y": 1, "label": "Apex"}]',
        json.dumps([POINT | {"x": 1e300}]),
        json.dumps([POINT | {"label": ""}]),
        json.dumps([POINT | {"label": 3}]),
        json.dumps([POINT | {"label": "x" * 10_000}]),
        json.dumps([POINT | {"color": "x" * 10_000}]),
        json.dumps([POINT, POINT]),
        json.dumps([POINT | {"label": f"Leaf {number}"} for number in range(1001)]),
        "[" * 100_000,
        '[{"x": 1, "y": 2, "label": "\\ud800"}]',
        '[{"x": 1, "y": 2, "label": "a\\u0000b"}]',
    ],
    ids=lambda text: "none" if text is None else text[:40] + f"…{len(text)}" * (len(text) > 40),
)
def test_markers_that_are_none_are_refused(student, shown, trackpoints):
    fields = {} if trackpoints is None else {"trackpoints": trackpoints}

    answer = student.post("/api/put-frame-trackpoints", movie_id=shown, frame_number=0, **fields)

    assert refused(answer, 400 if answer.status_code != 413 else 413)
    assert student.frames(shown) == {}


@pytest.mark.parametrize("frame", [None, "", "first", "-1", "1.5", "nan", FRAMES, 10**9, 10**30])
def test_frames_that_are_none_are_refused(student, shown, frame):
    fields = {} if frame is None else {"frame_number": frame}

    answer = student.post(
        "/api/put-frame-trackpoints", movie_id=shown, trackpoints=json.dumps(MARKERS), **fields
    )

    assert refused(answer, 400)
    assert student.frames(shown) == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"frame_start": 10**30, "frame_count": 1},
        {"frame_start": -5, "frame_count": 1},
        {"frame_start": 0, "frame_count": 10**30},
        {"frame_start": "first", "frame_count": "all"},
    ],
)
def test_frames_beyond_the_movie_are_empty_or_refused(student, shown, fields):
    answer = student.post("/api/get-movie-metadata", movie_id=shown, **fields)

    assert answer.status_code in {200, 400}
    assert answer.json()["error"] is (answer.status_code == 400)
    assert answer.json().get("frames", {}) == {}


@pytest.mark.parametrize(
    "fields", [{"title": "x" * 100_000}, {"description": "x" * 900_000}, {"fpm": "9" * 5000}]
)
def test_overlong_words_about_a_movie_are_refused(student, fields):
    answer = student.new_movie(b"a movie", **fields)

    assert answer.status_code in {200, 400, 413}
    assert answer.json()["error"] is True


def test_an_overlong_name_for_the_credit_is_cut_or_refused(student):
    answer = student.new_movie(b"a movie", research_use="1", credit_by_name="1", attribution_name="x" * 5000)

    assert answer.status_code < 500
    assert (
        answer.json()["error"] is True
        or len(answer.json()["presigned_post"]["fields"]["x-amz-meta-attribution-name"]) <= 256
    )


@pytest.mark.parametrize("length", ["", "many", "-1", "1.5", "nan", 10**30])
def test_a_length_that_is_none_is_no_failure(student, length):
    answer = student.new_movie(b"a movie", movie_data_length=length)

    assert answer.status_code in {200, 400}
    assert answer.json()["error"] in {True, False}


def test_a_body_beyond_all_measure_is_refused(house, student):
    answer = student.http.post("/api/list-movies", content=b"api_key=" + b"a" * (8 << 20), headers=URLENCODED)

    assert answer.status_code in {400, 403, 413}


URLENCODED = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"nothing"),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=" + "x" * 5000, b"--"),
        ("application/x-www-form-urlencoded", b"\xff\xfe=\x00&=&&&%%%"),
        ("application/x-www-form-urlencoded; charset=utf-16", b"a=b"),
        ("nonsense", b"api_key"),
        ("", b"api_key"),
    ],
)
def test_a_body_that_is_no_form_is_no_failure(house, student, kind, body):
    answer = student.http.post("/api/list-movies", content=body, headers={"content-type": kind})

    assert answer.status_code in {400, 403, 415}
    assert answer.json()["error"] is True


@pytest.mark.parametrize("route", ["first-frame", "movie-data"])
@pytest.mark.parametrize(
    ("fields", "statuses"),
    [
        ({}, {400}),
        ({"movie_id": ""}, {400}),
        ({"movie_id": "x1"}, {400, 403}),
        ({"movie_id": UNKNOWN}, {403}),
        ({"movie_id": "red-45"}, {400, 403}),
    ],
)
def test_frames_and_files_of_no_movie_are_refused(student, route, fields, statuses):
    assert student.get(f"/resize-api/v1/{route}", **fields).status_code in statuses


def test_files_without_a_key_are_refused(house, people, shown):
    answer = people.nobody.get("/resize-api/v1/movie-data", movie_id=shown)

    assert answer.status_code == 401
    assert "api_key must be provided" in answer.text


def test_the_archive_of_a_movie_that_is_not_there_yet_is_not_found(student):
    movie_id = agreed(student.new_movie(b"a movie"))["movie_id"]

    answer = student.get("/resize-api/v1/movie-data", movie_id=movie_id, format="zip")

    assert answer.status_code == 404
    assert "movie zipfile is not available" in answer.text


@pytest.mark.parametrize(
    "fields",
    [
        {"start_time": "yesterday"},
        {"end_time": "nan"},
        {"count": "-1"},
        {"count": "many"},
        {"offset": "-7"},
        {"offset": 10**30},
        {"course_id": COURSE},
        {"course_id": "nowhere"},
        {"course_key": "nonsense"},
        {"movie_id": "nonsense"},
        {"log_user_id": "nobody"},
        {"ipaddr": "127.0.0.1"},
        {"ipaddr": "' OR 1=1 --"},
    ],
)
def test_any_filter_of_the_log_is_no_failure(student, fields):
    answer = student.post("/api/get-logs", **fields)

    assert answer.status_code in {200, 400, 403}
    assert answer.json()["error"] in {True, False}
