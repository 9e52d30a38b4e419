"""A decoder that would pass a damaged picture on as a good one is made to tell."""

import pytest

from pipelines.video.frames import Frames
from pipelines.video.index import read_index


def broken_off(path, number: int):
    """Overwrite the second half of a frame's bytes with zeros."""
    index, data = read_index(path), bytearray(path.read_bytes())
    start, size = int(index.offset[number]), int(index.size[number])
    data[start + size // 2 : start + size] = bytes(size - size // 2)
    path.write_bytes(data)
    return index


@pytest.mark.parametrize("name", ["movie.avi", "movie.mov"])
def test_a_jpeg_that_breaks_off_is_damaged(name, write_movie, noise):
    path = write_movie(noise(12), name=name, codec="mjpeg", pix_fmt="yuvj420p")
    index = broken_off(path, 5)
    damaged: list[int] = []

    with Frames(path, index) as frames:
        given = [picture.number for picture in frames.pictures(range(12), damaged)]

    assert damaged == [5]
    assert sorted(given) == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]
