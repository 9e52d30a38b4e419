import pytest

from cli.demo import scaling
from cli.traces import Deviation, compare, median_of_all, read_trace, to_picture
from cli.track_options import Picture
from darkroom.params import PictureSize

TABLE = """frame,time_seconds,label,x,y,status,err
0,0.0,Apex,1.0,2.0,tracked,0.1
0,0.0,"a,b",5.0,5.0,tracked,0.1
1,0.1,Apex,4.0,6.0,tracked,0.1
1,0.1,"a,b",5.0,5.5,lost,
"""


def test_a_table_is_read_point_by_point(tmp_path):
    (tmp_path / "track.csv").write_text(TABLE)

    trace = read_trace(tmp_path / "track.csv")

    assert trace == {"Apex": [(1.0, 2.0), (4.0, 6.0)], "a,b": [(5.0, 5.0), (5.0, 5.5)]}


def test_deviations_are_distances_from_the_truth():
    trace = {"Apex": [(0.0, 0.0), (3.0, 4.0), (0.0, 1.0)]}
    truth = {"Apex": [(0.0, 0.0), (0.0, 0.0), (0.0, 0.0)]}

    assert compare(trace, truth) == [Deviation("Apex", 1.0, 5.0)]
    assert median_of_all(trace, truth) == 1.0


def test_a_trace_that_lacks_a_frame_is_no_good_trace():
    with pytest.raises(ValueError, match="longer"):
        compare({"Apex": [(0.0, 0.0)]}, {"Apex": [(0.0, 0.0), (0.0, 0.0)]})


def test_places_go_to_a_scaled_picture_by_pixel_centres():
    assert to_picture((0.0, 239.0), PictureSize(320, 240), PictureSize(640, 480)) == (0.5, 478.5)


@pytest.mark.parametrize(
    ("written", "size", "sentence"),
    [
        ("source", None, "points were marked on the 320×240 source"),
        (
            "analysis",
            PictureSize(640, 480),
            (
                "points were marked on the 640×480 analysis picture (longest side 640 px); "
                "scaled ×0.5 to the 320×240 source"
            ),
        ),
        (
            "160x240",
            PictureSize(160, 240),
            "points were marked on the 160×240 picture; scaled ×2 across and ×1 down to the 320×240 source",
        ),
    ],
)
def test_the_scaling_is_told(written, size, sentence):
    assert scaling(written, size, Picture(320, 240)) == sentence
