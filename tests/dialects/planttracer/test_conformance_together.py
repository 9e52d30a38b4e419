"""Point 26: what happens when two ask at once, when somebody edits meanwhile, and when a worker dies."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.dialects.planttracer.browser import TRACED, agreed, marker, refused, spots
from tests.dialects.planttracer.conftest import FRAMES, MARKERS, settle
from tests.dialects.planttracer.house import running
from tests.dialects.planttracer.movies import line, scenes, write

LONG = 700  # frames: enough of them that a trace is still at work when somebody comes


@pytest.fixture(scope="module")
def long_walk(tmp_path_factory):
    return write(tmp_path_factory.mktemp("long") / "long.mp4", scenes(line(LONG, 0.3)))


@pytest.fixture
def own_long(student, long_walk):
    movie_id = student.upload(long_walk)
    student.put(movie_id, 0, MARKERS)
    return movie_id


def traces_of(browser, movie_id):
    logs = agreed(browser.post("/api/get-logs", movie_id=movie_id))["logs"]
    return [entry for entry in logs if entry.get("event_type") == "movie.tracing.started"]


def test_point_26_two_traces_at_once_are_one(student, own_long):
    last = LONG - 2  # no other test traces so far: a trace that was made before would be over at once
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: student.trace(own_long, frame_end=last), range(2)))

    assert 200 in {answer.status_code for answer in answers}
    assert all(
        answer.status_code == 200 or refused(answer, 409) == "This movie is already being traced"
        for answer in answers
    )
    assert len(student.follow(own_long)["frames"]) == last + 1
    assert len(traces_of(student, own_long)) == 1


def test_point_26_an_edit_during_a_trace_is_not_lost(student, own_long):
    agreed(student.trace(own_long, frame_end=LONG - 1))

    answer = student.put(own_long, LONG - 1, [marker("Apex", 11, 22)])

    done = student.follow(own_long)
    if answer.status_code == 200:
        assert spots(student.frames(own_long)[str(LONG - 1)])["Apex"] == (11, 22)
        assert done["metadata"]["needs_retracing"] == 1
    else:
        assert refused(answer, 409) == "This movie is currently being traced and is read-only."
        assert done["metadata"]["needs_retracing"] == 0


def test_point_26_a_deletion_during_a_trace_leaves_nothing_stuck(student, own_long):
    agreed(student.trace(own_long))

    agreed(student.post("/api/delete-movie", movie_id=own_long))

    deadline = time.monotonic() + 60
    while student.listed(own_long)["status"] == "tracing":
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_point_26_a_rotation_during_a_trace_leaves_nothing_of_the_old_way(student, own_long):
    agreed(student.trace(own_long))

    answer = student.post("/api/rotate-movie", movie_id=own_long, rotation=90)

    deadline = time.monotonic() + 60
    while student.listed(own_long)["status"] in {"tracing", "processing"}:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    movie = student.metadata(own_long)
    assert (movie["rotation"] == 90 and student.frames(own_long) == {}) or (
        answer.json()["error"] is True and movie["rotation"] == 0
    )


def begin(browser, movie):
    """Start a trace, and wait until it has got somewhere; return the movie's id."""
    movie_id = browser.upload(movie)
    browser.put(movie_id, 0, MARKERS)
    agreed(browser.trace(movie_id, frame_end=LONG - 1))
    while not (browser.metadata(movie_id)["last_frame_tracked"] or 0) > 0:
        time.sleep(0.02)
    return movie_id


def ended(browser, movie_id):
    """Wait until the movie is no longer being traced; return its metadata."""
    deadline = time.monotonic() + 60
    while (movie := browser.metadata(movie_id))["status"] == "tracing":
        assert time.monotonic() < deadline, movie
        time.sleep(0.2)
    return movie


@pytest.mark.slow
def test_point_26_a_killed_worker_is_no_end(careful_house, careful, long_walk):
    movie_id = begin(careful, long_walk)
    (worker,) = careful_house.children("cli.main work")

    for process in [worker, *worker.children(recursive=True)]:
        process.kill()

    assert careful.metadata(movie_id)["status"] == "tracing"
    assert ended(careful, movie_id)["status"] == TRACED
    assert len(careful.frames(movie_id)) == LONG


@pytest.mark.slow
def test_point_26_a_trace_that_never_ends_well_says_why_and_can_be_asked_for_again(tmp_path, long_walk):
    settings = {"DARKROOM_MAX_ATTEMPTS": "1", "DARKROOM_PLANTTRACER_MODE": "precise"}  # which takes longer
    with running(tmp_path / "once", **settings) as house:
        student = settle(house)
        movie_id = begin(student, long_walk)
        (worker,) = house.children("cli.main work")

        for process in at_work(worker):
            process.kill()

        movie = ended(student, movie_id)
        assert movie["status"] == "tracing failed"
        assert 0 < len(movie["tracing_failure_summary"]) <= 500
        assert isinstance(movie["tracing_failed_at"], int | float)
        assert len(student.traced(movie_id, frame_end=LONG - 1)["frames"]) == LONG


def at_work(worker):
    """The processes in which a worker's jobs run: each leads a group of its own."""
    return [child for child in worker.children(recursive=True) if os.getpgid(child.pid) == child.pid]


def test_point_26_a_traced_movie_is_traced_again_from_its_start(student, own_traced):
    done = student.traced(own_traced, frame_end=FRAMES - 1)

    assert len(done["frames"]) == FRAMES
    assert len(traces_of(student, own_traced)) == 2
