"""Frames come in the order shown, upright, exact by number."""

import numpy as np
import pytest

from pipelines.video import decode, luma_frames


def bright(index: int, width=64, height=48) -> np.ndarray:
    """Give a grey picture whose luma tells its number, with a white mark at the top left."""
    picture = np.full((height, width, 3), 20 + 6 * index, np.uint8)
    picture[:16, :16] = 255
    return picture


def numbers(frames) -> list[tuple[int, int]]:
    """Give each frame's index, and the number that its pixels tell (limited range: y = 16 + 219/255 * grey)."""
    return [(f.index, round(((float(f.luma[40, 40]) - 16) * 255 / 219 - 20) / 6)) for f in frames]


@pytest.mark.parametrize("name", ["movie.mp4", "movie.mkv", "movie.avi", "movie.ts"])
@pytest.mark.parametrize("start", [0, 1, 13, 19])
def test_a_range_holds_exactly_its_frames(name, start, write_movie):
    path = write_movie([bright(i) for i in range(30)], name=name, options={"g": "9", "bf": "2"})

    told = numbers(luma_frames(path, start, start + 5))

    assert told == [(i, i) for i in range(start, start + 5)]


@pytest.mark.parametrize("name", ["movie.mp4", "movie.mkv"])
def test_a_late_range_is_reached_by_a_seek_and_is_as_exact(name, write_movie):
    path = write_movie([bright(i % 37) for i in range(150)], name=name, options={"g": "40", "bf": "3"})

    told = numbers(luma_frames(path, 131, 134))

    assert told == [(131, 20), (132, 21), (133, 22)]


@pytest.mark.parametrize(("rotate", "corner"), [(0, (2, 2)), (90, (2, -2)), (180, (-2, -2)), (270, (-2, 2))])
def test_pictures_are_turned_upright(rotate, corner, write_movie):
    path = write_movie([bright(0), bright(1)], rotate=rotate)

    first = next(luma_frames(path)).luma

    assert first.shape == ((48, 64) if rotate in {0, 180} else (64, 48))
    assert first[corner] > 220
    assert [int(first[y, x]) > 220 for y, x in ((2, 2), (2, -2), (-2, 2), (-2, -2))].count(True) == 1


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "name", "grey"),
    [
        ("libx264", "yuv420p", "m.mp4", 102),
        ("libx264", "yuv444p", "m.mp4", 102),
        ("libx264", "yuv420p10le", "m.mp4", 100),
        ("ffv1", "bgr0", "m.mkv", 100),
        ("mjpeg", "yuvj420p", "m.avi", 100),
    ],
)
def test_luma_is_eight_bit_whatever_the_pixels(codec, pix_fmt, name, grey, write_movie):
    pictures = [np.full((48, 64, 3), 100, np.uint8)] * 2
    path = write_movie(pictures, codec=codec, pix_fmt=pix_fmt, name=name)

    luma = next(luma_frames(path)).luma

    assert luma.dtype == np.uint8
    assert luma.mean() == pytest.approx(grey, abs=1.5)


def test_times_count_from_the_first_frame_even_if_the_clock_does_not(write_movie, noise):
    path = write_movie(noise(4), pts=[100, 101, 105, 106])

    seconds = [frame.seconds for frame in luma_frames(path)]

    assert seconds == pytest.approx([0.0, 0.04, 0.2, 0.24])


def test_upright_pictures_can_be_turned_once_more(write_movie):
    path = write_movie([bright(0), bright(1)], rotate=90)

    first = next(luma_frames(path, rotation=180)).luma

    assert first.shape == (64, 48)
    assert [int(first[y, x]) > 220 for y, x in ((2, 2), (2, -2), (-2, 2), (-2, -2))] == [
        False,
        False,
        True,
        False,
    ]


def test_a_late_range_decodes_from_the_keyframe_before_it(write_movie, monkeypatch):
    path = write_movie(
        [bright(i % 37) for i in range(150)], options={"g": "30", "bf": "3", "sc_threshold": "0"}
    )
    seen = []
    monkeypatch.setattr(decode, "whole_packets", watched(decode.whole_packets, seen))

    told = numbers(luma_frames(path, 130, 132))

    assert told == [(130, 19), (131, 20)]
    assert len(seen) < 30


def watched(packets, seen):
    """Give the packets and note them."""

    def watch(container, stream):
        for packet in packets(container, stream):
            seen.append(packet)
            yield packet

    return watch
