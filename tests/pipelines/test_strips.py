"""Tiles around the points give the numbers of whole pictures."""

import numpy as np
import pytest

from pipelines.track import strips
from pipelines.track.flow import KERNEL
from pipelines.track.strips import Kernel, carry
from tests.pipelines.patches import texture

PICTURES = [
    np.clip(texture(480, 640 + 3, 5, grain=6)[:, 3 - 3 * k : 643 - 3 * k], 0, 255).astype(np.uint8)
    for k in range(2)
]  # the second is the first, moved 3 px to the right


def whole(before, after, points, kernel):
    """Take the way of whole pictures: so many points that tiles would hold more pixels than these."""
    crowd = np.concatenate([points, np.full((40, 2), 300, np.float32)])
    return carry(before, after, crowd, None, kernel)[0][: len(points)]


@pytest.mark.parametrize("place", [(320.3, 240.7), (60.0, 60.0), (20.5, 30.2), (3.0, 470.0), (630.0, 5.0)])
def test_tiles_give_the_numbers_of_whole_pictures(place):
    points = np.array([place, (200.0, 300.0)], np.float32)

    found, _ = carry(*PICTURES, points, None, KERNEL)

    assert found == pytest.approx(whole(*PICTURES, points, KERNEL), abs=1e-3)


def test_what_moves_beyond_its_tile_is_found_as_on_whole_pictures():
    kernel = Kernel(window=15, levels=0, iterations=10, epsilon=0.03)
    points, guess = np.array([(320.0, 240.0)], np.float32), np.array([(323.5, 240.5)], np.float32)

    found, is_found = carry(*PICTURES, points, guess, kernel)

    assert is_found.all()
    assert found[0] == pytest.approx([323.0, 240.0], abs=0.05)


def test_a_change_of_light_that_is_told_moves_nothing():
    darker = (PICTURES[1] * 0.7 + 10).astype(np.uint8)
    points = np.array([(320.0, 240.0), (100.0, 200.0)], np.float32)

    found, _ = carry(PICTURES[0], darker, points, None, KERNEL, (1 / 0.7, -10 / 0.7))

    assert found == pytest.approx(points + np.array([3, 0]), abs=0.05)


@pytest.mark.parametrize("place", [(2.0, 240.0), (637.5, 100.3), (300.0, 476.0), (-3.0, 200.0), (4.0, 3.0)])
def test_points_at_an_edge_need_no_whole_picture(place, monkeypatch):
    points = np.array([place, (200.0, 300.0)], np.float32)
    expected = whole(*PICTURES, points, KERNEL)
    looked_at, run = [], strips._run
    monkeypatch.setattr(strips, "_run", lambda *given: looked_at.append(given[0].size) or run(*given))

    found, _ = carry(*PICTURES, points, None, KERNEL)

    assert found == pytest.approx(expected, abs=1e-2)
    assert max(looked_at) < PICTURES[0].size / 4
