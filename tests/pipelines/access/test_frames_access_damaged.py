"""A damaged frame is named; good ones still come, and no damaged one passes for good."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import BadInput, CannotDecode
from pipelines.video.frames import Frames
from pipelines.video.index import read_index


def damaged_at(path, number: int) -> tuple[io.BytesIO, object]:
    """Give a movie whose packet of one frame is spoilt, and its index."""
    index, data = read_index(path), bytearray(path.read_bytes())
    packet = int(index.order[number])
    start, size = int(index.offset[packet]), int(index.size[packet])
    data[start + 8 : start + size] = bytes(255 - byte for byte in data[start + 8 : start + size])
    return io.BytesIO(data), index


@pytest.mark.parametrize("name", ["pyramid.mp4", "pyramid.mkv", "prores.mov", "mjpeg.avi"])
def test_damage_stays_in_its_gop_and_is_named(name, made, truth, digest_of):
    reader, index = damaged_at(made(name), 24)
    damaged: list[int] = []

    with Frames(reader, index) as frames:
        given = {p.number: digest_of(p.frame) for p in frames.pictures(range(48), damaged)}

    assert 24 in damaged
    assert set(given) | set(damaged) == set(range(48))
    assert set(damaged) <= set(range(20, 36))
    assert given == {number: truth(name)[number] for number in given}


def test_the_first_damaged_frame_is_told_where_nobody_collects_them(made):
    reader, index = damaged_at(made("pyramid.mp4"), 24)

    with Frames(reader, index) as frames, pytest.raises(CannotDecode) as broken:
        list(frames.pictures([2, 24, 40]))

    assert broken.value.frame == 24


def test_after_damage_other_frames_can_still_be_asked_for(made, truth, digest_of):
    reader, index = damaged_at(made("pyramid.mp4"), 24)
    damaged: list[int] = []

    with Frames(reader, index) as frames:
        tried = [list(frames.pictures([number], damaged)) for number in (24, 25, 24, 40)]

    assert damaged == [24, 25, 24]
    assert [digest_of(p.frame) for p in tried[3]] == [truth("pyramid.mp4")[40]]


def test_frames_behind_the_files_end_are_damaged_by_the_index_of_the_whole(made, truth, digest_of):
    path = made("pyramid.mkv")
    index = read_index(path)
    end = int(index.offset[30]) + 5
    damaged: list[int] = []

    with Frames(io.BytesIO(path.read_bytes()[:end]), index) as frames:
        given = {p.number: digest_of(p.frame) for p in frames.pictures(range(48), damaged)}

    assert set(range(24)) <= set(given)
    assert set(range(36, 48)) <= set(damaged)
    assert given == {number: truth("pyramid.mkv")[number] for number in given}


class Counting(io.BytesIO):
    """Bytes that note where reads begin."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.starts: list[int] = []

    def read_range(self, start: int, length: int) -> bytes:
        self.starts.append(start)
        return self.getvalue()[start : start + length]


def test_a_damaged_picture_sends_nobody_to_the_movies_start(made):
    spoilt, index = damaged_at(made("opengop.mp4"), 40)
    reader, damaged = Counting(spoilt.getvalue()), []

    with Frames(reader, index) as frames:
        list(frames.pictures([40], damaged))

    assert damaged == [40]
    assert min(reader.starts) == index.offset[index.keyframe_before(40)] > index.offset[0]


@pytest.mark.parametrize(
    "name", ["pyramid.mp4", "cra.mkv", "pyramid.ts", "vp9.webm", "mpeg4.avi", "fragments.mp4"]
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    keep=st.floats(0.2, 1.0),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
)
def test_whatever_is_changed_each_frame_comes_or_is_named(name, keep, changes, made):
    data = bytearray(made(name).read_bytes())
    data = data[: int(len(data) * keep)]
    for place, value in changes:
        data[int(place * len(data))] = value
    damaged: list[int] = []

    try:
        with Frames(io.BytesIO(data)) as frames:
            wanted = range(0, frames.index.frames, 5)
            given = [p.number for p in frames.pictures(wanted, damaged)]
    except BadInput:
        return  # told; any other error would fail here

    assert sorted([*given, *damaged]) == list(wanted)
