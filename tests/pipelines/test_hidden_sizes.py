"""A picture may be larger than its container says: the decoder is held to the limit, too."""

import resource

import pytest

from pipelines.errors import BadInput
from pipelines.video import probe
from pipelines.video.frames import Frames
from pipelines.video.index import read_index
from tests.pipelines.mutations import HEIGHT, RECIPES, WIDTH, make_movie

SIDE = 16_383  # decoded, such a picture has 400 MB
SPARE_KB = 150_000


def peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.fixture
def swollen(write_movie, noise):
    """Give a writer of a movie of 64 x 48 whose second frame says of itself that it is huge."""

    def write(name, codec, mark, at, order, **options):
        path = write_movie(noise(6), name=name, codec=codec, **options)
        index, data = read_index(path), bytearray(path.read_bytes())
        start, size = int(index.offset[1]), int(index.size[1])
        place = data.index(mark, start, start + size) + at
        data[place : place + 4] = SIDE.to_bytes(2, order) * 2
        path.write_bytes(data)
        return path

    return write


KINDS = [
    ("movie.avi", "mjpeg", b"\xff\xc0", 5, "big", {"pix_fmt": "yuvj420p"}),
    ("movie.mov", "mjpeg", b"\xff\xc0", 5, "big", {"pix_fmt": "yuvj420p"}),
    ("movie.mov", "prores_ks", b"icpf", 12, "big", {"pix_fmt": "yuv422p10le"}),
    ("movie.webm", "libvpx", b"\x9d\x01\x2a", 3, "little", {"options": {"g": "1"}}),
]


@pytest.mark.parametrize(("name", "codec", "mark", "at", "order", "options"), KINDS)
def test_a_frame_that_swells_is_damaged_and_takes_no_memory(name, codec, mark, at, order, options, swollen):
    path = swollen(name, codec, mark, at, order, **options)
    before, damaged = peak_kb(), []

    with Frames(path) as frames:
        given = [picture.number for picture in frames.pictures(range(6), damaged)]

    assert damaged == [1]
    assert sorted(given) == [0, 2, 3, 4, 5]
    assert peak_kb() - before < SPARE_KB


@pytest.mark.parametrize(
    "name",
    ["h264-mp4", "hevc-mp4", "mpeg4-mp4", "prores-mov", "mjpeg-mov", "vp8-webm", "vp9-webm", "av1-webm"],
)
def test_every_decoder_is_held_to_the_limit(name, tmp_path):
    path = tmp_path / f"movie{RECIPES[name].suffix}"
    make_movie(name, path)
    index, damaged = read_index(path), []

    with Frames(path, index, pixels_limit=WIDTH * HEIGHT // 2) as frames:
        given = list(frames.pictures([0, 7, 15], damaged))

    assert given == []
    assert sorted(damaged) == [0, 7, 15]


def exp_golomb(number: int) -> str:
    bits = f"{number + 1:b}"
    return "0" * (len(bits) - 1) + bits


def parameter_set(macroblocks: int) -> bytes:
    """Give an H.264 SPS of a square picture, so many macroblocks wide. Source: ITU-T H.264, 7.3.2.1.1."""
    # id, frame number bits - 4, order type 2, one reference, no gaps, width - 1, height - 1, frames, 8x8, no crop, no VUI
    numbers = [exp_golomb(n) for n in (0, 0, 2, 1)] + ["0"] + [exp_golomb(macroblocks - 1)] * 2
    bits = "".join(numbers) + "11" + "0" + "0" + "1"
    body = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    return b"\x00\x00\x00\x01\x67\x42\x00\x3e" + body


def test_an_h264_parameter_set_that_claims_a_huge_picture_is_refused(write_movie, noise):
    small = {"options": {"profile": "baseline", "bf": "0"}}
    path = write_movie(noise(6), name="movie.h264", **small)
    data = path.read_bytes()
    rest = data.index(b"\x00\x00\x00\x01\x68")  # the picture parameter set
    path.write_bytes(parameter_set(1024) + data[rest:])
    before = peak_kb()

    with pytest.raises(BadInput) as refusal:
        probe(path)

    assert refusal.value.code == "too_many_pixels"
    assert "16384x16384" in refusal.value.message
    assert peak_kb() - before < SPARE_KB
