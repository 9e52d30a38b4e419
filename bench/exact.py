"""Are frames taken at random the very frames that decoding from the start gives?"""

import random
import zlib
from collections.abc import Iterator
from pathlib import Path

import av
from av.video.frame import VideoFrame

from bench.cost import Clock, fresh
from bench.movies import MOVIES, movie, seconds
from bench.rows import Row, all_of
from pipelines.video.frames import Frames
from pipelines.video.picture import plane_view

BATCHES = (1, 9, 20, 970)  # numbers that are asked for in one call: few are planned otherwise than many
NEAR_SECONDS = 1e-4  # a tick of the movies' clock is 65 µs

Seen = dict[int, tuple[int, float]]  # by number: checksum of the picture, seconds since the first


def run() -> Iterator[Row]:
    """Compare a thousand frames of every movie, by pixels and by time."""
    for name, kind in MOVIES.items():
        chance = random.Random(name)
        batches = [chance.sample(range(kind.frames), count) for count in BATCHES]
        truth: dict[int, int] = fresh(in_sequence, movie(name), kind.encoded).answer
        taken: list[Seen] = fresh(at_random, movie(name), batches).answer
        right = sum(
            _is_right(name, number, seen, truth)
            for batch, found in zip(batches, taken, strict=True)
            for number, seen in ((number, found.get(number)) for number in batch)
        )
        yield all_of(f"{name}: frames equal to sequential decoding", right, sum(BATCHES))


def _is_right(name: str, number: int, seen: tuple[int, float] | None, truth: dict[int, int]) -> bool:
    """Compare with the first time that the picture comes: `bench.movies` says how movies repeat."""
    if seen is None:
        return False
    checksum, told = seen
    return (
        checksum == truth[number % MOVIES[name].encoded] and abs(told - seconds(name, number)) < NEAR_SECONDS
    )


def in_sequence(clock: Clock, path: Path, count: int) -> dict[int, int]:
    """Decode the first frames one after another, with FFmpeg's own demuxer; give their checksums."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "FRAME"
        pictures = zip(range(count), container.decode(stream), strict=False)
        return {number: _checksum(picture) for number, picture in pictures}


def at_random(clock: Clock, path: Path, batches: list[list[int]]) -> list[Seen]:
    """Take frames by number, batch after batch."""
    with Frames(path) as frames:
        return [
            {p.number: (_checksum(p.frame), p.seconds) for p in frames.pictures(batch)} for batch in batches
        ]


def _checksum(frame: VideoFrame) -> int:
    checksum = 0
    for plane in range(3):
        checksum = zlib.crc32(plane_view(frame, plane).tobytes(), checksum)
    return checksum
