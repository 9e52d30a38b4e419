"""Points 11, 12, 16 and 19: markers, their names, the trim, and the tables that tell of them."""

import re

import pytest

from tests.dialects.planttracer.browser import agreed, marker, pictures, refused, spots
from tests.dialects.planttracer.conftest import FRAMES, MARKERS
from tests.dialects.planttracer.movies import scenes, write


def test_point_11_markers_come_back_as_they_were_put(student, own):
    markers = [
        marker("Apex", 12.3, 45.6, color="#ff00aa", undeletable=False, status=0, err=0.5),
        marker("Ruler 0mm", 100, 200, color="red", undeletable=True, status=0),
    ]

    answer = student.put(own, 7, markers)

    assert agreed(answer) == {"error": False, "message": "trackpoints recorded: 2 "}
    frames = student.frames(own)
    assert list(frames) == ["7"]
    apex, ruler = frames["7"]["markers"]
    assert (float(apex["x"]), float(apex["y"])) == pytest.approx((12.3, 45.6), abs=0.051)
    assert (apex["label"], apex["color"], apex["undeletable"], apex["status"]) == (
        "Apex",
        "#ff00aa",
        False,
        0,
    )
    assert float(apex["err"]) == 0.5
    assert (ruler["x"], ruler["y"], ruler["undeletable"], ruler["status"]) == (100, 200, True, 0)
    movie = student.metadata(own)
    assert (movie["needs_retracing"], movie["last_frame_tracked"]) == (1, 7)


def test_point_11_markers_replace_what_the_frame_had(student, own):
    student.put(own, 0, MARKERS)

    agreed(student.put(own, 0, [marker("Leaf", 1, 2)]))
    assert [point["label"] for point in student.frames(own)["0"]["markers"]] == ["Leaf"]

    answer = agreed(student.put(own, 0, []))
    assert answer["message"] == "trackpoints recorded: 0 "
    assert student.frames(own).get("0", {"markers": []})["markers"] == []


def test_point_11_only_owner_and_admin_may_put(people, own):
    denied = "User does not have access to requested movie."

    assert refused(people.fellow.put(own, 0, MARKERS), 403) == denied
    assert refused(people.stranger.put(own, 0, MARKERS), 403) == denied
    agreed(people.admin.put(own, 0, MARKERS))


def test_point_12_a_renamed_marker_keeps_all_else(student, own):
    for frame in (0, 3, 9):
        student.put(own, frame, MARKERS)
    student.put(own, 5, MARKERS[1:])
    before = student.frames(own)

    answer = student.post("/api/rename-marker", movie_id=own, old_label="Apex", new_label="  Tip ")

    assert agreed(answer) == {"error": False, "frames_updated": 3, "trackpoints_updated": 3}
    after = student.frames(own)
    assert after["5"] == before["5"]
    for frame in ("0", "3", "9"):
        expected = [
            point | {"label": "Tip"} if point["label"] == "Apex" else point
            for point in before[frame]["markers"]
        ]
        assert after[frame]["markers"] == expected
    assert student.metadata(own)["needs_retracing"] == 1


def test_point_12_a_marker_of_101_frames_is_renamed_on_all(student, tmp_path):
    movie_id = student.upload(write(tmp_path / "long.mp4", [scenes([(32, 24)], 64, 48)[0]] * 101))
    for frame in range(101):
        agreed(student.put(movie_id, frame, [marker("Apex", frame, 10)]))

    answer = student.post("/api/rename-marker", movie_id=movie_id, old_label="Apex", new_label="Tip")

    assert agreed(answer) == {"error": False, "frames_updated": 101, "trackpoints_updated": 101}
    frames = student.frames(movie_id)
    assert [spots(frames[str(frame)]) for frame in range(101)] == [
        {"Tip": (frame, 10)} for frame in range(101)
    ]


def test_point_12_a_name_in_use_and_no_name_are_refused(student, own):
    student.put(own, 0, MARKERS)

    def rename(old, new):
        return student.post("/api/rename-marker", movie_id=own, old_label=old, new_label=new)

    assert refused(rename("Apex", "Ruler 0mm"), 400) == "marker label already exists: Ruler 0mm"
    for name in ("", "   ", "x" * 101):
        assert refused(rename("Apex", name), 400)
    none = {"error": False, "frames_updated": 0, "trackpoints_updated": 0}
    assert agreed(rename("Apex", "Apex")) == none
    assert agreed(rename("Nothing", "Something")) == none
    assert spots(student.frames(own)["0"]).keys() == {"Apex", "Ruler 0mm"}


def test_point_12_a_name_that_was_given_up_can_be_used_again(student, own):
    student.put(own, 0, MARKERS)

    for old, new in (("Apex", "Tip"), ("Tip", "Apex")):
        answer = student.post("/api/rename-marker", movie_id=own, old_label=old, new_label=new)

        assert agreed(answer)["trackpoints_updated"] == 1


def trim(browser, movie_id, **fields):
    return browser.post("/api/set-movie-trim", movie_id=movie_id, **fields)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "set exactly one trim frame"),
        ({"trim_start_frame": 1, "trim_end_frame": 5}, "set exactly one trim frame"),
        ({"trim_start_frame": -1}, "trim_start_frame must be >= 0"),
        ({"trim_start_frame": FRAMES}, "trim_start_frame must be <= trim_end_frame"),
        ({"trim_end_frame": FRAMES}, "trim_end_frame must be < total_frames"),
        ({"trim_end_frame": -1}, "trim_start_frame must be <= trim_end_frame"),
    ],
)
def test_point_16_a_trim_out_of_range_is_refused(student, shown, fields, message):
    assert refused(trim(student, shown, **fields), 400) == message


def test_point_16_a_movie_of_unknown_length_can_not_be_trimmed(student):
    movie_id = agreed(student.new_movie(b"a movie"))["movie_id"]

    assert (
        refused(trim(student, movie_id, trim_start_frame=1), 400)
        == "total_frames is required before trimming"
    )


def test_point_16_a_trim_is_told_and_cuts_the_tables(student, own):
    for frame in (5, 6, 7, 8):
        student.put(own, frame, MARKERS)

    trim(student, own, trim_end_frame=7)
    movie = agreed(trim(student, own, trim_start_frame=6))["metadata"]

    assert (movie["trim_start_frame"], movie["trim_end_frame"], movie["last_frame_tracked"]) == (6, 7, 8)
    assert [row[0] for row in student.table(own)[1:]] == ["6", "7"]
    points = student.get("/api/get-movie-trackpoints", movie_id=own, format="json").json()["trackpoint_dicts"]
    assert {point["frame_number"] for point in points} == {6, 7}
    assert list(student.frames(own)) == ["5", "6", "7", "8"]


def test_point_16_an_earlier_start_takes_the_markers_along(student, own):
    trim(student, own, trim_start_frame=10)
    student.put(own, 10, MARKERS)
    student.put(own, 3, [marker("Leaf", 1, 2)])

    agreed(trim(student, own, trim_start_frame=5))
    agreed(trim(student, own, trim_start_frame=3))

    frames = student.frames(own)
    assert frames["5"]["markers"] == frames["10"]["markers"] or spots(frames["5"]) == spots(frames["10"])
    assert spots(frames["3"]) == {"Leaf": (1, 2)}


def test_point_19_the_table_is_a_download_with_one_row_per_frame(student, own):
    student.put(own, 0, MARKERS)
    student.put(own, 1, [marker("Apex", 12.4, 45.6), marker("Bud", 7, 8)])

    answer = student.get("/api/get-movie-trackpoints", movie_id=own)

    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="trackpoints.csv"'
    assert answer.text.endswith("\r\n")
    header, first, second = student.table(own)
    assert header == ["frame_number", "Apex x", "Apex y", "Bud x", "Bud y", "Ruler 0mm x", "Ruler 0mm y"]
    assert first[0] == "0" and first[3:5] == ["", ""]
    assert second[:1] + second[3:] == ["1", "7", "8", "", ""]
    assert all(cell == "" or int(cell) >= 0 for row in (first, second) for cell in row)
    assert (int(second[1]), int(second[2])) in {(12, 46), (12, 45)}


def test_point_19_the_table_as_json_has_the_word_false(student, own):
    student.put(own, 4, MARKERS)

    answer = student.get("/api/get-movie-trackpoints", movie_id=own, format="json").json()

    assert answer["error"] == "False"
    points = {point["label"]: point for point in answer["trackpoint_dicts"]}
    assert points.keys() == {"Apex", "Ruler 0mm"}
    assert [point["frame_number"] for point in points.values()] == [4, 4]
    assert float(points["Apex"]["x"]) == pytest.approx(MARKERS[0]["x"], abs=1.0)


def test_point_19_the_table_as_a_workbook(student, traced):
    answer = student.get("/api/get-movie-trackpoints", movie_id=traced, format="xlsx")

    assert answer.status_code == 200, answer.text
    sheets = ["Trackpoints", "Metadata", "Markers", "Chart Data", "Charts"]
    parts = {name: part.decode() for name, part in pictures(answer.content).items() if name.endswith(".xml")}
    assert re.findall(r'<sheet name="([^"]+)"', parts["xl/workbook.xml"]) == sheets
    assert f"<t>{traced}</t>" in parts["xl/worksheets/sheet2.xml"]
    assert not re.search(r"<v>\d+\.\d+</v>", parts["xl/worksheets/sheet1.xml"]), (
        "whole pixels, no rulers here"
    )


def test_point_19_a_form_nobody_knows_is_refused(student, shown):
    assert 400 <= student.get("/api/get-movie-trackpoints", movie_id=shown, format="pdf").status_code < 500
