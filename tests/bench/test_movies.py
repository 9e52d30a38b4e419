"""The movies that benchmarks measure on are what they say."""

import dataclasses
from itertools import pairwise

import av
import cv2
import pytest

from bench import movies
from bench.movies import Kind
from bench.scene import barcode, pictures

NUMBERS = [0, 1, 1499, 0xABCDEF]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where movies are kept, empty."""
    monkeypatch.setattr(movies, "FOLDER", tmp_path)
    return tmp_path


@pytest.fixture
def make(folder, monkeypatch):
    """Makes a small movie of a kind; gives its path."""

    def made(**changes):
        small = Kind((320, 180), encoded=40, options=movies._x264(20, "300k"))
        monkeypatch.setitem(movies.MOVIES, "small", dataclasses.replace(small, **changes))
        return movies.movie("small")

    return made


def shown(path):
    """The number and the seconds of each frame that is shown."""
    with av.open(path) as container:
        frames = list(container.decode(video=0))
    return [
        (barcode(frame.to_ndarray(format="gray")), round(frame.time - frames[0].time, 4)) for frame in frames
    ]


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_a_picture_tells_its_number(scale):
    made = pictures(640, 360, iter(NUMBERS), noise=3, seed=1)

    lumas = [cv2.resize(picture[:360], None, fx=scale, fy=scale) for picture in made]

    assert [barcode(luma) for luma in lumas] == NUMBERS


def test_a_picture_without_a_number_is_refused():
    (picture,) = pictures(640, 360, iter([1]), noise=3, seed=1)

    with pytest.raises(ValueError, match="neither black nor white"):
        barcode(picture[100:360])


def test_a_movie_is_repeated_without_a_gap(make):
    path = make(repeats=3)

    frames = shown(path)

    assert [number for number, _ in frames] == list(range(40)) * 3
    assert [seconds for _, seconds in frames] == [round(n / 30, 4) for n in range(120)]


def test_frames_of_uneven_length_begin_behind_the_hidden_ones(make):
    path = make(is_vfr=True, hidden=7)

    frames = shown(path)

    assert [number for number, _ in frames] == list(range(33))
    assert [seconds for _, seconds in frames] == [round(movies.seconds("small", n), 4) for n in range(33)]
    assert len({round(after - before, 4) for (_, before), (_, after) in pairwise(frames)}) > 2


def test_a_movie_is_made_once_and_alone(make, folder):
    path = make(repeats=2)
    made_at = path.stat().st_mtime_ns

    movies.movie("small")

    assert path.stat().st_mtime_ns == made_at
    assert list(folder.iterdir()) == [path]
