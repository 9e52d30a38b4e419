"""Frames that are turned further than their movie says."""

import cv2
import numpy as np
import pytest

from pipelines.stills import Order, extract


@pytest.fixture
def cornered(write_movie):
    """A movie of one frame of 64x48, grey, its top left pixels red."""
    picture = np.full((48, 64, 3), 100, np.uint8)
    picture[:16, :16] = (200, 0, 0)
    return write_movie([picture], options={"crf": "4"}, pix_fmt="yuv420p")


@pytest.mark.parametrize(("rotation", "corner"), [(90, (0, -1)), (180, (-1, -1)), (270, (-1, 0))])
def test_a_further_turn_is_clockwise_and_sizes_are_those_of_the_turned_picture(
    cornered, tmp_path, rotation, corner
):
    sides = (96, 128) if rotation != 180 else (128, 96)

    made = extract(
        cornered,
        tmp_path,
        Order(frames=[0], rotation=rotation, width=sides[0], height=sides[1], image_format="png"),
    )

    picture = cv2.imread(str(tmp_path / made.files[0][0])).astype(int)
    assert (made.width, made.height) == sides
    assert picture.shape[:2] == sides[::-1]
    blue, green, red = picture[corner]
    assert red > 150
    assert max(blue, green) < 60
