"""One small picture of a movie."""

import cv2
import numpy as np
import pytest

from pipelines.errors import BadInput
from pipelines.stills import thumbnail, thumbnail_from
from pipelines.stills.order import Order
from pipelines.video.frames import Frames


@pytest.fixture
def fade_in(write_movie, noise):
    """A movie that begins black: frames 0 to 5 black, 6 to 8 blurred, 9 to 11 sharp."""
    black = [np.zeros((120, 160, 3), np.uint8)] * 6
    sharp = noise(3, 160, 120)
    blurred = [cv2.GaussianBlur(picture, (0, 0), 12) for picture in sharp]

    def write(gop: int):
        return write_movie([*black, *blurred, *sharp], options={"g": str(gop), "sc_threshold": "0"})

    return write


@pytest.mark.parametrize("gop", [1, 3, 250])
def test_a_poster_is_neither_black_nor_blurred(fade_in, tmp_path, gop):
    made = thumbnail(fade_in(gop), tmp_path)

    assert made.frames[0].number in {9, 10, 11}


def test_a_thumbnail_is_a_jpeg_320_px_wide(fade_in, tmp_path):
    made = thumbnail(fade_in(3), tmp_path)

    assert made.files == (("thumbnail.jpg", "image/jpeg"),)
    assert (made.width, made.height) == (320, 240)
    assert cv2.imread(str(tmp_path / "thumbnail.jpg")).shape == (240, 320, 3)
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".mp4"] == ["thumbnail.jpg"]


def test_a_thumbnail_at_a_time_is_the_frame_on_show(fade_in, tmp_path):
    made = thumbnail(fade_in(3), tmp_path, seconds=0.1, width=80, image_format="webp")

    assert (made.frames[0].number, made.frames[0].seconds) == (2, 0.08)
    assert made.files == (("thumbnail.webp", "image/webp"),)
    assert (made.width, made.height) == (80, 60)


def test_a_time_past_the_end_is_refused(fade_in, tmp_path):
    with pytest.raises(BadInput, match=r"2 s is outside the movie, which lasts 0\.48 s"):
        thumbnail(fade_in(3), tmp_path, seconds=2)


def test_a_movie_of_nothing_but_black_has_a_thumbnail_too(write_movie, tmp_path):
    path = write_movie([np.zeros((48, 64, 3), np.uint8)] * 3)

    made = thumbnail(path, tmp_path, width=32)

    assert made.frames[0].number in {0, 1, 2}


def test_a_warm_movie_gives_its_thumbnail(fade_in, tmp_path):
    ticks = []
    with Frames(fade_in(3)) as frames:
        made = thumbnail_from(frames, tmp_path, Order(width=64), tick=lambda *told: ticks.append(told))

    assert made.frames[0].number == 9
    assert ticks == [
        (1, 4, "looking"),
        (2, 4, "looking"),
        (3, 4, "looking"),
        (4, 4, "looking"),
        (1, 1, "developing"),
    ]
