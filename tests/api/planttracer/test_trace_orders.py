"""How a trace is ordered: what is refused at once, what its job is handed, and that two requests are one trace."""

import threading

import msgspec
import pytest

from storage.engine import read
from storage.tables import jobs
from tests.api.planttracer.tables import APEX, HEADER, row


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
    student, marked, start, more, words, orders
):
    reply = student.trace(marked, start, **more)

    assert reply.status_code == 400
    assert reply.json["error"] is True
    assert words.removesuffix(" | null`") in reply.json["message"]
    assert student.movie(marked)["status"] == "ready"
    assert orders() == []


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


def test_a_trace_is_ordered_as_the_movie_is_marked(student, marked, orders):
    student.call("/api/set-movie-trim", movie_id=marked, trim_end_frame=29)

    reply = student.trace(marked)

    assert reply.json["error"] is False
    assert reply.json["message"]["movie_id"] == marked
    assert reply.json["message"]["frame_start"] == 0
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    (params,) = orders()
    assert params["points"] == [
        {"label": "Apex", "x": 100.0, "y": 80.0},
        {"label": "Ruler 0mm", "x": 300.0, "y": 400.0},
    ]
    assert params["points_size"] == {"width": 640, "height": 480}
    assert (params["start"], params["end"], params["mode"], params["rotation"]) == (0, 30, "baseline", 0)
    assert params["outputs"] == ["csv", "movie"]
    assert params["drawing"]["style"] == "planttracer"
    assert params["drawing"]["comment"] == "research use prohibited"


def test_markers_are_drawn_in_their_own_colours(student, ready, orders):
    movie_id = ready(student)
    colours = {"Apex": "#2aA198", "Leaf": "magenta", "Node": "teal", "Bud": None, "Root": "#12345"}
    student.put(movie_id, 0, [{"x": 9, "y": 9, "label": name, "color": colours[name]} for name in colours])

    student.trace(movie_id)

    (params,) = orders()
    assert params["drawing"]["colours"] == {"Apex": "#2aA198", "Leaf": "#ff00ff"}


def test_frames_carry_the_terms_of_their_owner_since_the_last_trace(
    student, marked, archive, finish, services
):
    def comments():
        with read(services.engine) as db:
            made = db.execute(jobs.select().where(jobs.c.kind == "archive").order_by(jobs.c.id)).all()
        return [msgspec.json.decode(job.params)["comment"] for job in made]

    student.trace(marked)
    finish()
    agreed = comments()
    student.call("/api/set-research-metadata", movie_id=marked, research_use="1")
    student.put(marked, 20, [APEX])
    student.trace(marked, 20)
    finish()
    waiting = student.movie(marked)
    archive(b"PK with other terms")
    done = student.movie(marked)

    assert agreed == ["research use prohibited"]
    assert comments() == ["research use prohibited", "research use allowed (no credit required)"]
    assert (waiting["status"], done["status"]) == ("tracing", "tracing completed")
    assert student.fetch(done["movie_zipfile_url"]) == b"PK with other terms"


def test_two_requests_for_one_trace_are_one_job(student, marked, orders):
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
    assert len(orders()) == 1


def test_another_trace_of_a_movie_that_is_traced_is_refused(student, marked):
    student.put(marked, 3, [APEX])
    student.trace(marked, frame_end=39)

    reply = student.trace(marked, 3, frame_end=39)

    assert (reply.status_code, reply.json["message"]) == (409, "This movie is already being traced")


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


def test_in_mode_precise_what_a_person_put_on_later_frames_bends_the_track(student, traced, orders):
    student.put(traced, 30, [{**APEX, "x": 250, "y": 390}])

    student.trace(traced, 0, frame_end=39, mode="precise")

    params = orders()[1]
    assert params["mode"] == "precise"
    assert params["corrections"] == [{"label": "Apex", "frame": 30, "x": 250.0, "y": 90.0}]
    assert list(student.frames(traced)) == ["0", "30"]


def test_a_marker_on_the_very_edge_is_traced_from_the_last_pixel(student, ready, orders):
    movie_id = ready(student)
    student.put(movie_id, 0, [{"x": 640, "y": 0, "label": "Corner"}])

    reply = student.trace(movie_id)

    assert reply.status_code == 200
    assert orders()[0]["points"] == [{"label": "Corner", "x": 639.0, "y": 479.0}]


def test_a_turned_movie_is_traced_as_it_is_turned(student, ready, archive, finish, orders):
    movie_id = ready(student)
    student.call("/api/rotate-movie", movie_id=movie_id, rotation=90)
    archive(b"PK turned")
    student.put(movie_id, 0, [{"x": 100, "y": 600, "label": "Apex"}])

    student.trace(movie_id, frame_end=39)
    finish("\n".join([HEADER, row(1, "Apex", 239.5, 0)]).encode())

    (params,) = orders()
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


@pytest.mark.parametrize(
    ("trim", "markers_before", "first"),
    [
        (20, False, 20),
        (20, True, 20),
        (10, True, 10),
        (5, True, 5),
        (5, False, None),  # there is nothing to draw before frame 10
    ],
)
def test_the_traced_movie_begins_with_the_trim(student, ready, orders, trim, markers_before, first):
    movie_id = ready(student)
    student.call("/api/set-movie-trim", movie_id=movie_id, trim_start_frame=trim)
    for frame in (0, 10) if markers_before else (10,):
        student.put(movie_id, frame, [APEX])

    reply = student.trace(movie_id, 10, frame_end=39)

    assert reply.status_code == 200, reply.text
    assert (orders()[-1]["start"], orders()[-1]["drawing"]["first"]) == (10, first)


def test_a_trace_that_ends_before_the_trim_is_drawn_all_the_same(student, marked, orders):
    student.call("/api/set-movie-trim", movie_id=marked, trim_start_frame=30)

    assert student.trace(marked, 0, frame_end=20).status_code == 200
    assert orders()[-1]["drawing"]["first"] is None
