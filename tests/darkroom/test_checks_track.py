"""What the counter refuses of orders to track, archive and analyse, and how it says so."""

import math

import msgspec
import pytest

from darkroom.checks_track import check_analysis, check_archive, check_track
from darkroom.errors import Invalid
from darkroom.facts import MovieFacts
from darkroom.kinds import KINDS, queue_of, read_params
from darkroom.params import (
    AnalysisParams,
    ArchiveParams,
    Correction,
    Drawing,
    PictureSize,
    Point,
    Smoothing,
    TrackParams,
)
from darkroom.settings import Settings
from pipelines.track.analysis.workbook import FRAMES_LIMIT
from pipelines.track.cells import ROWS_LIMIT

FACTS = {"movie": MovieFacts(width=640, height=480, frames=100)}
FEW = Settings(points_limit=3, corrections_limit=3)
APEX = Point("Apex", 278, 166)
BASE = Point("Base", 10, 20)
GOOD = TrackParams([APEX, BASE], start=10, end=90)


def changed(**changes):
    return msgspec.structs.replace(GOOD, **changes)


@pytest.mark.parametrize(
    "params",
    [
        GOOD,
        changed(corrections=[Correction("Apex", 11, 0, 0), Correction("Apex", 89, 639, 479)]),
        changed(corrections=[Correction("Apex", 50, 1, 1), Correction("Base", 50, 1, 1)]),
        changed(points=[Point("Apex", 479, 639)], rotation=90),
        changed(drawing=Drawing(first=89)),
        changed(drawing=Drawing(first=0, colours={"Apex": "#2aA198"})),
        changed(points=[Point("Apex", 1279, 959)], points_size=PictureSize(1280, 960), rotation=270),
        changed(frames_per_minute=0.5),
    ],
)
def test_a_track_within_the_movie_is_accepted(params):
    check_track(params, FACTS, FEW)


@pytest.mark.parametrize(
    ("changes", "where", "message", "limit"),
    [
        ({"points": [Point(str(i), 1, 1) for i in range(4)]}, "/params/points", "4 points", 3),
        ({"points": [APEX, APEX]}, "/params/points/1/label", "'Apex' is given twice", None),
        ({"points": [Point("Apex", 640, 1)]}, "/params/points/0/x", "x = 640 is outside", 639),
        ({"points": [Point("Apex", 500, 1)], "rotation": 90}, "/params/points/0/x", "(0 to 479)", 479),
        ({"points": [Point("Apex", 1, math.nan)]}, "/params/points/0/y", "y = nan", 479),
        ({"start": 99, "end": None}, "/params/start", "leaves nothing to track", 98),
        ({"end": 101}, "/params/end", "past the last frame", 100),
        ({"end": 11}, "/params/end", "at least start + 2", 12),
        (
            {"corrections": [Correction("Apex", 20 + i, 1, 1) for i in range(4)]},
            "/params/corrections",
            "4 corrections; the limit is 3",
            3,
        ),
        (
            {"corrections": [Correction("Leaf", 20, 1, 1)]},
            "/params/corrections/0/label",
            "correction of 'Leaf': no point has this label",
            None,
        ),
        (
            {"corrections": [Correction("Apex", 10, 1, 1)]},
            "/params/corrections/0/frame",
            "frame 10 is outside of what is tracked (11 to 89)",
            11,
        ),
        ({"corrections": [Correction("Apex", 90, 1, 1)]}, "/params/corrections/0/frame", "(11 to 89)", 89),
        (
            {"corrections": [Correction("Apex", 20, 1, 1), Correction("Apex", 20, 2, 2)]},
            "/params/corrections/1/frame",
            "frame 20 is corrected twice",
            None,
        ),
        ({"corrections": [Correction("Apex", 20, 1, 480)]}, "/params/corrections/0/y", "y = 480", 479),
        ({"drawing": Drawing(first=90)}, "/params/drawing/first", "would begin at frame 90", 89),
        (
            {"drawing": Drawing(colours={"Leaf": "#2aa198"})},
            "/params/drawing/colours",
            "colour of 'Leaf': no point has this label",
            None,
        ),
        ({"drawing": Drawing(fps=math.nan)}, "/params/drawing/fps", "fps is a number", 240),
        ({"frames_per_minute": math.nan}, "/params/frames_per_minute", "is a number", 6000),
        ({"outputs": ["csv", "zip", "csv"]}, "/params/outputs", "an output is named twice", None),
    ],
)
def test_a_track_that_does_not_fit_is_refused_by_field_and_limit(changes, where, message, limit):
    with pytest.raises(Invalid) as refusal:
        check_track(changed(**changes), FACTS, FEW)

    assert refusal.value.where == where
    assert message in refusal.value.message
    assert refusal.value.limit == limit


LONG = {"movie": MovieFacts(width=640, height=480, frames=60_000_000)}


@pytest.mark.parametrize(
    ("params", "where", "limit"),
    [
        (TrackParams([APEX, BASE], end=1_000_001), "/params/outputs", ROWS_LIMIT),
        (TrackParams([APEX], end=1_048_576, outputs=["xlsx"]), "/params/outputs", FRAMES_LIMIT),
        (
            TrackParams([APEX, BASE], outputs=["csv"], corrections=[Correction("Apex", 9, 1, 1)]),
            "/params/corrections",
            100_000_000,
        ),
    ],
)
def test_more_places_than_can_be_told_are_refused_before_anybody_tracks_them(params, where, limit):
    check_track(TrackParams([APEX, BASE], end=1_000_000), LONG, FEW)
    check_track(TrackParams([APEX, BASE], outputs=["csv", "movie"]), LONG, FEW)

    with pytest.raises(Invalid) as refusal:
        check_track(params, LONG, FEW)

    assert (refusal.value.where, refusal.value.limit) == (where, limit)


POINTS = [{"label": "Apex", "x": 1, "y": 1}]


@pytest.mark.parametrize(
    ("params", "where"),
    [
        ({"points": POINTS, "rotation": 45}, "/params/rotation"),
        ({"points": POINTS, "mode": "magic"}, "/params/mode"),
        ({"points": POINTS, "stabilise": "gyroscope"}, "/params/stabilise"),
        ({"points": POINTS, "frames_per_minute": 0}, "/params/frames_per_minute"),
        ({"points": POINTS, "frames_per_minute": -1}, "/params/frames_per_minute"),
        ({"points": POINTS, "frames_per_minute": 6000.5}, "/params/frames_per_minute"),
        ({"points": POINTS, "frames_per_minute": math.inf}, "/params/frames_per_minute"),
        ({"points": POINTS, "drawing": {"fps": 0}}, "/params/drawing/fps"),
        ({"points": POINTS, "drawing": {"colour": "red"}}, "/params/drawing/colour"),
        ({"points": POINTS, "drawing": {"colours": {"Apex": "teal"}}}, "/params/drawing/colours"),
        ({"points": POINTS, "outputs": ["gif"]}, "/params/outputs/0"),
        (
            {"points": POINTS, "corrections": [{"label": "", "frame": 1, "x": 1, "y": 1}]},
            "/params/corrections/0/label",
        ),
        (
            {"points": POINTS, "corrections": [{"label": "Apex", "frame": -1, "x": 1, "y": 1}]},
            "/params/corrections/0/frame",
        ),
    ],
)
def test_what_no_movie_could_make_good_is_refused_by_the_struct(params, where):
    with pytest.raises(Invalid) as refusal:
        read_params("track", params)

    assert refusal.value.where == where


@pytest.mark.parametrize(
    ("params", "where", "message"),
    [
        (
            AnalysisParams(smoothing=Smoothing(window=8)),
            "/params/smoothing/window",
            "odd number of frames, not 8",
        ),
        (AnalysisParams(smoothing=Smoothing(window=3, order=3)), "/params/smoothing/order", "does not fit 3"),
        (AnalysisParams(frames_per_minute=math.nan), "/params/frames_per_minute", "is a number"),
        (AnalysisParams(origin="bottom-left"), "/params/size", "needs the size of the picture"),
        (AnalysisParams(outputs=["json", "json"]), "/params/outputs", "named twice"),
    ],
)
def test_an_analysis_that_can_not_be_is_refused(params, where, message):
    with pytest.raises(Invalid) as refusal:
        check_analysis(params, {}, FEW)

    assert refusal.value.where == where
    assert message in refusal.value.message


def test_an_encrypted_movie_is_neither_tracked_nor_archived():
    locked = {"movie": MovieFacts(width=640, height=480, frames=100, encrypted=True)}

    for check, params in ((check_track, GOOD), (check_archive, ArchiveParams())):
        check(params, FACTS, FEW)
        with pytest.raises(Invalid, match="the movie is encrypted"):
            check(params, locked, FEW)


def test_an_archive_of_too_large_pictures_is_refused():
    check_archive(ArchiveParams(longest_side=640), FACTS, Settings(picture_pixels_limit=640 * 480))

    with pytest.raises(Invalid) as refusal:
        check_archive(ArchiveParams(longest_side=641), FACTS, Settings(picture_pixels_limit=640 * 480))

    assert refusal.value.where == "/params/longest_side"
    assert refusal.value.limit == 640 * 480


def test_a_small_table_is_analysed_where_nobody_waits_long():
    small = queue_of(KINDS["analysis"], AnalysisParams(), {}, Settings(), table_bytes=1 << 20)
    large = queue_of(KINDS["analysis"], AnalysisParams(), {}, Settings(), table_bytes=(1 << 20) + 1)

    assert (small, large) == ("quick", "cpu")


def test_a_short_archive_waits_for_nobody():
    short = {"movie": MovieFacts(width=640, height=480, frames=32)}

    assert queue_of(KINDS["archive"], ArchiveParams(), short, Settings()) == "quick"
    assert queue_of(KINDS["archive"], ArchiveParams(), FACTS, Settings()) == "cpu"
