"""Whatever way a plane is reduced, the numbers are OpenCV's."""

import cv2
import numpy as np
import pytest

from pipelines.track.reduce import reduced
from pipelines.video.turn import Turn
from tests.pipelines.patches import texture


def padded(height, width):
    """Give a plane as decoders do: its rows lie farther apart than they are long."""
    return np.clip(texture(height, width + 32, 7, grain=3), 0, 255).astype(np.uint8)[:, :width]


TURNS = [Turn(rotation, mirrored) for rotation in (0, 90, 180, 270) for mirrored in (False, True)]


@pytest.mark.parametrize("size", [(640, 360), (641, 361), (320, 180), (213, 120), (100, 99), (960, 540)])
@pytest.mark.parametrize("turn", TURNS, ids=str)
def test_a_reduced_plane_is_the_mean_of_areas(size, turn):
    plane, size = turn.apply(padded(1080, 1920)), turn.size(*size)
    expected = cv2.resize(np.ascontiguousarray(plane), size, interpolation=cv2.INTER_AREA)

    small = reduced(plane, size)

    assert np.array_equal(small, expected)
    assert small.flags.c_contiguous


def test_means_of_nine_pixels_are_rounded_to_the_nearest():
    plane = np.zeros((3, 3 * 2296), np.uint8)
    for sum_of_nine in range(2296):
        block = np.minimum(255, np.maximum(0, sum_of_nine - 255 * np.arange(9))).reshape(3, 3)
        plane[:, 3 * sum_of_nine : 3 * sum_of_nine + 3] = block

    small = reduced(plane, (2296, 1))

    assert small[0].tolist() == [(2 * total + 9) // 18 for total in range(2296)]


def test_a_plane_of_the_right_size_is_copied():
    plane = padded(48, 64)

    small = reduced(plane, (64, 48))

    assert np.array_equal(small, plane)
    assert not np.shares_memory(small, plane)
