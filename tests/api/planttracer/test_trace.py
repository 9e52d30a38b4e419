"""Traces from request to end: what is refused at once, how they go on, and what their end leaves behind."""

import threading

import msgspec
import pytest

from darkroom.jobs import Progress
from storage import leases
from storage.engine import read, write
from storage.leases import Terms
from storage.planttracer import movies, traces
from storage.tables import jobs, media
from workers import sweep

APEX = {"x": 100, "y": 400, "label": "Apex", "color": "#ff8800"}
RULER = {"x": 300, "y": 80, "label": "Ruler 0mm", "color": "red", "undeletable": True}
HEADER = "frame,time_seconds,label,x,y,status,err,score"


def row(frame, label, x, y, status="tracked", err="0.01"):
    return f"{frame},{frame / 25:.6f},{label},{x},{y},{status},{err},0.9"


def table(frames, *, step=1.0):
    """A track table in which the apex goes to the right by so many source pixels a frame, and the ruler stays."""
    rows = [HEADER]
    for frame in frames:
        rows += [row(frame, "Apex", 49.75 + step * frame, 39.75), row(frame, "Ruler 0mm", 149.75, 199.75)]
    return "\n".join(rows).encode()


@pytest.fixture
def marked(student, ready):
    """A movie of 40 frames of 320 × 240 px whose frame 0 is marked."""
    movie_id = ready(student)
    student.put(movie_id, 0, [APEX, RULER])
    return movie_id


@pytest.fixture
def finish(bench):
    """Ends the trace that waits, with this table."""

    def finish(content=None, drawn=b"a traced movie"):
        outputs = [
            bench.make("track.csv", content or table(range(40))),
            bench.make("traced.mp4", drawn),
        ]
        return bench.succeed("cpu", outputs=outputs)

    return finish


@pytest.fixture
def traced(student, marked, finish):
    """A movie that has been traced once."""
    assert student.trace(marked, frame_end=39).status_code == 200
    finish()
    assert student.movie(marked)["status"] == "tracing completed"
    return marked


def orders(services):
    with read(services.engine) as db:
        rows = db.execute(jobs.select().where(jobs.c.kind == "track").order_by(jobs.c.id)).all()
    return [msgspec.json.decode(found.params) for found in rows]


def test_a_trace_without_a_key_body_or_movie_is_refused_in_the_wires_words(student, door):
    answers = [
        door.order("/resize-api/v1/trace-movie", movie_id="m1"),
        student.simulate_post("/resize-api/v1/trace-movie", headers={"x-api-key": student.key}),
        student.order("/resize-api/v1/trace-movie"),
    ]

    assert [(answer.status_code, answer.json["message"]) for answer in answers] == [
        (401, "x-api-key header must be provided"),
        (400, "Request body must be provided"),
        (400, "movie_id must be provided"),
    ]


@pytest.mark.parametrize(
    ("start", "more", "words"),
    [
        (-1, {}, "frame_start must be between 0 and 38, not -1"),
        (39, {}, "frame_start must be between 0 and 38, not 39"),
        (0, {"frame_end": 40}, "frame_end must be between 1 and 39, not 40"),
        (0, {"frame_end": 0}, "There is nothing to trace"),
        (5, {}, "There are no markers on frame 5"),
        ("first", {}, "Expected `int | null`"),
        (1.5, {}, "Expected `int"),
        (0, {"mode": "magic"}, "Invalid enum value 'magic'"),
    ],
)
def test_what_can_not_be_traced_is_refused_at_once_and_changes_nothing(
    student, marked, services, start, more, words
):
    reply = student.trace(marked, start, **more)

    assert reply.status_code == 400
    assert reply.json["error"] is True
    assert words.removesuffix(" | null`") in reply.json["message"]
    assert student.movie(marked)["status"] == "ready"
    assert orders(services) == []


def test_a_movie_without_markers_is_refused_in_words_for_a_person(student, ready):
    reply = student.trace(ready(student))

    assert reply.status_code == 400
    assert reply.json["message"] == (
        "Cannot trace movie with no trackpoints: move a marker to where it belongs first."
    )


def test_a_movie_that_is_still_uploading_is_not_traced(student, announce):
    movie_id = announce(student).json["movie_id"]

    reply = student.trace(movie_id)

    assert reply.status_code == 409
    assert "still being uploaded" in reply.json["message"]


def test_a_movie_of_another_course_is_not_traced(stranger, other, marked):
    for who in (stranger, other):
        reply = who.trace(marked)

        assert reply.status_code == 403
        assert reply.json["message"] == "User does not have access to requested movie."


def test_a_trace_is_ordered_as_the_movie_is_marked(student, marked, services):
    student.call("/api/set-movie-trim", movie_id=marked, trim_end_frame=29)

    reply = student.trace(marked)

    assert reply.json["error"] is False
    assert reply.json["message"]["movie_id"] == marked
    assert reply.json["message"]["frame_start"] == 0
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    (params,) = orders(services)
    assert params["points"] == [
        {"label": "Apex", "x": 100.0, "y": 80.0},
        {"label": "Ruler 0mm", "x": 300.0, "y": 400.0},
    ]
    assert params["points_size"] == {"width": 640, "height": 480}
    assert (params["start"], params["end"], params["mode"], params["rotation"]) == (0, 30, "baseline", 0)
    assert params["outputs"] == ["csv", "movie"]
    assert params["drawing"]["style"] == "planttracer"
    assert params["drawing"]["comment"] == "research use prohibited"


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


def test_two_requests_for_one_trace_are_one_job(student, marked, services):
    replies = []
    askers = [
        threading.Thread(target=lambda: replies.append(student.trace(marked, frame_end=39))) for _ in range(4)
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()

    assert [reply.status_code for reply in replies] == [200] * 4
    assert len({reply.json["message"]["job_id"] for reply in replies}) == 1
    assert len(orders(services)) == 1


def test_another_trace_of_a_movie_that_is_traced_is_refused(student, marked):
    student.put(marked, 3, [APEX])
    student.trace(marked, frame_end=39)

    reply = student.trace(marked, 3, frame_end=39)

    assert (reply.status_code, reply.json["message"]) == (409, "This movie is already being traced")


def test_an_edit_during_a_trace_is_kept_and_the_drawing_is_out_of_date(student, marked, finish):
    student.trace(marked, frame_end=39)
    student.put(marked, 20, [{"x": 11, "y": 22, "label": "Apex"}])

    finish()

    frames = student.frames(marked)
    assert [(marker["x"], marker["y"]) for marker in frames["20"]["markers"]] == [(11, 22)]
    assert frames["21"]["markers"][0]["label"] == "Apex"
    movie = student.movie(marked)
    assert (movie["status"], movie["needs_retracing"]) == ("tracing completed", 1)


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/api/rotate-movie", {"rotation": 90}),
        ("/api/rename-marker", {"old_label": "Apex", "new_label": "Tip"}),
    ],
)
def test_what_would_change_every_frame_waits_for_the_end_of_a_trace(student, marked, path, given):
    student.trace(marked, frame_end=39)

    reply = student.call(path, movie_id=marked, **given)

    assert reply.status_code == 409
    assert reply.json["message"] == "This movie is currently being traced and is read-only."


def test_a_retrace_leaves_earlier_frames_as_they_are_and_clears_later_ones(student, traced, finish, services):
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
    assert orders(services)[1]["drawing"]["first"] == 0


def test_a_retrace_hands_on_what_is_kept_and_what_was_drawn(student, traced, services, bench):
    student.trace(traced, 20, frame_end=39)

    claim = bench.claim("cpu")

    inputs = {given.role: given.sha256 for given in claim.inputs}
    assert inputs.keys() == {"movie", "earlier", "traced"}
    kept = services.blobs.read_range(f"media/{inputs['earlier']}", 0, 1 << 20).decode().splitlines()
    assert kept[0] == HEADER
    assert kept[3] == "1,0.040000,Apex,50.7500,39.7500,tracked,0.0100,"
    assert len(kept) == 1 + 2 * 20  # the frames before the first that is traced
    assert services.blobs.read_range(f"media/{inputs['traced']}", 0, 100) == b"a traced movie"


def test_an_end_is_kept_to(student, traced, finish):
    before = student.frames(traced)
    student.put(traced, 10, [{**APEX, "x": 200}, RULER])

    student.trace(traced, 10, frame_end=15)
    finish(table(range(10, 16), step=3.0))

    after = student.frames(traced)
    assert [int(frame) for frame in before if after[frame] != before[frame]] == list(range(10, 16))


def test_in_mode_precise_what_a_person_put_on_later_frames_bends_the_track(student, traced, services):
    student.put(traced, 30, [{**APEX, "x": 250, "y": 390}])

    student.trace(traced, 0, frame_end=39, mode="precise")

    params = orders(services)[1]
    assert params["mode"] == "precise"
    assert params["corrections"] == [{"label": "Apex", "frame": 30, "x": 250.0, "y": 90.0}]
    assert list(student.frames(traced)) == ["0", "30"]


def test_a_marker_on_the_very_edge_is_traced_from_the_last_pixel(student, ready, services):
    movie_id = ready(student)
    student.put(movie_id, 0, [{"x": 640, "y": 0, "label": "Corner"}])

    reply = student.trace(movie_id)

    assert reply.status_code == 200
    assert orders(services)[0]["points"] == [{"label": "Corner", "x": 639.0, "y": 479.0}]


def test_a_turned_movie_is_traced_as_it_is_turned(student, ready, archive, finish, services):
    movie_id = ready(student)
    student.call("/api/rotate-movie", movie_id=movie_id, rotation=90)
    archive(b"PK turned")
    student.put(movie_id, 0, [{"x": 100, "y": 600, "label": "Apex"}])

    student.trace(movie_id, frame_end=39)
    finish("\n".join([HEADER, row(1, "Apex", 239.5, 0)]).encode())

    (params,) = orders(services)
    assert (params["rotation"], params["points_size"]) == (90, {"width": 480, "height": 640})
    assert params["points"] == [{"label": "Apex", "x": 100.0, "y": 40.0}]
    (marker,) = student.frames(movie_id)["1"]["markers"]
    assert (marker["x"], marker["y"]) == (479.5, 639.5)


def test_a_trace_is_in_the_log_of_who_ordered_it(student, teacher, marked, finish):
    teacher.trace(marked, frame_end=39)
    finish()
    student.movie(marked)

    logs = teacher.call("/api/get-logs", movie_id=marked).json["logs"]

    assert "movie.tracing.started" in [entry["event_type"] for entry in logs]


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
