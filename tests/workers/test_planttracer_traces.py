"""Plant Tracer's traces from order to retrace, on both databases, by a real worker and without a door."""

import av
import pytest
import sqlalchemy as sa

from darkroom.errors import Conflict
from storage.engine import read, write
from storage.planttracer import frames, intake, movies, tracing
from storage.planttracer.markers import Marker
from storage.planttracer.movies import State
from storage.planttracer.tracing import Wanted
from storage.tables import jobs, media, parts
from tests.workers.crowds import at_once, count
from workers import sweep

SEED = Marker(162.0, 318.0, "Apex", "#ff8800")  # on the dot, at (40, 40) of 160 × 120 source pixels
LAST = 11  # frame of the movie of the dot


@pytest.fixture
def marked(means, announced, settle):
    """A movie that is ready, and marked on its first frame."""
    assert settle(announced).state is State.READY
    put(means, announced, 0, [SEED])
    return announced


def put(means, movie_id, frame, given):
    with write(means.engine) as db:
        movies.held(db, movie_id)
        frames.put(db, movie_id, frame, given)


def trace(means, movie_id, start=0, end=None, mode="baseline"):
    movie = intake.look_after(means, movie_id)
    return tracing.order(means, movie, Wanted(start, end, mode), movie.user_id)


def points(means, movie_id):
    with read(means.engine) as db:
        return frames.between(db, movie_id, 0, None)


def test_a_trace_follows_the_dot_in_pixels_of_the_analysis_picture(means, marked, settle):
    trace(means, marked)

    movie = settle(marked)

    found = points(means, marked)
    assert (movie.trace_reason, movie.needs_retracing, movie.last_frame_tracked) == (None, 0, LAST)
    assert list(found) == list(range(12))
    (last,) = found[LAST]
    # (3, 1) px a frame, downwards, on a movie that is enlarged fourfold
    assert (last.x, last.y) == (
        pytest.approx(162 + 4 * 3 * LAST, abs=0.5),
        pytest.approx(318 - 4 * LAST, abs=0.5),
    )
    assert (last.color, last.status) == ("#ff8800", 0)
    assert movie.traced_media is not None


def test_several_requests_at_one_moment_are_one_trace(means, marked):
    seen = at_once(4, lambda: trace(means, marked))

    assert len({movie.trace_job for movie in seen}) == 1
    assert count(means, jobs, jobs.c.kind == "track") == 1


def test_requests_for_different_traces_at_one_moment_are_one_trace_and_a_conflict(means, marked):
    put(means, marked, 3, [SEED])
    starts = iter((0, 3))

    seen = at_once(2, lambda: trace(means, marked, next(starts)))

    assert sorted(type(given).__name__ for given in seen) == ["Conflict", "Movie"]
    assert count(means, jobs, jobs.c.kind == "track") == 1


def test_a_request_that_comes_a_moment_after_another_is_told_of_that_one(means, marked):
    put(means, marked, 3, [SEED])
    before = intake.look_after(means, marked)
    trace(means, marked)  # from frame 0, which clears frame 3

    with pytest.raises(Conflict, match="already being traced"):
        tracing.order(means, before, Wanted(3, None, "baseline"), before.user_id)

    assert count(means, jobs, jobs.c.kind == "track") == 1


def test_a_request_that_was_planned_before_a_whole_trace_is_planned_again(means, marked, settle):
    before = intake.look_after(means, marked)
    trace(means, marked)
    settle(marked)

    movie = tracing.order(means, before, Wanted(3, None, "baseline"), before.user_id)

    assert (movie.trace_from, list(points(means, marked))) == (3, [0, 1, 2, 3])


def test_the_end_of_a_trace_is_written_down_once_however_many_come(means, marked, make_bench):
    trace(means, marked)
    make_bench().drain()

    seen = at_once(4, lambda: intake.look_after(means, marked))

    assert {movie.trace_job for movie in seen} == {None}
    assert len({movie.traced_media for movie in seen}) == 1
    assert count(means, media, media.c.name == f"{marked}_traced.mp4") == 1


def test_a_retrace_keeps_earlier_frames_byte_by_byte(means, marked, settle):
    trace(means, marked)
    settle(marked)
    (moved,) = points(means, marked)[6]
    put(means, marked, 6, [Marker(moved.x + 2, moved.y, "Apex")])
    before = points(means, marked)

    trace(means, marked, 6)
    movie = settle(marked)

    after = points(means, marked)
    assert movie.needs_retracing == 0
    assert {frame: after[frame] for frame in range(7)} == {frame: before[frame] for frame in range(7)}
    assert all(after[frame] != before[frame] for frame in range(7, 12))


def test_an_edit_while_a_trace_is_ended_is_never_lost(means, marked, make_bench):
    trace(means, marked)
    make_bench().drain()
    edit = Marker(11.0, 22.0, "Apex")
    turns = iter((True, False, False))

    at_once(
        3,
        lambda: put(means, marked, 9, [edit]) if next(turns) else intake.look_after(means, marked),
    )

    movie = intake.look_after(means, marked)
    assert points(means, marked)[9] == [edit]
    assert (movie.trace_job, movie.needs_retracing) == (None, 1)


def test_in_mode_precise_a_correction_stays_and_the_track_goes_through_it(means, marked, settle):
    trace(means, marked)
    settle(marked)
    (seen,) = points(means, marked)[8]
    correction = Marker(seen.x, seen.y, "Apex", "#ff8800")
    put(means, marked, 8, [correction])

    trace(means, marked, mode="precise")
    movie = settle(marked)

    found = points(means, marked)
    assert movie.trace_reason is None
    assert found[8] == [correction]
    assert list(found) == list(range(12))
    assert found[7][0].x == pytest.approx(162 + 4 * 3 * 7, abs=2.0)


@pytest.fixture
def damaged(announce, dotted):
    """The movie of the dot whose ninth frame cannot be decoded, though its container says nothing of that."""
    content = dotted.read_bytes()
    with av.open(dotted) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    return announce(content.replace(packets[8], b"\xff" * len(packets[8])))


def test_a_movie_ends_where_its_decoding_does_and_is_traced_up_to_there(means, damaged, settle):
    ready = settle(damaged)
    put(means, damaged, 0, [SEED])

    trace(means, damaged)
    movie = settle(damaged)

    assert (ready.state, ready.total_frames) == (State.READY, 8)
    assert "decoding broke at frame 8" in ready.reason
    assert (movie.trace_reason, movie.last_frame_tracked) == (None, 7)
    assert list(points(means, damaged)) == list(range(8))


@pytest.fixture
def fall_silent(means, make_bench):
    """Lets a worker claim what waits, and never be heard of again; the sweeper takes its lease back."""

    def fall_silent():
        worker = make_bench()
        claim = worker.claim()
        with write(means.engine) as db:
            db.execute(sa.update(parts).where(parts.c.lease_token == claim.token).values(lease_until=0.0))
        sweep.sweep_ledger(means.engine, worker.bell, means.settings, sweep.Ringer(60.0))

    return fall_silent


def test_a_trace_whose_worker_dies_is_done_by_the_next(means, marked, fall_silent, settle):
    trace(means, marked)
    fall_silent()
    between = intake.look_after(means, marked)

    movie = settle(marked)

    assert between.trace_job is not None
    assert (movie.trace_job, movie.trace_reason, movie.last_frame_tracked) == (None, None, LAST)


def test_a_trace_whose_workers_all_die_says_so_and_is_not_stuck(means, marked, fall_silent):
    trace(means, marked)
    for _ in range(means.settings.max_attempts):
        fall_silent()

    movie = intake.look_after(means, marked)

    assert movie.trace_job is None
    assert "was not heard of for 5 s" in movie.trace_reason
    assert list(points(means, marked)) == [0]
