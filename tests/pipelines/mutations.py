"""Small movies of every container and codec, and seeded ways to damage their bytes."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

FRAMES, WIDTH, HEIGHT = 16, 64, 48
RATE = Fraction(25)
GOP = {"g": "6"}
X264 = {**GOP, "bf": "2", "preset": "superfast"}
X265 = {"preset": "ultrafast", "x265-params": "log-level=none:keyint=6:bframes=2:pools=none:frame-threads=1"}
FRAGMENTS = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
FASTSTART = {"movflags": "+faststart"}
# What a container calls its parts: behind such a word stand the numbers that a reader trusts.
BOXES = re.compile(
    rb"moov|mvhd|trak|tkhd|edts|elst|mdia|mdhd|hdlr|minf|stbl|stsd|stts|stsz|stsc|stco|ctts|stss|"
    rb"avc1|avcC|hev1|hvcC|apcn|jpeg|esds|moof|mfhd|traf|tfhd|tfdt|trun|mvex|trex|mdat|mfra|tfra|sgpd|sbgp"
)
TABLES = re.compile(rb"stts|stsz|stsc|stco|ctts|stss|elst|trun|stsd")
MATRICES = re.compile(rb"tkhd|mvhd")
ELEMENTS = (
    re.compile(  # EBML: segment, seek head, info, tracks, entry, video, cues, cluster, blocks, set-up bytes
        rb"\x18\x53\x80\x67|\x11\x4d\x9b\x74|\x15\x49\xa9\x66|\x16\x54\xae\x6b|\xae|\xe0|\x1c\x53\xbb\x6b|"
        rb"\x1f\x43\xb6\x75|\xa3|\xa0|\xa1|\x63\xa2|\xd7|\xe7|\x2a\xd7\xb1|\xb0|\xba"
    )
)
CHUNKS = re.compile(rb"RIFF|LIST|hdrl|avih|strl|strh|strf|movi|00dc|idx1|indx|JUNK")
STARTS = re.compile(rb"\x00\x00\x01|G[\x40\x41\x01\x50\x51]")  # NAL units, packets of a transport stream
EXTREMES = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 1 << 24, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
WIDE_EXTREMES = (0, 1, 1 << 31, 1 << 32, (1 << 62) - 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)

Damage = Callable[[bytearray, random.Random, "Recipe"], str]


@dataclass(frozen=True)
class Recipe:
    """How a movie is made. words: what its container calls its parts."""

    suffix: str
    codec: str
    words: "re.Pattern[bytes]"
    options: dict[str, str] = field(default_factory=dict)
    container_options: dict[str, str] = field(default_factory=dict)
    pix_fmt: str = "yuv420p"
    rotate: int = 0
    has_sound: bool = False


RECIPES = {
    "h264-mp4": Recipe(".mp4", "libx264", BOXES, X264, FASTSTART, has_sound=True),
    "turned-mp4": Recipe(".mp4", "libx264", BOXES, X264, rotate=90),
    "fragmented-mp4": Recipe(".mp4", "libx264", BOXES, X264, FRAGMENTS),
    "hevc-mp4": Recipe(".mp4", "libx265", BOXES, X265, FASTSTART),
    "mpeg4-mp4": Recipe(".mp4", "mpeg4", BOXES, {**GOP, "bf": "2"}, FASTSTART),
    "prores-mov": Recipe(".mov", "prores_ks", BOXES, pix_fmt="yuv422p10le"),
    "mjpeg-mov": Recipe(".mov", "mjpeg", BOXES, pix_fmt="yuvj420p"),
    "h264-mkv": Recipe(".mkv", "libx264", ELEMENTS, X264, has_sound=True),
    "vp8-webm": Recipe(".webm", "libvpx", ELEMENTS, {**GOP, "auto-alt-ref": "1", "lag-in-frames": "8"}),
    "vp9-webm": Recipe(".webm", "libvpx-vp9", ELEMENTS, {**GOP, "cpu-used": "8", "deadline": "realtime"}),
    "av1-webm": Recipe(".webm", "libsvtav1", ELEMENTS, {**GOP, "preset": "12"}),
    "mpeg4-avi": Recipe(".avi", "mpeg4", CHUNKS, GOP),
    "mjpeg-avi": Recipe(".avi", "mjpeg", CHUNKS, pix_fmt="yuvj420p"),
    "h264-ts": Recipe(".ts", "libx264", STARTS, X264, has_sound=True),
    "raw-h264": Recipe(".h264", "libx264", STARTS, X264),
    "raw-hevc": Recipe(".hevc", "libx265", STARTS, X265),
}


def make_movie(name: str, path: Path) -> None:
    """Write one of the movies: a bright bar that goes to the right over coarse noise."""
    recipe = RECIPES[name]
    noise = np.random.default_rng(7).integers(0, 120, (HEIGHT // 4, WIDTH // 4, 3), dtype=np.uint8)
    with av.open(path, "w", container_options=recipe.container_options) as container:
        stream = container.add_stream(recipe.codec, rate=RATE, options=recipe.options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, recipe.pix_fmt
        stream.codec_context.thread_count = 1
        if recipe.rotate:
            stream.set_display_rotation(-recipe.rotate)
        sound = container.add_stream("aac", rate=16000, layout="mono") if recipe.has_sound else None
        for number in range(FRAMES):
            picture = np.kron(np.roll(noise, number, 0), np.ones((4, 4, 1), np.uint8))
            picture[:, 3 * number : 3 * number + 8] = 230
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = number, 1 / RATE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            _add_silence(container, sound)


def _add_silence(container: av.container.OutputContainer, sound: av.AudioStream) -> None:
    for number in range(10):
        silence = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        silence.sample_rate, silence.pts = 16000, number * 1024
        silence.planes[0].update(bytes(silence.planes[0].buffer_size))
        container.mux(sound.encode(silence))
    container.mux(sound.encode(None))


@dataclass(frozen=True)
class Mutation:
    """One way to damage one movie; equal numbers give equal bytes, and negative ones leave the movie whole."""

    number: int

    @property
    def movie(self) -> str:
        return list(RECIPES)[self.number % len(RECIPES)]

    def apply(self, data: bytes) -> tuple[bytes, str]:
        """Give the damaged bytes, and what was done."""
        if self.number < 0:
            return data, "nothing"
        chance, damaged, recipe = random.Random(self.number), bytearray(data), RECIPES[self.movie]
        done = [
            chance.choice(_damages(recipe))(damaged, chance, recipe)
            for _ in range(chance.choice((1, 1, 1, 2)))
        ]
        return bytes(damaged), ", ".join(done)


def _damages(recipe: Recipe) -> list[Damage]:
    general = [
        _flip,
        _flip_head,
        _wipe,
        _scramble,
        _truncate,
        _duplicate,
        _remove,
        _swap,
        _near_word,
        _near_word,
    ]
    return general + ([_box_size, _table_count, _table_row, _edit, _matrix] if recipe.words is BOXES else [])


def _place(data: bytearray, chance: random.Random) -> int:
    return chance.randrange(max(1, len(data)))


def _span(data: bytearray, chance: random.Random) -> tuple[int, int]:
    """Give a stretch: short ones are more likely."""
    start = _place(data, chance)
    return start, min(len(data), start + int(2 ** chance.uniform(0, 11)))


def _flip(data: bytearray, chance: random.Random, _: Recipe) -> str:
    places = [_place(data, chance) for _ in range(chance.choice((1, 3, 10, 40)))]
    for place in places:
        data[place] ^= 1 << chance.randrange(8)
    return f"{len(places)} bits flipped"


def _flip_head(data: bytearray, chance: random.Random, _: Recipe) -> str:
    places = [chance.randrange(min(700, len(data))) for _ in range(chance.choice((1, 3, 10)))]
    for place in places:
        data[place] ^= 1 << chance.randrange(8)
    return f"bits flipped in the header at {places}"


def _wipe(data: bytearray, chance: random.Random, _: Recipe) -> str:
    start, end = _span(data, chance)
    data[start:end] = bytes([chance.choice((0, 0xFF))]) * (end - start)
    return f"{start} to {end} wiped"


def _scramble(data: bytearray, chance: random.Random, _: Recipe) -> str:
    start, end = _span(data, chance)
    data[start:end] = chance.randbytes(end - start)
    return f"{start} to {end} scrambled"


def _truncate(data: bytearray, chance: random.Random, _: Recipe) -> str:
    del data[_place(data, chance) :]
    return f"cut to {len(data)}"


def _duplicate(data: bytearray, chance: random.Random, _: Recipe) -> str:
    start, end = _span(data, chance)
    data[end:end] = data[start:end]
    return f"{start} to {end} doubled"


def _remove(data: bytearray, chance: random.Random, _: Recipe) -> str:
    start, end = _span(data, chance)
    del data[start:end]
    return f"{start} to {end} removed"


def _swap(data: bytearray, chance: random.Random, _: Recipe) -> str:
    first, second = sorted((_place(data, chance), _place(data, chance)))
    length = min(second - first, len(data) - second, 400)
    one, other = data[first : first + length], data[second : second + length]
    data[first : first + length], data[second : second + length] = other, one
    return f"{length} bytes at {first} and {second} swapped"


def _word(data: bytearray, chance: random.Random, words: "re.Pattern[bytes]") -> tuple[int, str]:
    """Give the place of one of these words, and the word."""
    found = list(words.finditer(data))
    if not found:
        return 0, "nothing"
    names = sorted({match[0] for match in found})
    name = chance.choice(names)  # a rare word is as likely as one that each frame has
    return chance.choice([match.start() for match in found if match[0] == name]), name.decode("latin-1")


def _put(data: bytearray, at: int, chance: random.Random, width: int) -> str:
    value = chance.choice(WIDE_EXTREMES if width == 8 else EXTREMES) & ((1 << 8 * width) - 1)
    data[max(0, at) : max(0, at) + width] = value.to_bytes(
        width, "big" if chance.random() < 0.8 else "little"
    )
    return f"{width} bytes {value:#x} at {at}"


def _near_word(data: bytearray, chance: random.Random, recipe: Recipe) -> str:
    at, name = _word(data, chance, recipe.words)
    return f"{name!r}: " + _put(data, at + chance.randrange(-4, 40), chance, chance.choice((1, 2, 4, 8)))


def _box_size(data: bytearray, chance: random.Random, _: Recipe) -> str:
    at, name = _word(data, chance, BOXES)
    return f"size of {name}: " + _put(data, at - 4, chance, 4)


def _table_count(data: bytearray, chance: random.Random, _: Recipe) -> str:
    at, name = _word(data, chance, TABLES)
    return f"count of {name}: " + _put(data, at + (12 + 4 * (name == "stsz") - 4), chance, 4)


def _table_row(data: bytearray, chance: random.Random, _: Recipe) -> str:
    at, name = _word(data, chance, TABLES)
    return f"row of {name}: " + _put(data, at + 12 + 4 * chance.randrange(8), chance, 4)


def _edit(data: bytearray, chance: random.Random, _: Recipe) -> str:
    at, _name = _word(data, chance, re.compile(b"elst"))
    data[at + 4] = chance.choice((0, 0, 1))
    return "edit list: " + _put(data, at + 12 + 4 * chance.randrange(3), chance, chance.choice((4, 8)))


def _matrix(data: bytearray, chance: random.Random, _: Recipe) -> str:
    at, name = _word(data, chance, MATRICES)
    return f"matrix of {name}: " + _put(data, at + 40 + 4 * chance.randrange(10), chance, 4)
