"""Every kind of unusable movie has its word, and none takes memory or time."""

import pickle
import resource
import struct
import zlib

import av
import pytest

from pipelines.errors import BadInput, CannotDecode
from pipelines.video import luma_frames, probe


def code_of(path, **limits) -> str:
    with pytest.raises(BadInput) as refusal:
        probe(path, **limits)
    return refusal.value.code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"x", "not_a_movie"),
        (b"no movie, but words\n" * 500, "not_a_movie"),
        (bytes(range(256)) * 400, "not_a_movie"),
        (b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n", "not_a_movie"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "not_a_movie"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "truncated"),
    ],
)
def test_what_is_no_movie_is_refused(content, code, tmp_path):
    path = tmp_path / "movie.mp4"
    path.write_bytes(content)

    assert code_of(path) == code


def test_an_mp4_without_its_index_is_truncated(write_movie, noise):
    path = write_movie(noise(20))
    path.write_bytes(path.read_bytes()[:4000])

    assert code_of(path) == "truncated"


def test_sound_alone_is_refused(tmp_path):
    path = tmp_path / "sound.m4a"
    with av.open(path, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=48000, layout="mono")
        silence = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        silence.sample_rate = 48000
        silence.planes[0].update(bytes(silence.planes[0].buffer_size))
        container.mux(stream.encode(silence))
        container.mux(stream.encode(None))

    assert code_of(path) == "no_video"


def test_a_movie_without_frames_is_refused(tmp_path):
    path = tmp_path / "none.avi"
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.start_encoding()

    assert code_of(path) == "no_frames"


@pytest.fixture
def huge_png(tmp_path, still):
    """Give a writer of a PNG whose header claims `side` x `side` pixels."""

    def write(side: int):
        data = bytearray(still(".png").read_bytes())
        data[16:24] = struct.pack(">II", side, side)
        data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
        path = tmp_path / "huge.png"
        path.write_bytes(data)
        return path

    return write


@pytest.fixture
def huge_avi(write_movie, noise):
    """Give a writer of an AVI whose header claims `side` x `side` pixels."""

    def write(side: int):
        path = write_movie(noise(3), name="huge.avi", codec="rawvideo", pix_fmt="bgr24")
        data = bytearray(path.read_bytes())
        at = data.index(b"strf") + 12
        data[at : at + 8] = struct.pack("<II", side, side)
        path.write_bytes(data)
        return path

    return write


@pytest.mark.parametrize("side", [15_000, 100_000])
@pytest.mark.parametrize("kind", ["huge_png", "huge_avi"])
def test_a_header_that_claims_a_huge_picture_is_refused_before_it_takes_memory(kind, side, request):
    path = request.getfixturevalue(kind)(side)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    code = code_of(path)

    assert code == "too_many_pixels"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB; decoded it has 675 MB


def test_limits_are_the_callers(write_movie, noise):
    path = write_movie(noise(12))

    assert code_of(path, pixels_limit=64 * 48 - 1) == "too_many_pixels"
    assert code_of(path, frames_limit=11) == "too_many_frames"
    assert probe(path, pixels_limit=64 * 48, frames_limit=12).frames == 12


def test_a_movie_of_which_nothing_decodes_is_refused(write_movie, noise):
    path = write_movie(noise(3), name="movie.avi", codec="mjpeg", pix_fmt="yuvj420p")
    data = path.read_bytes()
    with av.open(path) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    for at, size in places:
        data = data[: at + 8] + bytes(size) + data[at + 8 + size :]  # 8: the chunk's name and length
    path.write_bytes(data)

    assert code_of(path) == "undecodable"


@pytest.mark.parametrize("name", ["movie.mp4", "movie.mkv", "movie.avi"])
def test_a_movie_cut_short_is_told_and_breaks_at_the_frame_that_is_missing(name, write_movie, noise):
    path = write_movie(noise(30), name=name, options={"bf": "0"}, container_options={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    readable = probe(path).frames

    shown = []
    with pytest.raises(CannotDecode) as broken:
        shown.extend(frame.index for frame in luma_frames(path))

    assert probe(path).truncated
    assert 10 < readable < 25
    assert shown == list(range(broken.value.frame))
    assert readable - 1 <= broken.value.frame <= readable
    assert f"frame {broken.value.frame}" in str(broken.value)


def test_flipped_bits_break_at_the_frame_they_damage(write_movie, noise):
    path = write_movie(noise(30), options={"bf": "0"}, container_options={"movflags": "faststart"})
    with av.open(path) as container:
        damaged = list(container.demux(video=0))[17]
    data = bytearray(path.read_bytes())
    for offset in range(40, damaged.size, 3):
        data[damaged.pos + offset] ^= 0x55
    path.write_bytes(data)

    with pytest.raises(CannotDecode) as broken:
        list(luma_frames(path))

    assert broken.value.frame == 17


def test_an_encrypted_movie_is_not_decoded(write_movie, noise):
    keys = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "1" * 32, "encryption_kid": "2" * 32}
    path = write_movie(noise(5), container_options=keys)

    with pytest.raises(BadInput) as refusal:
        next(luma_frames(path))

    assert refusal.value.code == "encrypted"


def test_both_errors_cross_a_process_border_whole():
    refusal = pickle.loads(pickle.dumps(BadInput("no", code="no_video", hint="send another")))  # noqa: S301, our own bytes
    broken = pickle.loads(pickle.dumps(CannotDecode("broke", frame=7)))  # noqa: S301, our own bytes

    assert (refusal.message, refusal.code, refusal.hint) == ("no", "no_video", "send another")
    assert (broken.message, broken.frame, broken.hint) == ("broke", 7, None)
