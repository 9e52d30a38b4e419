"""Markers as people put, rename and export them, and who may."""

import json

import pytest

APEX = {
    "x": 12.34,
    "y": 45.6,
    "label": "Apex",
    "color": "#ff00aa",
    "undeletable": False,
    "status": 0,
    "err": 0.5,
}
RULER = {"x": 100, "y": 200, "label": "Ruler 0mm", "color": "red", "undeletable": True}


def test_markers_come_back_as_they_were_put(student, ready):
    movie_id = ready(student)

    reply = student.put(movie_id, 7, [{**APEX, "marker_id": "marker-1", "frame_number": 3}, RULER])

    assert reply.json == {"error": False, "message": "trackpoints recorded: 2 "}
    frames = student.frames(movie_id)
    assert frames == {
        "7": {"markers": [{**APEX, "frame_number": 7}, {**RULER, "frame_number": 7}]},
    }
    movie = student.movie(movie_id)
    assert (movie["needs_retracing"], movie["last_frame_tracked"], movie["status"]) == (1, 7, "ready")


def test_markers_replace_what_the_frame_had(student, ready):
    movie_id = ready(student)
    student.put(movie_id, 0, [APEX, RULER])

    student.put(movie_id, 0, [{"x": 1, "y": 2, "label": "Leaf"}])
    replaced = student.frames(movie_id)
    student.put(movie_id, 0, [])

    assert [marker["label"] for marker in replaced["0"]["markers"]] == ["Leaf"]
    assert student.frames(movie_id) == {}


@pytest.mark.parametrize(
    ("frame", "trackpoints", "message"),
    [
        (0, "[", "trackpoints must be a JSON array of {x, y, label}"),
        (0, "", "trackpoints must be a JSON array of {x, y, label}"),
        (0, '{"x": 1}', "trackpoints must be a JSON array of {x, y, label}"),
        (0, '[{"x": 1, "y": 2}]', "missing required field `label`"),
        (0, '[{"x": NaN, "y": 2, "label": "A"}]', "trackpoints must be a JSON array of {x, y, label}"),
        (0, '[{"x": "nan", "y": 2, "label": "A"}]', "marker 'A': x is not a finite number"),
        (0, '[{"x": 1e999, "y": 2, "label": "A"}]', "trackpoints must be a JSON array of {x, y, label}"),
        (0, '[{"x": -1, "y": 2, "label": "A"}]', "marker 'A': x = -1 is outside the frame (0 to 640)"),
        (0, '[{"x": 1, "y": 481, "label": "A"}]', "marker 'A': y = 481 is outside the frame (0 to 480)"),
        (0, '[{"x": 1, "y": 2, "label": " "}]', "a marker label has 1 to 100 characters"),
        (0, json.dumps([{"x": 1, "y": 2, "label": "x" * 101}]), "a marker label has 1 to 100 characters"),
        (0, json.dumps([RULER, RULER]), "two trackpoints have the label 'Ruler 0mm'"),
        (
            0,
            json.dumps([{"x": 1, "y": 2, "label": f"L{i}"} for i in range(1001)]),
            "1001 trackpoints; the limit is 1000",
        ),
        (40, "[]", "frame_number must be between 0 and 39"),
        (-1, "[]", "frame_number must be between 0 and 39"),
        ("first", "[]", "frame_number must be between 0 and 39"),
    ],
)
def test_what_is_no_marker_is_refused_in_words(student, ready, frame, trackpoints, message):
    movie_id = ready(student)

    reply = student.call(
        "/api/put-frame-trackpoints", movie_id=movie_id, frame_number=frame, trackpoints=trackpoints
    )

    assert reply.status_code == 400
    assert message in reply.json["message"]
    assert student.frames(movie_id) == {}


def test_only_the_owner_and_who_runs_the_course_put_markers(student, other, teacher, stranger, ready):
    movie_id = ready(student)

    statuses = [who.put(movie_id, 0, [APEX]).status_code for who in (other, stranger, teacher, student)]

    assert statuses == [403, 403, 200, 200]
    assert other.put(movie_id, 0, []).json["message"] == "User does not have access to requested movie."


@pytest.mark.parametrize("movie_id", ["", "x1", None])
def test_a_movie_id_that_is_none_is_refused_without_a_500(student, movie_id):
    given = {} if movie_id is None else {"movie_id": movie_id}

    reply = student.call("/api/get-movie-metadata", **given)

    assert (reply.status_code, reply.json["message"]) == (400, "movie_id is invalid or missing")


def test_a_movie_that_is_not_there_is_refused_as_another_persons(student):
    reply = student.call("/api/get-movie-metadata", movie_id="m00000000")

    assert (reply.status_code, reply.json["message"]) == (
        403,
        "User does not have access to requested movie.",
    )


def test_a_marker_is_renamed_on_every_frame_and_keeps_all_else(student, ready):
    movie_id = ready(student, frames=101)
    for frame in range(101):
        student.put(movie_id, frame, [APEX, RULER])

    reply = student.call("/api/rename-marker", movie_id=movie_id, old_label="Apex", new_label=" Tip ")

    assert reply.json == {"error": False, "frames_updated": 101, "trackpoints_updated": 101}
    last = student.frames(movie_id)["100"]["markers"]
    assert last == [{**APEX, "label": "Tip", "frame_number": 100}, {**RULER, "frame_number": 100}]


@pytest.mark.parametrize(
    ("old", "new", "status", "answer"),
    [
        ("Apex", "Ruler 0mm", 400, "marker label already exists: Ruler 0mm"),
        ("Apex", " ", 400, "a marker label has 1 to 100 characters"),
        ("Apex", "x" * 101, 400, "a marker label has 1 to 100 characters"),
        ("Apex", "Apex", 200, None),
        ("Nothing", "Something", 200, None),
        ("Nothing", "Apex", 200, None),
    ],
)
def test_a_name_that_is_taken_or_none_is_refused_and_no_change_is_counted_as_none(
    student, ready, old, new, status, answer
):
    movie_id = ready(student)
    student.put(movie_id, 0, [APEX, RULER])

    reply = student.call("/api/rename-marker", movie_id=movie_id, old_label=old, new_label=new)

    assert reply.status_code == status
    if answer is None:
        assert reply.json == {"error": False, "frames_updated": 0, "trackpoints_updated": 0}
    else:
        assert reply.json == {"error": True, "message": answer}
    assert {marker["label"] for marker in student.frames(movie_id)["0"]["markers"]} == {"Apex", "Ruler 0mm"}


def test_the_table_has_whole_pixels_and_a_row_per_frame_of_the_trim(student, ready):
    movie_id = ready(student)
    student.put(movie_id, 0, [APEX])
    student.put(movie_id, 3, [APEX, RULER])
    student.put(movie_id, 4, [{"x": 1.5, "y": 2.49, "label": "Bud"}])
    student.call("/api/set-movie-trim", movie_id=movie_id, trim_start_frame=1)

    reply = student.look("/api/get-movie-trackpoints", movie_id=movie_id)

    assert reply.headers["Content-Type"] == "text/csv"
    assert reply.headers["Content-Disposition"] == 'attachment; filename="trackpoints.csv"'
    assert reply.text == (
        "frame_number,Apex x,Apex y,Bud x,Bud y,Ruler 0mm x,Ruler 0mm y\r\n3,12,46,,,100,200\r\n4,,,2,2,,\r\n"
    )


def test_the_table_has_digits_for_who_asks(student, ready):
    movie_id = ready(student)
    student.put(movie_id, 0, [APEX])

    reply = student.look("/api/get-movie-trackpoints", movie_id=movie_id, precision="2")

    assert reply.text.splitlines()[1] == "0,12.34,45.60"
    assert student.look("/api/get-movie-trackpoints", movie_id=movie_id, precision="11").status_code == 400


def test_the_table_as_json_has_the_word_false(student, ready):
    movie_id = ready(student)
    student.put(movie_id, 4, [RULER])

    reply = student.look("/api/get-movie-trackpoints", movie_id=movie_id, format="json")

    assert reply.json == {"error": "False", "trackpoint_dicts": [{**RULER, "frame_number": 4}]}


@pytest.mark.parametrize("form", ["pdf", "CSV"])
def test_a_table_in_a_form_nobody_knows_is_refused(student, ready, form):
    movie_id = ready(student)

    reply = student.look("/api/get-movie-trackpoints", movie_id=movie_id, format=form)

    assert (reply.status_code, reply.json["message"]) == (400, "format must be one of csv, json, xlsx")


def test_a_range_of_frames_has_exactly_so_many(student, ready):
    movie_id = ready(student)
    for frame in range(5):
        student.put(movie_id, frame, [APEX])

    reply = student.call("/api/get-movie-metadata", movie_id=movie_id, frame_start=1, frame_count=2)

    assert list(reply.json["frames"]) == ["1", "2"]
    assert "frames" not in student.call("/api/get-movie-metadata", movie_id=movie_id).json


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"frame_start": 0}, "frame_start provided but frame_count is not provided"),
        ({"frame_start": 0, "frame_count": 0}, "frame_count must be greater than 0"),
    ],
)
def test_a_range_without_a_count_is_refused(student, ready, wanted, message):
    reply = student.call("/api/get-movie-metadata", movie_id=ready(student), **wanted)

    assert (reply.status_code, reply.json) == (400, {"error": True, "message": message})
