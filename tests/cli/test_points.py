import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.points import analysis_size, read_corrections, read_points, read_size
from darkroom.errors import Invalid
from darkroom.params import Correction, PictureSize, Point


def test_points_with_and_without_labels():
    assert read_points("Apex:278,166; 10.5,20 ;a:b:1,2;") == [
        Point("Apex", 278, 166),
        Point("P2", 10.5, 20),
        Point("a:b", 1, 2),
    ]


@pytest.mark.parametrize("text", ["", ";", "1", "1,2,3", "Apex", "Apex:", "x,y", "Apex:1;2"])
def test_what_is_no_point_is_refused_with_the_grammar(text):
    with pytest.raises(Invalid) as raised:
        read_points(text)

    assert "x,y or LABEL:x,y" in (raised.value.hint or "")


def test_corrections_name_point_and_frame():
    assert read_corrections("Apex@120:301,158.5; Ruler 0mm@7:1,2;a:b@c@3:4,5") == [
        Correction("Apex", 120, 301, 158.5),
        Correction("Ruler 0mm", 7, 1, 2),
        Correction("a:b@c", 3, 4, 5),
    ]
    assert read_corrections("") == []


@pytest.mark.parametrize("text", ["1,2", "Apex:1,2", "Apex@:1,2", "Apex@x:1,2", "Apex@1:1", "Apex@1"])
def test_what_is_no_correction_is_refused_with_the_grammar(text):
    with pytest.raises(Invalid) as raised:
        read_corrections(text)

    assert raised.value.where == "--correct"
    assert "LABEL@FRAME:x,y" in (raised.value.hint or "")


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1))
def test_every_point_is_read_back_as_it_was_written(places):
    text = ";".join(f"{x!r},{y!r}" for x, y in places)

    assert [(point.x, point.y) for point in read_points(text)] == places


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("source", None),
        ("640x480", PictureSize(640, 480)),
        ("640×480", PictureSize(640, 480)),
        ("analysis", PictureSize(640, 360)),
    ],
)
def test_sizes_are_read(text, size):
    assert read_size(text, 1920, 1080) == size


@pytest.mark.parametrize("text", ["640", "640x", "big", "-1x3", ""])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(Invalid, match="no picture size"):
        read_size(text, 1920, 1080)


@pytest.mark.parametrize(
    ("source", "expected"), [((320, 240), (640, 480)), ((1080, 1920), (360, 640)), ((4000, 1), (640, 1))]
)
def test_the_analysis_picture_has_a_longer_side_of_640_px(source, expected):
    assert analysis_size(*source) == PictureSize(*expected)
