"""When keyframes come, where segments begin, and how a movie is divided among workers: from its index alone."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import BadInput
from pipelines.video.packet_index import Index, Ticks

CHUNKS_LIMIT = 10_000
_FINE = 32  # ticks between frames at least: room for the decode times before the first (H.264 reorders 16 at most)
_CLOCK_LIMIT = 2**31 - 1  # an MP4's timescale
_MICROSECONDS = 1_000_000

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Frames from `start` up to but not including `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """When each frame is shown, in a common unit.

    scale: ticks a second. ticks: (frames,) int64, ascending from 0. end: when the last frame is over.
    """

    scale: int
    ticks: Ticks
    end: int

    @property
    def time_base(self) -> Fraction:
        return Fraction(1, self.scale)

    @property
    def seconds(self) -> float:
        return self.end / self.scale

    def span(self, number: int) -> int:
        """Give how many ticks a frame stays."""
        after = int(self.ticks[number + 1]) if number + 1 < len(self.ticks) else self.end
        return after - int(self.ticks[number])


def clock_of(index: Index) -> Clock:
    """Give the source's own times, exactly, on a clock fine enough; microseconds where that would overflow."""
    shown = index.shown_pts - index.shown_pts[0]
    last = index.last_ticks or max(1, round(1 / (index.rate * index.time_base)))
    numerator, scale = index.time_base.numerator, index.time_base.denominator
    step = int(np.diff(shown).min()) * numerator if len(shown) > 1 else numerator
    factor = -(-_FINE // max(1, step))
    if scale * factor > _CLOCK_LIMIT:
        return _rounded(shown, last, index.time_base)
    ticks = shown * (numerator * factor)
    return Clock(scale * factor, ticks, int(ticks[-1]) + last * numerator * factor)


def _rounded(shown: Ticks, last: int, time_base: Fraction) -> Clock:
    ticks = np.array([round(int(tick) * time_base * _MICROSECONDS) for tick in shown], np.int64)
    if len(ticks) > 1 and np.diff(ticks).min() < 1:
        raise BadInput("the movie has frames less than a microsecond apart", code="bad_times")
    return Clock(_MICROSECONDS, ticks, int(ticks[-1]) + max(1, round(last * time_base * _MICROSECONDS)))


def plan_segments(clock: Clock, seconds: float, among: Numbers | None = None) -> Numbers:
    """Give the frames with which segments begin: the first at or behind every multiple of `seconds`.

    among: only these frames may begin one (ascending, from 0).
    """
    candidates = np.arange(len(clock.ticks)) if among is None else among
    multiples = np.floor((clock.ticks[candidates] + 0.5) / (seconds * clock.scale))
    starts: Numbers = candidates[np.diff(multiples, prepend=-1) > 0]
    return starts


def longest_seconds(clock: Clock, starts: Numbers) -> float:
    """Give how long the longest of the segments lasts."""
    edges = np.append(clock.ticks[starts], clock.end)
    return float(np.diff(edges).max() / clock.scale)


def plan_chunks(index: Index, *, seconds: float | None = None, chunks: int | None = None) -> list[Chunk]:
    """Divide a movie at its own keyframes, into about so many chunks of equal length, or of about so many seconds.

    Fewer where there are not enough keyframes. The same index and numbers give the same chunks on any machine.
    Raises BadInput: bad_chunks.
    """
    bounds = np.array(_wanted(index, seconds, chunks))
    numbers = keyframes(index)
    places = np.minimum(np.searchsorted(numbers, bounds), len(numbers) - 1)
    starts = np.unique(np.append(0, numbers[places[numbers[places] >= bounds]])).tolist()
    return [Chunk(start, end) for start, end in zip(starts, [*starts[1:], index.frames], strict=True)]


def _wanted(index: Index, seconds: float | None, chunks: int | None) -> list[float]:
    """Give the frames at which chunks would best begin."""
    if (seconds is None) == (chunks is None):
        raise BadInput("give either the seconds of a chunk or the number of chunks", code="bad_chunks")
    if seconds is not None:
        if not seconds >= 1:
            raise BadInput(f"seconds: a chunk of {seconds} is shorter than 1", code="bad_chunks")
        chunks = math.ceil(index.seconds(index.frames - 1) / seconds) or 1
    assert chunks is not None  # noqa: S101 - one of the two is given
    if not 1 <= chunks <= CHUNKS_LIMIT:
        raise BadInput(f"chunks: {chunks} is not within 1 to {CHUNKS_LIMIT}", code="bad_chunks")
    if seconds is None:
        return [index.frames * part / chunks for part in range(chunks)]
    shown = index.shown_pts
    ticks = [int(shown[0]) + part * seconds / index.time_base for part in range(chunks)]
    return [float(number) for number in np.searchsorted(shown, ticks)]


def keyframes(index: Index) -> Numbers:
    """Give the numbers of the frames that are keyframes, ascending; frame 0 counts as one."""
    numbers = np.flatnonzero(index.is_key[index.order])
    return np.unique(np.append(0, numbers))
