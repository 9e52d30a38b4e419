"""The precise tracker holds on to what was marked, and says what it has lost."""

import numpy as np
import pytest

from pipelines.track import Status
from pipelines.track.precise import Precise
from tests.pipelines.patches import HEIGHT, OTHER_PATCH, PATCH, WIDTH, shown, texture


def tracked(pictures, *places):
    """Follow points; gives places (f, n, 2), status (f, n) and score (f, n)."""
    engine = Precise(pictures[0], np.array(places, np.float64))
    told = [(engine.places_px, engine.status, engine.score)]
    for picture in pictures[1:]:
        engine.advance(picture)
        told.append((engine.places_px, engine.status, engine.score))
    return tuple(np.array(part) for part in zip(*told, strict=True))


def errors(places, truth):
    return np.hypot(*np.moveaxis(places[:, 0] - np.array(truth), 1, 0))


def test_a_drift_of_a_fiftieth_of_a_pixel_a_frame_is_followed_to_its_end():
    truth = [(150 + 0.02 * frame, 120.0) for frame in range(150)]

    places, status, _ = tracked([shown(place) for place in truth], truth[0])

    assert errors(places, truth).max() < 0.05
    assert (status == Status.TRACKED).all()


def test_thirty_pixels_a_frame_are_followed():
    angle = np.linspace(0, 2 * np.pi, 25)
    truth = [(160 - 110 * np.cos(a), 120.0) for a in angle]  # from rest to 29 px a frame

    places, status, _ = tracked([shown(place) for place in truth], truth[0])

    assert errors(places, truth).max() < 0.1
    assert (status == Status.TRACKED).all()


def test_flicker_moves_nothing():
    gains = 1 + 0.15 * np.random.default_rng(0).uniform(-1, 1, 60)
    truth = [(150 + 0.5 * frame, 120.0) for frame in range(60)]
    pictures = [shown(place, gain=gain) for place, gain in zip(truth, gains, strict=True)]

    places, _, _ = tracked(pictures, truth[0])

    assert errors(places, truth).max() < 0.1


def test_a_covered_point_is_told_and_found_again():
    truth = [(150 + 0.2 * frame, 120.0) for frame in range(70)]
    covers = [None] * 20 + [(70 + 16 * k, 120) for k in range(5)] + [(154, 120)] * 15 + [None] * 30
    pictures = [shown(place, cover=cover) for place, cover in zip(truth, covers, strict=True)]

    places, status, score = tracked(pictures, truth[0])

    assert (status[:20] == Status.TRACKED).all()
    assert (status[25:40] == Status.OCCLUDED).all()
    assert (score[25:40] == 0).all()
    assert (status[45:] == Status.TRACKED).all()
    assert errors(places, truth)[45:].max() < 0.1


def test_a_cut_is_told_and_the_scene_found_again():
    truth = [(150.0, 120.0)] * 30
    elsewhere = np.clip(texture(HEIGHT, WIDTH, 9, grain=40), 0, 255).astype(np.uint8)
    pictures = [shown(place) for place in truth]
    pictures[10:20] = [elsewhere] * 10

    places, status, _ = tracked(pictures, truth[0])

    assert (status[10:20] == Status.CUT).all()
    assert (status[22:] == Status.TRACKED).all()
    assert errors(places, truth)[22:].max() < 0.1


def test_a_thing_that_slowly_becomes_another_is_followed():
    truth = [(120 + 0.5 * frame, 120.0) for frame in range(80)]
    shares = np.linspace(0, 1, 80)
    patches = [(1 - share) * PATCH + share * OTHER_PATCH for share in shares]
    pictures = [shown(place, patch=patch) for place, patch in zip(truth, patches, strict=True)]

    places, status, score = tracked(pictures, truth[0])

    assert np.median(errors(places, truth)) < 0.7
    assert (status <= Status.UNCERTAIN).all()
    assert score[-1, 0] < score[5, 0]  # it can no longer be compared with what was marked


def test_a_point_that_leaves_the_picture_is_out_of_frame():
    truth = [(260 + 4.0 * frame, 120.0) for frame in range(20)]

    _, status, _ = tracked([shown(place) for place in truth], truth[0])

    assert status[5, 0] == Status.TRACKED
    assert status[-1, 0] == Status.OUT_OF_FRAME


def test_the_way_back_of_a_followed_point_is_short():
    pictures = [shown((150 + 2.0 * frame, 120.0)) for frame in range(10)]
    engine = Precise(pictures[0], np.array([(150.0, 120.0)]))

    for picture in pictures[1:]:
        engine.advance(picture)

        assert engine.err[0] == pytest.approx(0, abs=0.05)


def test_equal_pictures_give_equal_tracks():
    pictures = [shown((150 + 1.5 * frame, 120.0)) for frame in range(15)]

    first, second = (tracked(pictures, (150.0, 120.0), (40.0, 60.0)) for _ in range(2))

    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
