"""What a small file claims is refused before it takes memory."""

import resource
import struct

import av
import numpy as np
import pytest

from pipelines.errors import BadInput
from pipelines.video import probe
from pipelines.video.index import decode_index, read_index

SPARE_KB = 100_000  # a decoded picture of 16384 x 16384 has 400 MB, an index of 30 million samples as much


def peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def refused(path, **limits) -> BadInput:
    """Give the refusal that all who open the movie share."""
    before = peak_kb()
    with pytest.raises(BadInput) as refusal:
        probe(path, **limits)
    with pytest.raises(BadInput) as same:
        read_index(path, **limits)
    assert same.value.code == refusal.value.code
    assert peak_kb() - before < SPARE_KB
    return refusal.value


@pytest.fixture
def claiming(write_movie, noise):
    """Give a writer of an MP4 whose sample sizes claim so many frames, one byte each."""

    def write(count: int):
        path = write_movie(noise(12))
        data = bytearray(path.read_bytes())
        at = data.index(b"stsz")
        data[at + 8 : at + 16] = struct.pack(">II", 1, count)
        path.write_bytes(data)
        return path

    return write


@pytest.mark.parametrize("count", [1_000_001, 30_000_000, 1_000_000_000, 0xFFFFFFFF])
def test_a_table_that_claims_more_frames_than_are_allowed_is_refused_by_its_count(count, claiming):
    refusal = refused(claiming(count))

    assert refusal.code == "too_many_frames"
    assert refusal.message == f"a track claims {count:,} frames; the limit is 1,000,000"


def test_four_billion_samples_in_one_row_are_not_believed(write_movie, noise):
    path = write_movie(noise(12))
    data = bytearray(path.read_bytes())
    at = data.index(b"stts")
    data[at + 8 : at + 16] = struct.pack(">II", 1, 0xFFFFFFFF)
    path.write_bytes(data)
    before = peak_kb()

    index = read_index(path)

    assert index.frames == 12
    assert peak_kb() - before < SPARE_KB


def test_an_hour_of_single_sound_samples_is_no_bomb(tmp_path):
    path = tmp_path / "pcm.mov"
    with av.open(path, "w") as container:
        pictures = container.add_stream("mjpeg", rate=25)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuvj420p"
        sound = container.add_stream("pcm_s16le", rate=48_000, layout="mono")
        container.mux(pictures.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64), np.uint8), "gray")))
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.int16), "s16", "mono")
        silence.sample_rate = 48_000
        for _ in range(100):
            container.mux(sound.encode(silence))
        container.mux(pictures.encode(None))
        container.mux(sound.encode(None))
    assert struct.pack(">III", 1, 4_800_000, 1) in path.read_bytes()  # its durations: one row, one tick each

    assert probe(path).frames == 1


@pytest.mark.parametrize("size", [None, 0, 1, 0xFFFFFFFF])
def test_a_fragment_that_claims_more_frames_than_are_allowed_is_refused(size, write_movie, noise):
    flags = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    path = write_movie(noise(12), options={"g": "6"}, container_options=flags)
    data = bytearray(path.read_bytes())
    at = data.rindex(b"trun")  # of the second fragment
    data[at + 4 : at + 12] = struct.pack(">II", 0, 90_000_000)
    if size is not None:  # FFmpeg takes a box that is too large for one that ends with its parent
        data[at - 4 : at] = struct.pack(">I", size)
    if size == 1:
        data[at + 12 : at + 20] = struct.pack(">II", 0, 90_000_000)
    path.write_bytes(data)

    assert refused(path).code == "too_many_frames"


def test_a_damaged_index_is_refused_without_taking_memory():
    with pytest.raises(BadInput) as refusal:
        decode_index(b"DRIX\x01\x00\x00\x00" + b"\x78\x9c" + bytes(100))

    assert refusal.value.code == "unknown_index"
