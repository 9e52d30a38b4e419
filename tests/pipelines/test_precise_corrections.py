"""Corrections bend the track between them; a shaking camera and a turned movie change nothing."""

import numpy as np
import pytest

from pipelines.errors import BadInput
from pipelines.track import Correction, Point, Status, follow
from tests.pipelines.patches import as_colour, shown

TRUTH = [(110 + 2.0 * frame, 110 + 0.5 * frame) for frame in range(40)]


@pytest.fixture
def patch_movie(write_movie):
    return write_movie([as_colour(shown(place)) for place in TRUTH], options={"crf": "8", "g": "10"})


def places_of(tracks):
    return np.array([track.positions[0] for track in tracks])


@pytest.mark.parametrize("mode", ["precise", "baseline"])
def test_two_corrections_bend_the_track_between_them(mode, patch_movie):
    start = Point("Tip", *TRUTH[0])
    corrections = [
        Correction("Tip", 10, 134.0, 119.0),
        Correction("Tip", 30, 174.0, 121.0),
    ]  # by (4, 4), (4, -4)

    tracks = list(follow(patch_movie, [start], corrections=corrections, mode=mode))

    offsets = places_of(tracks) - TRUTH
    assert offsets[0] == pytest.approx([0, 0], abs=0.01)
    assert offsets[10] == pytest.approx([4, 4], abs=0.01)
    assert offsets[20] == pytest.approx([4, 0], abs=0.5)  # half way: as much of each
    assert offsets[30] == pytest.approx([4, -4], abs=0.01)
    assert offsets[39] == pytest.approx([4, -4], abs=0.5)
    assert np.abs(np.diff(offsets, axis=0)).max() < 1.0  # no jump anywhere


def test_a_point_without_corrections_goes_on_as_before(patch_movie):
    points = [Point("Tip", *TRUTH[0]), Point("Node", TRUTH[0][0] + 8, TRUTH[0][1] + 8)]
    correction = Correction("Node", 20, TRUTH[20][0] + 10, TRUTH[20][1] + 8)

    plain = places_of(follow(patch_movie, points[:1]))
    beside = places_of(follow(patch_movie, points, corrections=[correction]))

    assert np.abs(beside - plain).max() < 0.05


def test_a_point_that_was_lost_before_its_correction_comes_from_behind(write_movie):
    covers = [None] * 5 + [(round(x), round(y)) for x, y in TRUTH[5:20]] + [None] * 20
    pictures = [as_colour(shown(place, cover=cover)) for place, cover in zip(TRUTH, covers, strict=True)]
    path = write_movie(pictures, options={"crf": "8"})

    tracks = list(follow(path, [Point("Tip", *TRUTH[0])], corrections=[Correction("Tip", 35, *TRUTH[35])]))

    assert [int(track.status[0]) for track in tracks[22:35]] == [Status.TRACKED] * 13
    assert np.abs(places_of(tracks)[22:] - TRUTH[22:]).max() < 0.3


def test_memory_of_the_way_back_is_bounded(patch_movie, monkeypatch):
    monkeypatch.setattr("pipelines.track.corrections.FRAMES_BYTES", 3 * 320 * 240)  # three frames at once
    correction = Correction("Tip", 30, *TRUTH[30])

    tracks = list(follow(patch_movie, [Point("Tip", *TRUTH[0])], corrections=[correction]))

    assert np.abs(places_of(tracks) - TRUTH).max() < 0.3


@pytest.mark.parametrize(
    ("correction", "code"),
    [
        (("Nobody", 5, 10, 10), "correction_unknown_label"),
        (("Tip", 40, 10, 10), "correction_outside_range"),
        (("Tip", 1, 10, 10), "correction_outside_range"),
        (("Tip", 5, 320, 10), "point_outside"),
        (("Tip", 5, float("nan"), 10), "point_outside"),
    ],
)
def test_corrections_that_cannot_be_are_refused(correction, code, patch_movie):
    with pytest.raises(BadInput) as refusal:
        next(follow(patch_movie, [Point("Tip", *TRUTH[0])], start=2, corrections=[correction]))

    assert refusal.value.code == code


def test_a_frame_is_corrected_once_only(patch_movie):
    twice = [Correction("Tip", 5, 10, 10), Correction("Tip", 5, 11, 10)]

    with pytest.raises(BadInput) as refusal:
        next(follow(patch_movie, [Point("Tip", *TRUTH[0])], corrections=twice))

    assert refusal.value.code == "correction_twice"


@pytest.mark.parametrize("mode", ["precise", "baseline"])
def test_a_turned_movie_is_followed_in_its_own_pixels(mode, patch_movie):
    x, y = TRUTH[0]
    turned = Point("Tip", 239 - y, x)  # 240 px high: clockwise, the bottom row becomes the left column

    *_, last = follow(patch_movie, [turned], rotation=90, mode=mode)

    assert last.frame.luma.shape == (320, 240)
    assert last.positions[0] == pytest.approx([239 - TRUTH[-1][1], TRUTH[-1][0]], abs=0.3)


def test_a_rotation_that_is_no_quarter_turn_is_refused(patch_movie):
    with pytest.raises(BadInput) as refusal:
        next(follow(patch_movie, [Point("Tip", 10, 10)], rotation=45))

    assert refusal.value.code == "rotation_unknown"


@pytest.mark.parametrize("by", ["rulers", "background"])
def test_the_cameras_shake_is_taken_out(by, write_movie):
    shakes = 2.0 * np.random.default_rng(3).standard_normal((30, 2))
    shakes[0] = 0
    still = [(140 + 0.5 * frame, 110.0) for frame in range(30)]
    pictures = [as_colour(shown(p, shift=tuple(s))) for p, s in zip(still, shakes, strict=True)]
    path = write_movie(pictures, options={"crf": "8"})
    points = [Point("Tip", *still[0]), Point("Ruler 0mm", 40, 190), Point("Ruler 10mm", 270, 60)]

    tracks = list(follow(path, points, stabilise=by))

    stable = np.array([track.stable[0] for track in tracks])
    assert np.abs(places_of(tracks) - (np.array(still) + shakes)).max() < 0.3
    assert np.abs(stable - still).max() < 0.4


@pytest.mark.parametrize(("by", "code"), [("rulers", "no_rulers"), ("background", "no_background")])
def test_what_cannot_be_held_by_is_refused(by, code, write_movie):
    path = write_movie([np.full((240, 320, 3), 90, np.uint8)] * 3)

    with pytest.raises(BadInput) as refusal:
        next(follow(path, [Point("Tip", 100, 100)], stabilise=by))

    assert refusal.value.code == code
