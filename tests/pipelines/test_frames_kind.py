"""Frames taken out of movies of many codecs, sizes and shades."""

import cv2
import numpy as np
import pytest

from pipelines.errors import BadInput
from pipelines.stills import Order, extract, thumbnail


def greys(count, width, height) -> list[np.ndarray]:
    """Give pictures of which number n is grey of level 20 + 15 n."""
    return [np.full((height, width, 3), 20 + 15 * number, np.uint8) for number in range(count)]


def grey_numbers(folder, names) -> list[int]:
    levels = [cv2.imread(str(folder / name))[5, 5, 1] for name in names]
    return [round((int(level) - 20) / 15) for level in levels]


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "options"),
    [
        ("movie.mkv", "libx264", "yuv420p", {"g": "4", "bf": "2"}),
        ("movie.mov", "libx264", "yuv422p10le", {"g": "4"}),
        ("movie.mp4", "libx265", "yuv420p10le", {"x265-params": "log-level=none:keyint=4"}),
        ("movie.webm", "libvpx-vp9", "yuv420p", {"g": "4"}),
        ("movie.mp4", "libsvtav1", "yuv420p", {"g": "4"}),
        ("movie.avi", "mpeg4", "yuv420p", {"g": "4", "b": "4M"}),
        ("movie.avi", "mjpeg", "yuvj420p", {}),
        ("movie.ts", "libx264", "yuv420p", {"g": "4"}),
        ("movie.mov", "prores_ks", "yuv422p10le", {}),
    ],
)
def test_frames_of_any_codec_are_the_ones_that_were_asked_for(
    write_movie, tmp_path, name, codec, pix_fmt, options
):
    path = write_movie(greys(12, 128, 96), name=name, codec=codec, pix_fmt=pix_fmt, options=options)

    whole = extract(path, tmp_path, Order(frames=[11, 0, 5, 6]))
    numbers = grey_numbers(tmp_path, [file for file, _ in whole.files])
    small = extract(path, tmp_path, Order(frames=[11, 0, 5, 6], width=48))

    assert numbers == [11, 0, 5, 6]
    assert grey_numbers(tmp_path, [file for file, _ in small.files]) == [11, 0, 5, 6]
    assert (small.width, small.height, small.damaged) == (48, 36, ())


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_odd_sizes_are_kept_however_a_movie_is_turned(write_movie, tmp_path, rotate):
    path = write_movie(greys(3, 65, 49), pix_fmt="yuv444p", rotate=rotate)
    width, height = (65, 49) if rotate in {0, 180} else (49, 65)

    made = extract(path, tmp_path, Order(frames=[1], image_format="png"))

    assert (made.width, made.height) == (width, height)
    assert cv2.imread(str(tmp_path / "frame-000001.png")).shape == (height, width, 3)


@pytest.mark.parametrize("width", [1, 7, 32])
def test_a_small_picture_of_a_turned_movie_has_the_size_that_was_asked_for(write_movie, tmp_path, width):
    path = write_movie(greys(3, 66, 50), rotate=270)

    thumbnail(path, tmp_path, width=width, height=9)

    assert cv2.imread(str(tmp_path / "thumbnail.jpg")).shape == (9, width, 3)


def test_a_file_that_is_no_movie_is_refused(tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_text("these are my notes\n" * 100)

    with pytest.raises(BadInput) as refusal:
        extract(path, tmp_path, Order(frames=[0]))

    assert refusal.value.code == "not_a_movie"
