"""How a trace goes on and ends: its states, what it leaves behind, and what it never takes away."""

import threading

from darkroom.jobs import Progress
from storage import leases
from storage.engine import read, write
from storage.leases import Terms
from storage.planttracer import movies, traces
from storage.tables import media
from tests.api.planttracer.tables import APEX, HEADER, RULER, row, table
from workers import sweep


def test_a_trace_goes_through_its_states_and_ends_with_points_frames_and_links(
    student, marked, finish, services
):
    student.trace(marked, frame_end=39)
    running = student.movie(marked)

    finish()

    done = student.call("/api/get-movie-metadata", movie_id=marked, get_all_if_tracking_completed="true").json
    assert (running["status"], running["last_frame_tracked"]) == ("tracing", 0)
    movie, frames = done["metadata"], done["frames"]
    assert (movie["status"], movie["needs_retracing"], movie["last_frame_tracked"]) == (
        "tracing completed",
        0,
        39,
    )
    assert list(frames) == [str(frame) for frame in range(40)]
    assert student.fetch(movie["movie_zipfile_url"]) == b"PK frames"
    assert student.fetch(movie["movie_traced_url"]) == b"a traced movie"
    (listed,) = student.call("/api/list-movies").json["movies"]
    assert student.fetch(listed["movie_traced_url"]) == b"a traced movie"


def test_points_are_in_pixels_of_the_analysis_picture_from_its_bottom_left(student, traced):
    first, last = (student.frames(traced)[frame]["markers"] for frame in ("0", "39"))

    assert first == [{**APEX, "frame_number": 0}, {**RULER, "frame_number": 0}]
    assert last == [
        {
            "x": 178.0,  # (49.75 + 39 + 0.5) * 2 - 0.5
            "y": 400.0,
            "label": "Apex",
            "color": "#ff8800",
            "status": 0,
            "err": 0.01,
            "frame_number": 39,
        },
        {
            "x": 300.0,
            "y": 80.0,
            "label": "Ruler 0mm",
            "color": "red",
            "undeletable": True,
            "status": 0,
            "err": 0.01,
            "frame_number": 39,
        },
    ]


def test_a_lost_point_says_so_and_one_without_a_place_is_left_out(student, marked, finish):
    student.trace(marked, frame_end=2)
    finish(
        "\n".join(
            [
                HEADER,
                row(0, "Apex", 1, 2),
                row(1, "Apex", 10, 20, "lost", ""),
                row(2, "Apex", "", "", "cut", ""),
                row(2, "Ruler 0mm", 5, 6, "out_of_frame", "1.5"),
            ]
        ).encode()
    )

    frames = student.frames(marked)

    assert [(marker["label"], marker["status"], marker.get("err")) for marker in frames["1"]["markers"]] == [
        ("Apex", 2, None)
    ]
    assert [(marker["label"], marker["status"], marker["err"]) for marker in frames["2"]["markers"]] == [
        ("Ruler 0mm", 5, 1.5)
    ]


def test_progress_is_that_of_the_job(student, marked, services, bench):
    student.trace(marked, frame_end=39)
    claim = bench.claim("cpu")
    with write(services.engine) as db:
        leases.beat(db, claim, Progress(done=8, total=40, phase="tracking"), Terms())

    movie = student.movie(marked)

    assert (movie["status"], movie["last_frame_tracked"]) == ("tracing", 7)


def test_a_trace_is_complete_only_with_its_archive(student, ready, finish, archive):
    movie_id = ready(student, archived=False)
    student.put(movie_id, 0, [APEX])
    student.trace(movie_id, frame_end=39)
    finish()  # somebody watches a trace: it goes first
    before = student.movie(movie_id)

    archive()

    after = student.movie(movie_id)
    assert (before["status"], before["last_frame_tracked"]) == ("tracing", 39)
    assert after["status"] == "tracing completed"
    assert student.fetch(after["movie_zipfile_url"]) == b"PK frames"


def test_a_trace_that_failed_says_why(student, marked, bench):
    student.trace(marked, frame_end=39)
    bench.fail("cannot_decode", "decoding broke at frame 7: its data are damaged", queue="cpu")

    movie = student.movie(marked)

    assert movie["status"] == "tracing failed"
    assert movie["tracing_failure_summary"] == "decoding broke at frame 7: its data are damaged"
    assert isinstance(movie["tracing_failed_at"], int)
    assert movie["needs_retracing"] == 1
    assert list(student.frames(marked)) == ["0"]


def test_a_trace_that_failed_can_be_ordered_again(student, marked, bench, finish):
    student.trace(marked, frame_end=39)
    bench.fail("cannot_decode", "decoding broke", queue="cpu")

    reply = student.trace(marked, frame_end=39)
    finish()

    assert reply.status_code == 200
    movie = student.movie(marked)
    assert (movie["status"], movie["tracing_failure_summary"]) == ("tracing completed", None)


def test_a_sweep_ends_a_trace_that_nobody_polls(student, marked, finish, means):
    student.trace(marked, frame_end=39)
    finish()

    swept = sweep.sweep_movies(means, movies.due)

    with read(means.engine) as db:
        movie = movies.find(db, marked)
    assert swept == 1
    assert movie.trace_job is None
    assert movie.traced_at is not None
    assert sweep.sweep_movies(means, movies.due) == 0


def test_the_end_of_a_trace_is_written_down_once_by_whoever_comes_first(
    student, marked, finish, means, bench
):
    student.trace(marked, frame_end=39)
    finish()
    with read(means.engine) as db:
        before = movies.find(db, marked)

    seen = []
    several = [threading.Thread(target=lambda: seen.append(traces.absorb(means, before))) for _ in range(4)]
    for thread in several:
        thread.start()
    for thread in several:
        thread.join()

    assert {movie.trace_job for movie in seen} == {None}
    assert len({movie.traced_media for movie in seen}) == 1
    logs = student.call("/api/get-logs", movie_id=marked).json["logs"]
    assert [entry["event_type"] for entry in logs].count("movie.tracing.completed") == 1


def test_an_edit_during_a_trace_is_kept_and_the_drawing_is_out_of_date(student, marked, finish):
    student.trace(marked, frame_end=39)
    student.put(marked, 20, [{"x": 11, "y": 22, "label": "Apex"}])

    finish()

    frames = student.frames(marked)
    assert [(marker["x"], marker["y"]) for marker in frames["20"]["markers"]] == [(11, 22)]
    assert frames["21"]["markers"][0]["label"] == "Apex"
    movie = student.movie(marked)
    assert (movie["status"], movie["needs_retracing"]) == ("tracing completed", 1)


def test_a_retrace_leaves_earlier_frames_as_they_are_and_clears_later_ones(student, traced, finish, orders):
    student.put(traced, 20, [{**APEX, "x": 200, "y": 380}, RULER])
    before = student.frames(traced)

    student.trace(traced, 20, frame_end=39)
    cleared = student.frames(traced)
    finish(table(range(20, 40), step=2.0))

    after = student.frames(traced)
    assert list(cleared) == [str(frame) for frame in range(21)]
    assert {frame: after[str(frame)] for frame in range(21)} == {
        frame: before[str(frame)] for frame in range(21)
    }
    assert all(after[str(frame)] != before[str(frame)] for frame in range(21, 40))
    assert student.movie(traced)["needs_retracing"] == 0
    assert orders()[1]["drawing"]["first"] == 0


def test_an_end_is_kept_to(student, traced, finish):
    before = student.frames(traced)
    student.put(traced, 10, [{**APEX, "x": 200}, RULER])

    student.trace(traced, 10, frame_end=15)
    finish(table(range(10, 16), step=3.0))

    after = student.frames(traced)
    assert [int(frame) for frame in before if after[frame] != before[frame]] == list(range(10, 16))


def test_frames_that_could_not_be_kept_fail_the_trace_and_are_tried_again_with_the_next(
    student, ready, bench, finish, archive
):
    movie_id = ready(student, archived=False)
    student.put(movie_id, 0, [APEX])
    bench.fail("wall_limit", "the work took longer than its limit", queue="cpu")
    before = student.movie(movie_id)

    student.trace(movie_id, frame_end=39)
    finish()
    bench.fail("wall_limit", "the work took longer than its limit", queue="cpu")
    failed = student.movie(movie_id)
    student.trace(movie_id, frame_end=39)  # the points are known by now: the job before is the answer
    archive()
    after = student.movie(movie_id)

    reason = "the frames of the movie cannot be kept: the work took longer than its limit"
    assert (before["status"], before["upload_failure_summary"]) == ("ready", reason)
    assert (failed["status"], failed["tracing_failure_summary"]) == ("tracing failed", reason)
    assert (after["status"], after["upload_failure_summary"]) == ("tracing completed", None)


def test_what_another_has_taken_the_place_of_is_kept_no_longer(student, traced, finish, services):
    with read(services.engine) as db:
        before = {record.name for record in db.execute(media.select())}

    for _ in range(2):
        student.put(traced, 20, [APEX, RULER])
        student.trace(traced, 20, frame_end=39)
        finish(table(range(20, 40)), drawn=b"another traced movie")
        student.movie(traced)

    with read(services.engine) as db:
        after = [record.name for record in db.execute(media.select().order_by(media.c.name))]
    assert before == {f"{traced}.mov", f"{traced}_frames.zip", f"{traced}_traced.mp4"}
    assert after == [f"{traced}.mov", f"{traced}_frames.zip", f"{traced}_traced.mp4", f"{traced}_track.csv"]
