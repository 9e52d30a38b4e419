"""An analysis says of a made track what was put into it, in the units of its rulers and its scene."""

import json

import numpy as np
import pytest

from pipelines.errors import BadInput
from pipelines.track.analysis import Smoothing, analyse
from pipelines.track.status import Status
from tests.pipelines.analysed import circumnutation, line, made, still

RAW = Smoothing("none")


def test_the_figures_of_plant_tracers_own_movie_come_out():
    tracks = made(circumnutation())

    found = analyse(tracks, frames_per_minute=2, size=(640, 480), origin="bottom-left")

    assert found.scale is not None
    scale = found.scale.mm_per_px
    apex = found.points[0]
    assert scale == pytest.approx(0.20815, abs=5e-6)
    assert (apex.first.x_px * scale, apex.first.y_px * scale) == pytest.approx((57.87, 65.36), abs=0.005)
    assert (apex.last.x_px * scale, apex.last.y_px * scale) == pytest.approx((24.15, 66.82), abs=0.005)


def test_distance_and_rate_are_those_of_the_tip():
    tracks = made(
        {"Apex": line(61, step=(3, 4)), "Ruler 0mm": still(61, 0, 0), "Ruler 10mm": still(61, 100, 0)}
    )

    found = analyse(tracks, frames_per_minute=2, smoothing=RAW)

    assert (found.tip, found.length_unit, found.time_unit) == ("Apex", "mm", "min")
    assert found.gravitropism.distance.value == pytest.approx(30.0)  # 60 steps of 5 px, 10 px each mm
    assert (found.gravitropism.rate.value, found.gravitropism.rate.unit) == (pytest.approx(1.0), "mm/min")
    assert (found.points[0].top_speed.value, found.points[0].top_speed.unit) == (pytest.approx(1.0), "mm/min")
    assert found.points[0].mean_speed.value == pytest.approx(1.0)


def test_without_rulers_and_rate_all_is_in_pixels_frames_and_the_movies_seconds():
    tracks = made({"Apex": line(11, step=(3, 4))}, fps=10)

    found = analyse(tracks)

    assert (found.gravitropism.distance.value, found.gravitropism.distance.unit) == (pytest.approx(50), "px")
    assert (found.gravitropism.rate.value, found.gravitropism.rate.unit) == (pytest.approx(5), "px/frame")
    assert (found.points[0].mean_speed.value, found.points[0].mean_speed.unit) == (pytest.approx(50), "px/s")
    assert any("not calibrated" in note for note in found.notes)
    assert any("frames_per_minute" in note for note in found.notes)


def test_the_amplitude_is_the_width_and_its_rate_is_over_the_time_between_the_extremes():
    way = still(21, 50, 50)
    way[5, 0], way[15, 0] = 40, 65

    found = analyse(made({"Tip": way}), frames_per_minute=5).circumnutation

    assert (found.tip, found.max_amplitude.value) == ("Tip", 25)
    assert (found.leftmost_frame, found.rightmost_frame) == (5, 15)
    assert (found.rate.value, found.rate.unit) == (pytest.approx(12.5), "px/min")  # 10 frames are 2 min


@pytest.mark.parametrize(("origin", "turn"), [("top-left", 90.0), ("bottom-left", 90.0)])
def test_the_angle_is_that_between_the_arms(origin, turn):
    tip = np.array(
        [[100.0, 50.0], [130.0, 60.0], [150.0, 100.0]]
    )  # from above the base to its right: clockwise

    found = analyse(
        made({"Apex": tip, "inflection POINT": still(3, 100, 100)}), size=(200, 200), origin=origin
    )

    assert found.gravitropism.angle_degrees == pytest.approx(90)
    assert found.gravitropism.turn_degrees == pytest.approx(turn)
    assert found.points[1].role == "inflection"


@pytest.mark.parametrize(
    ("base", "reason"),
    [
        (np.array([[100.0, 50.0], [0, 0], [0, 0]]), "the tip lies on the inflection point"),
        (np.array([[100.0, 90.0], [0, 0], [150.0, 95.0]]), "too far for the law of cosines"),
    ],
)
def test_an_angle_that_makes_no_sense_is_none_with_a_reason(base, reason):
    tip = np.array([[100.0, 50.0], [130.0, 60.0], [150.0, 50.0]])
    if "cosines" in reason:
        tip = np.array([[100.0, 80.0], [130.0, 60.0], [150.0, 85.0]])

    found = analyse(made({"Apex": tip, "Inflection Point": base})).gravitropism

    assert found.angle_degrees is None
    assert reason in found.reason


def test_lost_frames_enter_no_number():
    way = line(40, step=(1, 0))
    way[10:20] = (999, 999)

    found = analyse(made({"Apex": way}, lost={"Apex": range(10, 20)}), smoothing=RAW)

    apex = found.points[0]
    assert (apex.distance.value, apex.path.value, apex.extent_y.value) == (39, 39, 0)
    assert (apex.coverage.counts["lost"], apex.coverage.used) == (10, 0.75)
    assert (apex.coverage.gaps, apex.coverage.longest_gap) == (1, 10)
    assert np.isnan(found.curves.velocity[10:20]).all()
    assert found.curves.velocity[9, 0, 0] == pytest.approx(10)  # one-sided, from within its run
    assert "lost" in found.notes[0]


def test_a_point_that_is_never_found_has_no_numbers_but_a_reason():
    tracks = made({"Apex": line(20)}, lost={"Apex": range(20)})

    found = analyse(tracks)

    assert (found.points[0].first, found.points[0].path) == (None, None)
    assert found.points[0].coverage.used == 0
    assert found.gravitropism.reason == "'Apex' is nowhere found"


def test_a_track_of_one_frame_says_why_it_has_no_rates():
    found = analyse(made({"Apex": line(1), "Inflection Point": still(1, 0, 0)}))

    assert found.gravitropism.rate is None
    assert "fewer than two frames" in found.gravitropism.reason
    assert found.points[0].mean_speed is None
    assert found.points[0].periods[0].reason == "needs 16 frames, has 1"


def test_an_answer_is_plain_json_without_nan():
    found = analyse(made(circumnutation(), lost={"Ruler 0mm": range(296)}))

    text = json.dumps(found.as_dict(), allow_nan=False)

    assert "curves" not in json.loads(text)
    assert json.loads(text)["points"][1]["first"] is None


def test_scale_of_each_frame_follows_rulers_that_come_nearer():
    ways = circumnutation(3)
    ways["Ruler 10mm"] = np.array([[577.0, 246], [527, 246], [527, 246]])
    ways["Apex"] = line(3, step=(10, 0))

    each, first = (analyse(made(ways), scale=scale) for scale in ("frame", "first"))

    assert each.curves.scale.tolist() == pytest.approx([0.1, 0.2, 0.2])
    assert first.curves.scale.tolist() == pytest.approx([0.1, 0.1, 0.1])
    assert first.scale.spread_percent == pytest.approx(100)


@pytest.mark.parametrize(
    ("ways", "unmoved", "reason"),
    [
        ({"Ruler 0mm": still(2, 1, 1)}, {}, "it takes two points named"),
        ({"Ruler 5mm": still(2, 1, 1), "Ruler5mm": still(2, 9, 1)}, {}, "it takes two points named"),
        ({"Ruler 0mm": still(2, 1, 1), "Ruler 5mm": still(2, 1, 1)}, {}, "no frame shows both rulers apart"),
        (
            {"Ruler 0mm": still(2, 50, 100), "Ruler 10mm": still(2, 9, 9)},
            {"Ruler 0mm": (50, 100), "Ruler 10mm": (50, 150)},
            "where it was put at first",
        ),
    ],
)
def test_what_is_no_ruler_gives_no_millimetres(ways, unmoved, reason):
    found = analyse(made(ways), unmoved=unmoved)

    assert found.length_unit == "px"
    assert any(reason in note for note in found.notes)


def test_the_tip_is_the_first_marker_where_none_is_called_apex():
    ways = {
        "Ruler 0mm": still(2, 0, 0),
        "Inflection Point": still(2, 1, 1),
        "Leaf": still(2, 2, 2),
        "Bud": line(2),
    }

    found = analyse(made(ways))

    assert [point.role for point in found.points] == ["ruler", "inflection", "tip", "marker"]


def test_the_worst_frames_are_stretches_from_the_lowest_score_up():
    score = np.full((10, 2), 0.9)
    score[3:5, 0], score[8, 1], score[6, 0] = (0.2, 0.1), 0.3, 0.5
    tracks = made({"A": line(10), "B": line(10)}, first=100, score=score)
    tracks.status[3:5, 0], tracks.status[8, 1] = Status.LOST, Status.UNCERTAIN

    found = analyse(tracks).worst

    assert [(one.label, one.start, one.end, one.frame, one.status) for one in found] == [
        ("A", 103, 105, 104, "lost"),
        ("B", 108, 109, 108, "uncertain"),
        ("A", 106, 107, 106, "tracked"),
        ("B", 100, 101, 100, "tracked"),
    ]


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        ({"frames_per_minute": 0}, "frames_per_minute", "must be above 0 and at most 6000"),
        ({"frames_per_minute": float("nan")}, "frames_per_minute", "frames_per_minute is nan"),
        ({"frames_per_minute": 6001}, "frames_per_minute", "frames_per_minute is 6001"),
        ({"origin": "bottom-left"}, "size_missing", "needs the size"),
        ({"smoothing": Smoothing(window=4)}, "smoothing_window", "must be odd, 3 to 1001"),
        ({"smoothing": Smoothing(window=1003)}, "smoothing_window", "window is 1003"),
        ({"smoothing": Smoothing(window=3, order=3)}, "smoothing_order", "must be 1 to 2"),
    ],
)
def test_bad_wishes_are_refused_by_name_and_limit(more, code, said):
    with pytest.raises(BadInput, match=said) as refused:
        analyse(made({"Apex": line(5)}), **more)

    assert refused.value.code == code


def test_a_track_without_frames_is_refused():
    with pytest.raises(BadInput, match="no frames"):
        analyse(made({"Apex": line(5)}).before(0))
