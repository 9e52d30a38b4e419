"""What cannot be turned is refused by name, and what is merely odd is turned another way."""

import struct
import wave

import pytest

from pipelines.errors import BadInput
from pipelines.rotate import Encoding, rotate
from pipelines.rotate.patch import find_patches
from pipelines.source import open_ranges
from pipelines.video import probe
from pipelines.video.boxes import NotPlain
from pipelines.video.turn import Turn


def at(data: bytes, kind: bytes) -> int:
    """Give where a box's body begins."""
    return data.index(kind) + 4


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def refusal(source, out, **asked) -> str:
    with pytest.raises(BadInput) as refused:
        rotate(source, out, **({"rotation": 90} | asked))
    assert list(out.iterdir()) == []
    return refused.value.code


def test_nothing_to_do_is_refused(write_movie, noise, out):
    assert refusal(write_movie(noise(1)), out, rotation=0) == "no_turn"


def test_an_unknown_method_is_refused(write_movie, noise, out):
    assert refusal(write_movie(noise(1)), out, method="magic") == "bad_method"


@pytest.mark.parametrize("wrong", [{"preset": "warp"}, {"crf": 52}, {"quality": 0}])
def test_an_encoding_that_cannot_be_is_refused(wrong):
    with pytest.raises(BadInput) as refused:
        Encoding(**wrong)

    assert refused.value.code == "bad_encoding"


@pytest.mark.parametrize("method", ["metadata", "pixels"])
def test_sound_alone_is_refused(method, tmp_path, out):
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(8000))

    assert refusal(path, out, method=method) == "no_video"


@pytest.mark.parametrize("method", ["metadata", "pixels"])
def test_an_encrypted_movie_is_refused(method, write_movie, noise, out):
    key = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "00" * 16, "encryption_kid": "11" * 16}
    path = write_movie(noise(3), container_options=key)

    assert refusal(path, out, method=method) == "encrypted"


def test_an_empty_file_and_a_text_are_refused(tmp_path, out):
    empty, text = tmp_path / "empty.mp4", tmp_path / "text.mp4"
    empty.write_bytes(b"")
    text.write_text("no movie at all\n" * 100)

    assert refusal(empty, out) == "empty"
    assert refusal(text, out) == "not_a_movie"


@pytest.mark.parametrize(("kept", "code"), [(-8, "truncated"), (200, "no_video")])
def test_a_header_that_is_cut_short_is_refused(kept, code, write_movie, noise, tmp_path, out):
    data = write_movie(noise(5)).read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: data.index(b"moov") + kept])

    assert refusal(path, out) == code


def test_too_many_pixels_are_refused(write_movie, noise, out):
    assert refusal(write_movie(noise(1)), out, pixels_limit=1000) == "too_many_pixels"


@pytest.mark.parametrize(
    ("kind", "place", "byte"),
    [(b"tkhd", 0, 7), (b"mvhd", 0, 9), (b"tkhd", -8 + 3, 40)],  # an unknown version; a box too small
)
def test_a_damaged_header_is_not_patched(kind, place, byte, write_movie, noise, tmp_path):
    data = bytearray(write_movie(noise(2)).read_bytes())
    data[at(data, kind) + place] = byte
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data)

    with open_ranges(path) as ranges, pytest.raises(NotPlain):
        find_patches(ranges, Turn(90))


def test_a_movie_with_a_damaged_header_is_remuxed_when_it_can_be_read(write_movie, noise, tmp_path, out):
    data = bytearray(write_movie(noise(3)).read_bytes())
    data[at(data, b"tkhd")] = 7  # an unknown version
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data)

    made = rotate(path, out, rotation=90)

    assert made.method == "metadata"
    assert "for its header could not be patched (a damaged tkhd)" in made.why
    assert probe(out / made.file).rotation == 90


def test_a_header_of_64_bit_times_is_patched(write_movie, noise, tmp_path, out):
    data = write_movie(noise(3), container_options={"movflags": "+faststart"}).read_bytes()
    path = tmp_path / "long.mp4"
    path.write_bytes(widened(data))

    made = rotate(path, out, rotation=90)

    assert made.why.startswith("its display matrix was written anew")
    assert probe(out / made.file).rotation == 90


def widened(data: bytes) -> bytes:
    """Give an MP4 whose tkhd has times of 64 bits; its media stays in place, for a `free` box pays for the bytes."""
    start = data.index(b"tkhd") - 4
    body = data[start + 8 : start + 92]
    flags, created, changed, track, reserved, lasts = struct.unpack_from(">6I", body)
    head = struct.pack(">IQQIIQ", flags | 1 << 24, created, changed, track, reserved, lasts)
    tkhd = struct.pack(">I4s", 104, b"tkhd") + head + body[24:]
    grown = bytearray(data[:start] + tkhd + data[start + 92 :])
    for kind in (b"trak", b"moov"):
        place = grown.index(kind) - 4
        grown[place : place + 4] = struct.pack(">I", struct.unpack_from(">I", grown, place)[0] + 12)
    free = grown.index(b"free") - 4
    assert struct.unpack_from(">I", grown, free)[0] == 8
    offsets = grown.index(b"stco") + 8
    (count,) = struct.unpack_from(">I", grown, offsets)
    for number in range(count):
        place = offsets + 4 + 4 * number
        struct.pack_into(">I", grown, place, struct.unpack_from(">I", grown, place)[0] + 12)
    return bytes(grown)


def test_the_matrix_of_the_presentation_goes_into_the_track(write_movie, noise, tmp_path, out):
    data = bytearray(write_movie(noise(2), rotate=90).read_bytes())
    matrix = at(data, b"mvhd") + 36
    struct.pack_into(">9i", data, matrix, 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    path = tmp_path / "twice.mp4"
    path.write_bytes(data)

    made = rotate(path, out, rotation=90)

    turned = (out / made.file).read_bytes()
    assert (made.before, made.after) == ((64, 48), (48, 64))
    assert struct.unpack_from(">9i", turned, at(turned, b"mvhd") + 36)[:5] == (1 << 16, 0, 0, 0, 1 << 16)
    assert probe(out / made.file).rotation == 270


def test_a_movie_that_is_cut_short_keeps_what_it_has(write_movie, noise, tmp_path, out):
    data = write_movie(noise(30), name="whole.mkv").read_bytes()
    path = tmp_path / "cut.mkv"
    path.write_bytes(data[: len(data) * 6 // 10])

    made = rotate(path, out, rotation=90)

    assert made.why.endswith("; the movie is cut short: what is there was kept")
    assert probe(out / made.file).frames == probe(path).frames < 30
