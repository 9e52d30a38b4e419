"""Points 20 to 23: a trace from request to end, a second one from a later frame, and what both leave behind."""

import io
import zipfile

import httpx
import numpy as np
import pytest

from tests.dialects.planttracer.browser import agreed, fetch, marker, pictures, refused, spots
from tests.dialects.planttracer.conftest import APEX, FRAMES, MARKERS
from tests.dialects.planttracer.house import PAGES
from tests.dialects.planttracer.movies import look, scenes, size_of, stored, write

ROUTE = "/resize-api/v1/trace-movie"
TERMS = [
    ({}, "research use prohibited"),
    ({"research_use": "0"}, "research use prohibited"),
    ({"research_use": "1", "credit_by_name": "0"}, "research use allowed (no credit required)"),
    (
        {"research_use": "1", "credit_by_name": "1", "attribution_name": "Ada L."},
        "research use allowed; credit Ada L.",
    ),
]


def test_point_20_a_trace_without_a_key_or_a_body_is_refused(house, student, shown):
    def ask(**more):
        return httpx.post(f"{house.url}{ROUTE}", **more)

    keyed = {"headers": {"x-api-key": student.key}}
    assert refused(ask(json={"movie_id": shown}), 401) == "x-api-key header must be provided"
    assert refused(ask(**keyed), 400) == "Request body must be provided"
    assert refused(ask(json={}, **keyed), 400) == "movie_id must be provided"


@pytest.mark.parametrize("body", [b"{", b"[]", b"3", b'{"movie_id": 3}', b'{"movie_id": null}', b"\xff\xfe"])
def test_point_20_a_body_that_is_no_order_is_refused(house, student, body):
    answer = httpx.post(f"{house.url}{ROUTE}", content=body, headers={"x-api-key": student.key})

    assert refused(answer, 400)


@pytest.mark.parametrize(
    "more",
    [
        {"frame_start": -1},
        {"frame_start": FRAMES},
        {"frame_start": "first"},
        {"frame_start": 1.5},
        {"frame_end": FRAMES},
        {"frame_end": -1},
        {"frame_end": 10**30},
    ],
)
def test_point_20_frames_out_of_range_are_refused_at_once(student, own, more):
    student.put(own, 0, MARKERS)

    answer = student.trace(own, **more)

    assert refused(answer, 400)
    assert student.metadata(own)["status"] == "ready"
    assert list(student.frames(own)) == ["0"]


def test_point_20_a_trace_without_markers_is_refused_in_words_for_a_person(student, own):
    assert "marker" in refused(student.trace(own), 400).lower()

    student.put(own, 0, MARKERS)
    assert "frame 5" in refused(student.trace(own, 5), 400).lower()


def test_point_20_a_stranger_traces_nothing(people, own):
    people.student.put(own, 0, MARKERS)

    for browser in (people.stranger, people.fellow):
        assert "User does not have access to requested movie." in browser.trace(own).text
        assert browser.trace(own).status_code == 403


def test_point_20_a_movie_that_is_still_uploading_is_not_traced(student):
    movie_id = agreed(student.new_movie(b"a movie"))["movie_id"]

    assert 400 <= student.trace(movie_id).status_code < 500
    assert student.listed(movie_id)["status"] == "uploading"


def test_point_20_a_trace_goes_through_its_states(everywhere, walk):
    _, people = everywhere
    student = people.student
    movie_id = student.upload(walk)
    student.put(movie_id, 0, MARKERS)

    begun = student.trace(movie_id, frame_end=FRAMES - 1)

    message = agreed(begun)["message"]
    assert (message["movie_id"], message["frame_start"], message["frame_end"]) == (movie_id, 0, FRAMES - 1)
    assert begun.headers["access-control-allow-origin"] == "*"
    done = student.follow(movie_id)
    movie, frames = done["metadata"], done["frames"]
    assert list(frames) == [str(number) for number in range(FRAMES)]
    assert (movie["last_frame_tracked"], movie["total_frames"], movie["needs_retracing"]) == (
        FRAMES - 1,
        FRAMES,
        0,
    )
    assert len(pictures(fetch(movie["movie_zipfile_url"]))) == FRAMES
    moved = spots(frames[str(FRAMES - 1)])
    assert moved["Apex"] == pytest.approx((APEX[0] + 2 * (FRAMES - 1), APEX[1]), abs=1.0)
    assert moved["Ruler 0mm"] == pytest.approx(spots(frames["0"])["Ruler 0mm"], abs=1.0)


def test_point_20_the_pages_may_ask_across_origins(house):
    answer = httpx.options(
        f"{house.url}{ROUTE}",
        headers={
            "origin": PAGES,
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type,x-api-key",
        },
    )

    assert answer.is_success
    assert answer.headers["access-control-allow-origin"] in {"*", PAGES}
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert allowed == "*" or {"content-type", "x-api-key"} <= {name.strip() for name in allowed.split(",")}


def test_point_20_markers_keep_their_colour_through_a_trace(student, traced):
    last = {point["label"]: point for point in student.frames(traced)[str(FRAMES - 1)]["markers"]}

    assert last["Apex"]["color"] == "#ff8800"
    assert last["Ruler 0mm"]["color"] == "red"
    assert last["Ruler 0mm"]["undeletable"] is True


def test_point_21_a_trace_from_a_later_frame_leaves_the_earlier_ones(student, own_traced):
    before, table = student.frames(own_traced), student.table(own_traced)
    x, y = spots(before["20"])["Apex"]
    student.put(own_traced, 20, [marker("Apex", x + 6, y - 4, color="#ff8800"), *before["20"]["markers"][1:]])
    edited = student.frames(own_traced)
    assert student.metadata(own_traced)["needs_retracing"] == 1

    done = student.traced(own_traced, 20, frame_end=FRAMES - 1)

    assert done["metadata"]["needs_retracing"] == 0
    after = done["frames"]
    assert {number: after[str(number)] for number in range(21)} == {n: edited[str(n)] for n in range(21)}
    assert student.table(own_traced)[1:21] == table[1:21]
    assert all(after[str(number)] != before[str(number)] for number in range(21, FRAMES))
    assert spots(after[str(FRAMES - 1)])["Apex"] != pytest.approx(
        spots(before[str(FRAMES - 1)])["Apex"], abs=2.0
    )


def test_point_21_an_end_is_kept_to_and_later_frames_stay(student, own_traced):
    before = student.frames(own_traced)
    x, y = spots(before["10"])["Apex"]
    student.put(own_traced, 10, [marker("Apex", x + 6, y), *before["10"]["markers"][1:]])

    done = student.traced(own_traced, 10, frame_end=15)

    after = done["frames"]
    assert [number for number in before if after[number] != before[number]] == [str(n) for n in range(10, 16)]


def test_point_21_what_a_trace_left_outside_the_picture_can_be_put_back_with_the_rest(student, tmp_path):
    leaving = [(20.0 + 15 * number, 120.0) for number in range(24)]
    movie_id = student.upload(write(tmp_path / "leaving.mp4", scenes(leaving)))
    student.put(movie_id, 0, [marker("Apex", *stored(*leaving[0], 320, 240)), MARKERS[1]])
    frames = student.traced(movie_id)["frames"]

    for number in (20, 23):
        agreed(student.put(movie_id, number, frames[str(number)]["markers"]))


def test_point_22_the_archive_has_every_frame_by_its_number(student, traced):
    archive = fetch(student.metadata(traced)["movie_zipfile_url"])

    files = pictures(archive)
    assert list(files) == [f"frame_{number:04d}.jpeg" for number in range(FRAMES)]
    assert {size_of(jpeg) for jpeg in files.values()} == {(640, 480)}
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None


def test_point_22_the_archive_is_there_before_any_trace(student, shown):
    answer = student.get("/resize-api/v1/movie-data", movie_id=shown, format="zip")

    assert answer.status_code == 302
    assert len(pictures(fetch(answer.headers["location"]))) == FRAMES


def test_point_22_the_archive_may_be_fetched_by_the_clients_pages(everywhere, walk):
    _, people = everywhere
    movie_id = people.student.upload(walk)
    url = people.student.get("/resize-api/v1/movie-data", movie_id=movie_id, format="json").json()["zip_url"]

    answer = httpx.get(url, headers={"origin": PAGES})

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] in {"*", PAGES}


@pytest.mark.parametrize(("fields", "terms"), TERMS)
def test_point_22_every_picture_carries_the_terms(student, walk, fields, terms):
    movie_id = student.upload(walk, **fields)

    url = student.get("/resize-api/v1/movie-data", movie_id=movie_id, format="json").json()["zip_url"]

    assert {comment_of(jpeg) for jpeg in pictures(fetch(url)).values()} == {terms}


def comment_of(jpeg: bytes) -> str:
    """Read the COM segment, of the marker FF FE, of a JPEG."""
    at = 2
    while jpeg[at : at + 2] != b"\xff\xfe":
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return jpeg[at + 4 : at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")].decode()


def test_point_23_the_traced_movie_is_what_the_client_plays(student, traced):
    codec, told, shown = look(fetch(student.listed(traced)["movie_traced_url"]))

    assert (codec.name, codec.pix_fmt) == ("h264", "yuv420p")
    assert {picture.shape for picture in shown} == {(480, 640, 3)}
    assert len(shown) == FRAMES
    assert told["comment"] == "research use prohibited"


def test_point_23_the_traced_movie_is_as_long_as_the_trim(student, own):
    agreed(student.post("/api/set-movie-trim", movie_id=own, trim_start_frame=8))
    agreed(student.post("/api/set-movie-trim", movie_id=own, trim_end_frame=27))
    student.put(own, 8, MARKERS)

    student.traced(own, 8, frame_end=27)

    _, _, shown = look(fetch(student.listed(own)["movie_traced_url"]))
    assert len(shown) == 20


def test_point_23_the_markers_and_their_ways_are_drawn(student, traced):
    _, _, shown = look(fetch(student.listed(traced)["movie_traced_url"]))

    last = spots(student.frames(traced)[str(FRAMES - 1)])["Apex"]
    for x in (last[0], last[0] - 30):  # the marker, and its way behind it
        place = shown[-1][round(480 - APEX[1]) - 1 : round(480 - APEX[1]) + 1, round(x) - 1 : round(x) + 2]
        red, green, blue = np.median(place.reshape(-1, 3), axis=0)
        assert red > 150 and red > green + 30 > blue, (red, green, blue)


@pytest.mark.parametrize(("fields", "terms"), TERMS[2:])
def test_point_23_the_traced_movie_carries_the_terms(student, walk, fields, terms):
    movie_id = student.upload(walk, **fields)
    student.put(movie_id, 0, MARKERS)
    student.traced(movie_id)

    _, told, _ = look(fetch(student.listed(movie_id)["movie_traced_url"]))

    assert told["comment"] == terms
