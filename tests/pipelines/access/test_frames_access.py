"""Any frame in any order is the one that decoding from the start gives."""

import io
import random

import numpy as np
import pytest

from pipelines.errors import BadInput
from pipelines.video.frames import Frames
from pipelines.video.index import Access, read_index
from pipelines.video.turn import Turn


def test_each_frame_alone_in_random_order_is_the_right_one(name, made, truth, digest_of):
    numbers = random.Random(name).sample(range(48), 48)

    with Frames(made(name), cache_bytes=0) as frames:
        given = {number: [digest_of(p.frame) for p in frames.pictures([number])] for number in numbers}

    assert frames.index.frames == len(truth(name)) == 48
    assert given == {number: [right] for number, right in enumerate(truth(name))}


def test_many_frames_at_once_are_the_right_ones(name, made, truth, digest_of):
    wanted = random.Random(name).sample(range(48), 17)

    with Frames(io.BytesIO(made(name).read_bytes())) as frames:
        given = [(p.number, digest_of(p.frame)) for p in frames.pictures(wanted)]

    assert sorted(given) == [(number, truth(name)[number]) for number in sorted(wanted)]


def test_steps_forward_and_back_are_the_right_frames(name, made, truth, digest_of):
    walk = [*range(20, 40), *range(39, 5, -1), 47, 46, 0, 1]

    with Frames(made(name)) as frames:
        given = [digest_of(p.frame) for number in walk for p in frames.pictures([number])]

    assert given == [truth(name)[number] for number in walk]


def test_times_are_those_of_the_clock(made):
    with Frames(made("uneven.mp4")) as frames:
        seconds = {p.number: p.seconds for p in frames.pictures([0, 1, 2, 5, 47])}

    assert seconds == pytest.approx({0: 0.0, 1: 3 / 600, 2: 4 / 600, 5: 18 / 600, 47: 166 / 600})


def test_gops_come_in_the_order_of_storage_and_each_frame_once(made):
    with Frames(made("pyramid.mp4")) as frames:
        numbers = [p.number for p in frames.pictures([40, 3, 27, 3, 15, 40])]

    assert numbers == [3, 15, 27, 40]


@pytest.mark.parametrize("number", [-1, 48, 10**12])
def test_a_frame_that_is_not_there_is_refused_with_the_true_count(number, made):
    with Frames(made("pyramid.mp4")) as frames, pytest.raises(BadInput) as refusal:
        list(frames.pictures([0, number]))

    assert refusal.value.code == "frame_past_end"
    assert "48 frames" in refusal.value.message


def test_an_encrypted_movie_is_refused(write_scene):
    keys = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "1" * 32, "encryption_kid": "2" * 32}
    path = write_scene(muxer=keys)

    with pytest.raises(BadInput) as refusal:
        Frames(path)

    assert refusal.value.code == "encrypted"


@pytest.mark.parametrize(
    "turn", [Turn(90), Turn(180), Turn(270), Turn(0, mirrored=True), Turn(90, mirrored=True)]
)
@pytest.mark.parametrize("suffix", ["mov", "mkv"])
def test_pictures_stand_upright_unless_told_not_to(turn, suffix, write_scene):
    path = write_scene(f"turned.{suffix}", turn=turn)

    with Frames(path) as frames:
        (picture,) = frames.pictures([5])

    stored = picture.bgr(upright=False)
    assert stored.shape == (64, 96, 3)
    assert picture.turn == turn
    assert np.array_equal(picture.bgr(), turn.apply(stored))


def test_a_picture_is_memory_of_its_own(made):
    with Frames(made("pyramid.mp4")) as frames:
        (first,) = frames.pictures([7])
        before = first.bgr()
        before[:] = 0
        (again,) = frames.pictures([7])

    assert again.bgr().mean() > 20


class Counting(io.BytesIO):
    """Bytes that note which ranges are read."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.ranges: list[tuple[int, int]] = []

    def read_range(self, start: int, length: int) -> bytes:
        self.ranges.append((start, length))
        return self.getvalue()[start : start + length]


def test_one_frame_costs_one_read_of_its_gop_as_far_as_needed(made):
    data = made("pyramid.mp4").read_bytes()
    index = read_index(made("pyramid.mp4"))
    reader = Counting(data)

    with Frames(reader, index) as frames:
        list(frames.pictures([30]))

    (start, length), *more = reader.ranges
    assert not more
    assert start == index.offset[24]
    assert length <= index.offset[36] - index.offset[24]


def test_next_frames_are_at_hand_once_somebody_browses(made):
    data = made("pyramid.mp4").read_bytes()
    reader = Counting(data)
    with Frames(reader, read_index(made("pyramid.mp4"))) as frames:
        list(frames.pictures([4]))
        list(frames.pictures([7]))
        reader.ranges.clear()

        numbers = [p.number for n in (3, 5, 6, 7, 8) for p in frames.pictures([n])]

    assert numbers == [3, 5, 6, 7, 8]
    assert len(reader.ranges) <= 1


def test_recent_pictures_are_kept_within_their_bytes(made):
    with Frames(made("pyramid.mp4"), cache_bytes=3 * 128 * 64 * 3 // 2) as frames:
        list(frames.pictures(range(48)))

        kept = [number for number in range(48) if number in frames._recent]

    assert kept == [45, 46, 47]


@pytest.mark.parametrize(
    ("name", "access"),
    [
        ("pyramid.mp4", Access.DIRECT),
        ("fragments.mp4", Access.DIRECT),
        ("pyramid.mkv", Access.DIRECT),
        ("vp9.webm", Access.DIRECT),
        ("mjpeg.avi", Access.DIRECT),
        ("pyramid.ts", Access.SLICED),
        ("ffv1.mkv", Access.SOUGHT),
        ("mpeg4.avi", Access.COUNTED),
    ],
)
def test_packets_are_reached_as_directly_as_is_certain(name, access, made):
    assert read_index(made(name)).access is access
