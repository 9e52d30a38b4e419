"""Decide which packets of a range are copied and which of its frames are encoded anew."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.clip.values import Mode, Range
from pipelines.video.index import Index

IsEntry = Callable[[int], bool]  # of a packet: whether nothing from it on refers to what is before it
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Copy:
    """Packets to be copied, in decode order; hidden: so many at its beginning are decoded and not shown."""

    packets: Numbers
    hidden: int
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Encode:
    """Frames to be encoded anew."""

    first: int
    end: int


Run = Copy | Encode


@dataclass(frozen=True, slots=True)
class Cut:
    """What is done for a range: runs that follow one another without a gap. why: when it is not done as asked."""

    asked: Range
    mode: Mode
    runs: tuple[Run, ...]
    why: str | None = None

    @property
    def first(self) -> int:
        return self.runs[0].first

    @property
    def end(self) -> int:
        return self.runs[-1].end

    @property
    def copied(self) -> int:
        return sum(run.end - run.first for run in self.runs if isinstance(run, Copy))


class Planner:
    """The order of a movie's packets, looked at from all sides."""

    def __init__(self, index: Index, is_entry: IsEntry, is_fresh: IsEntry) -> None:
        """is_fresh: that it may even follow the pictures of another movie."""
        self._index = index
        self._is_entry, self._is_fresh = is_entry, is_fresh
        self._number = np.full(index.packets, -1, np.int64)  # the frame of each packet; -1: hidden
        self._number[index.order] = np.arange(index.frames)
        # Hidden in itself (VP8), or shown by any decoder that is not told not to.
        self._is_silent = index.is_hidden if index.codec == "vp8" else np.zeros(index.packets, bool)

    def exact(self, asked: Range, why: str | None = None) -> Cut:
        """Encode all of a range."""
        return Cut(asked, "exact", (Encode(asked.start, asked.end),), why)

    def copy(self, asked: Range, *, follows: bool) -> Cut:
        """Copy the whole GOPs that hold a range. follows: others are before it in the file."""
        index, keys = self._index, self._index.keys
        start = index.keyframe_before(asked.start)
        last = int(index.order[asked.start : asked.end].max())
        stop = (
            int(keys[place])
            if (place := int(np.searchsorted(keys, last, "right"))) < len(keys)
            else index.packets
        )
        packets = np.arange(start, stop)
        is_leading = (index.pts[packets] < index.pts[start]) & ~index.is_hidden[packets]
        packets = packets[~is_leading]  # they cannot be decoded from here
        shown = self._number[packets] >= 0
        if not shown.any():
            return self.exact(asked, "all its pictures are shown before the keyframe that they need")
        packets = packets[: int(np.flatnonzero(shown)[-1]) + 1]
        numbers = np.sort(self._number[packets[self._number[packets] >= 0]])
        first, end = int(numbers[0]), int(numbers[-1]) + 1
        extra = packets[(self._number[packets] < 0) & ~self._is_silent[packets]]
        if end - first != len(numbers):
            return self.exact(asked, "the pictures of its groups do not follow one another")
        if follows and not self._is_fresh(start):
            return self.exact(asked, "its first keyframe cannot follow other pictures (an open group)")
        if len(extra) and (follows or (index.pts[extra] > index.pts[index.order[first]]).any()):
            return self.exact(asked, "its groups hold pictures that the movie does not show")
        return Cut(asked, "copy", (Copy(packets, len(extra), first, end),))

    def smart(self, asked: Range) -> Cut:
        """Copy what is whole between the first keyframe that stands alone and the end; encode what is before and behind."""
        start = self._entry(asked)
        if start is None:
            return self.exact(asked, "no keyframe that stands alone is inside the range")
        first, count = int(self._number[start]), self._closed(start, asked.end)
        if not count:
            return self.exact(asked, "no whole group of pictures is inside the range")
        copied = Copy(np.arange(start, start + count), 0, first, first + count)
        head = (Encode(asked.start, first),) if first > asked.start else ()
        tail = (Encode(copied.end, asked.end),) if copied.end < asked.end else ()
        return Cut(asked, "smart", (*head, copied, *tail))

    def _entry(self, asked: Range) -> int | None:
        """Give the first keyframe inside a range behind which nothing rests on what is before it."""
        numbers = self._number[self._index.keys]
        inside = self._index.keys[(numbers >= asked.start) & (numbers < asked.end)]
        return next((int(packet) for packet in inside if self._is_entry(int(packet))), None)

    def _closed(self, start: int, end: int) -> int:
        """Count the packets from a keyframe on that, as they are stored, are the next so many frames before `end`."""
        first = int(self._number[start])
        stop = int(self._index.order[first:end].max()) + 1
        numbers = self._number[start:stop]
        wrong = np.flatnonzero((numbers < first) | (numbers >= end))
        numbers = numbers[: wrong[0]] if len(wrong) else numbers
        ends = np.maximum.accumulate(numbers) + 1 - first
        whole = np.flatnonzero(ends == np.arange(1, len(numbers) + 1))
        return int(whole[-1]) + 1 if len(whole) else 0

    def segments(self, first: int, end: int) -> tuple[list[int], list[int]]:
        """Give first and last frame of each GOP, as shown, that holds frames from `first` up to `end`."""
        starts = np.searchsorted(self._index.shown_pts, self._index.pts[self._index.keys])
        starts = np.unique(np.concatenate([[0], starts[starts < self._index.frames]]))
        ends = np.append(starts[1:], self._index.frames) - 1
        held = (ends >= first) & (starts < end)
        return starts[held].tolist(), ends[held].tolist()
