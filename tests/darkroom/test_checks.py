"""What the counter refuses of orders for frames, clips and turns, and how it says so."""

import pytest

from darkroom.checks_frames import check_frames, check_thumbnail
from darkroom.checks_movie import check_clip, check_rotate, check_transcode
from darkroom.errors import Invalid
from darkroom.facts import MovieFacts
from darkroom.params import (
    ClipParams,
    FrameRange,
    FramesParams,
    Roi,
    RotateParams,
    ThumbnailParams,
    TranscodeParams,
)
from darkroom.settings import Settings

FACTS = {"movie": MovieFacts(width=640, height=360, frames=300, duration_seconds=10.0)}
NO_TIMES = {"movie": MovieFacts(width=640, height=360, frames=300)}
LOCKED = {"movie": MovieFacts(width=640, height=360, frames=300, encrypted=True)}
FEW = Settings(
    frames_per_job_limit=50, ranges_limit=2, picture_pixels_limit=10_000_000, job_pixels_limit=20_000_000
)


@pytest.mark.parametrize(
    "params",
    [
        FramesParams(frames=[0, 299]),
        FramesParams(seconds=[0.0, 10.0]),
        FramesParams(count=50, layout="montage", width=64),
        FramesParams(frames=[7, 7, 7], layout="animation", format="gif", fps=10.0),
        FramesParams(frames=[1, 2], rois=[Roi(0, 0, 640, 360), Roi(639, 359, 1, 1)]),
        FramesParams(frames=[1, 2, 3], layout="montage", columns=3, rows=1, format="png"),
    ],
)
def test_an_order_within_the_movie_is_accepted(params):
    check_frames(params, FACTS, FEW)


@pytest.mark.parametrize(
    ("params", "where", "message"),
    [
        (FramesParams(), "/params", "give one of frames, seconds and count; none of them was given"),
        (FramesParams(frames=[1], count=2), "/params", "frames and count was given"),
        (FramesParams(frames=[0, 300]), "/params/frames/1", "the movie has 300 frames (0 to 299)"),
        (FramesParams(frames=[0, 5, 5]), "/params/frames", "frame 5 is given twice"),
        (FramesParams(frames=list(range(51))), "/params/frames", "51 frames; the limit of one job is 50"),
        (FramesParams(seconds=[10.5]), "/params/seconds/0", "the movie lasts 10 s"),
        (FramesParams(count=51), "/params/count", "the limit of one job is 50"),
        (FramesParams(frames=[0], format="gif"), "/params/format", "layout 'animation' only"),
        (FramesParams(frames=[0], layout="animation"), "/params/format", "not jpeg"),
        (FramesParams(frames=[0], fps=5.0), "/params/fps", "layout 'animation' only"),
        (
            FramesParams(frames=[0], layout="animation", format="gif", fps=51.0),
            "/params/fps",
            "a gif shows at most 50 frames a second, not 51",
        ),
        (FramesParams(frames=[0], columns=2), "/params/columns", "for a grid only"),
        (
            FramesParams(frames=[0, 1, 2], layout="montage", columns=1, rows=2),
            "/params/rows",
            "1 x 2 cells do not hold 3 frames",
        ),
        (
            FramesParams(frames=[0], rois=[Roi(600, 0, 41, 1)]),
            "/params/rois/0/width",
            "x + width = 641 is outside",
        ),
        (FramesParams(frames=[0], rois=[Roi(0, 360, 1, 1)]), "/params/rois/0/height", "picture of 640x360"),
        (FramesParams(frames=[0, 1, 2], rois=[Roi(0, 0, 1, 1)] * 2), "/params/rois", "2 rois for 3 frames"),
        (FramesParams(frames=[0], width=30_000, height=30_000), "/params", "more than 10,000,000 pixels"),
        (FramesParams(count=50, layout="montage", width=1280), "/params", "10240x5040"),
        (FramesParams(count=50, width=1280), "/params", "50 pictures of 1280x720"),
        (
            FramesParams(frames=[0], format="webp", width=17_000, height=10),
            "/params/format",
            "at most 16383 pixels",
        ),
    ],
)
def test_what_does_not_fit_the_movie_is_refused_by_name(params, where, message):
    with pytest.raises(Invalid) as refusal:
        check_frames(params, FACTS, FEW)

    assert refusal.value.where == where
    assert message in refusal.value.message


def test_regions_of_a_picture_as_stored_lie_within_it():
    turned = {
        "movie": MovieFacts(360, 640, frames=300, duration_seconds=10.0, coded_width=640, coded_height=360)
    }
    wide = [Roi(500, 0, 140, 360)]

    check_frames(FramesParams(frames=[0], rois=wide, upright=False), turned, FEW)

    with pytest.raises(Invalid, match="outside the picture of 360x640"):
        check_frames(FramesParams(frames=[0], rois=wide), turned, FEW)


def test_a_montage_of_a_billion_pixels_is_refused():
    with pytest.raises(Invalid) as refusal:
        check_frames(FramesParams(count=100, layout="montage", width=3200), FACTS, Settings())

    assert refusal.value.limit == 100_000_000


def test_a_movie_without_times_is_asked_by_number_only():
    with pytest.raises(Invalid, match="keeps no times"):
        check_frames(FramesParams(seconds=[1.0]), NO_TIMES, FEW)
    with pytest.raises(Invalid, match="keeps no times"):
        check_thumbnail(ThumbnailParams(seconds=1.0), NO_TIMES, FEW)


@pytest.mark.parametrize(
    ("check", "params"),
    [
        (check_frames, FramesParams(frames=[0])),
        (check_thumbnail, ThumbnailParams()),
        (check_clip, ClipParams(ranges=[FrameRange(0, 1)])),
        (check_rotate, RotateParams(rotation=90)),
        (check_transcode, TranscodeParams()),
    ],
)
def test_an_encrypted_movie_is_refused_by_every_kind(check, params):
    check(params, FACTS, FEW)

    with pytest.raises(Invalid, match="the movie is encrypted"):
        check(params, LOCKED, FEW)


@pytest.mark.parametrize(
    ("ranges", "where", "message"),
    [
        ([(0, 301)], "/params/ranges/0/end", "the movie has 300 frames"),
        ([(0, 300), (5, 5)], "/params/ranges/1/end", "5 to 5 holds no frame"),
        ([(9, 3)], "/params/ranges/0/end", "9 to 3 holds no frame"),
        ([(0, 1)] * 3, "/params/ranges", "3 ranges; the limit is 2"),
    ],
)
def test_a_range_that_does_not_fit_is_refused(ranges, where, message):
    with pytest.raises(Invalid) as refusal:
        check_clip(ClipParams(ranges=[FrameRange(*piece) for piece in ranges]), FACTS, FEW)

    assert refusal.value.where == where
    assert message in refusal.value.message


def test_a_turn_that_turns_nothing_is_refused():
    with pytest.raises(Invalid, match="nothing is to be turned"):
        check_rotate(RotateParams(), FACTS, FEW)


def test_a_height_is_named_once():
    with pytest.raises(Invalid, match="height 480 is given twice"):
        check_transcode(TranscodeParams(heights=[480, 720, 480]), FACTS, FEW)


def test_a_movie_that_breaks_off_is_not_transcoded():
    cut = {"movie": MovieFacts(width=640, height=360, frames=300, duration_seconds=10.0, truncated=True)}

    check_clip(ClipParams(ranges=[FrameRange(0, 300)]), cut, FEW)

    with pytest.raises(Invalid, match="only 300 frames of it are here"):
        check_transcode(TranscodeParams(), cut, FEW)
