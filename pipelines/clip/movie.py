"""A movie that is cut: its packets, its pictures in order, its sound, opened as they are needed."""

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from itertools import pairwise
from types import TracebackType
from typing import Self

import numpy as np

from pipelines.clip.encoder import Matched, form_of, obstacle
from pipelines.clip.sound import Span
from pipelines.clip.stored import Numbered, begins_sequence, ordered, stored
from pipelines.clip.values import THREADS
from pipelines.clip.views import Shared
from pipelines.source import Source
from pipelines.video.container import open_movie
from pipelines.video.frames import Frames, Picture
from pipelines.video.index import Index
from pipelines.video.references import entry_point

_BATCH_FRAMES = 2048  # asked of the decoder at once


class Movie:
    """A context manager. order: the index with each packet's own time, None where the container keeps none."""

    def __init__(self, source: Source, index: Index, *, crf: int, pixels_limit: int) -> None:
        self.index, self.crf = index, crf
        self._pixels_limit = pixels_limit
        self._shared = Shared(source)
        self._stack = ExitStack()
        self._frames: Frames | None = None
        self._matched: Matched | None = None
        self._is_entry = entry_point(index.codec, index.extradata)

    def __enter__(self) -> Self:
        self.container, self.stream = self._stack.enter_context(
            open_movie(self._shared.view(), pixels_limit=self._pixels_limit)
        )
        self.order = ordered(self._shared.view(), self.index, self._pixels_limit)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def aspect(self) -> Fraction | None:
        """Give the shape of a pixel, where the movie says."""
        return self.stream.sample_aspect_ratio or None

    @property
    def obstacle(self) -> str | None:
        """Tell what forbids that encoded pictures are put between this movie's."""
        return obstacle(self.index)

    def packets(self, first: int, stop: int) -> Numbered:
        """Give packets `first` up to, not including, `stop`. Raises CannotDecode where they are not whole."""
        return stored(self._shared.view(), self.index, first, stop, pixels_limit=self._pixels_limit)

    def is_entry(self, packet: int) -> bool:
        """Tell whether nothing from this packet on refers to what is before it."""
        return any(self._is_entry(memoryview(data)) for _, data in self.packets(packet, packet + 1))

    def is_fresh(self, packet: int) -> bool:
        """Tell whether this packet begins a sequence: it may follow any other picture."""
        data = b"".join(bytes(data) for _, data in self.packets(packet, packet + 1))
        return begins_sequence(self.index, data)

    def pictures(self, first: int, end: int) -> Iterator[Picture]:
        """Give frames in the order in which they are shown. Raises CannotDecode."""
        for start, stop in self._batches(first, end):
            waiting: dict[int, Picture] = {}
            following = start
            for picture in self._opened().pictures(range(start, stop)):
                waiting[picture.number] = picture
                while following in waiting:
                    yield waiting.pop(following)
                    following += 1

    def matched(self, near: int) -> Matched:
        """Give the encoder of pictures that go between the movie's own, modelled on the frame `near`."""
        if self._matched is None:
            frame = next(self.pictures(near, near + 1)).frame
            self._matched = Matched(self.index, frame, form_of(frame, self.aspect), self.crf)
        return self._matched

    def end_ticks(self, end: int) -> int:
        """Give when frame `end - 1` ends, in ticks of the container."""
        index = self.index
        if end < index.frames:
            return int(index.pts[index.order[end]])
        return int(index.pts[index.order[-1]]) + max(1, index.last_ticks)

    def span(self, first: int, end: int) -> Span:
        """Give when frames are shown, by the container's clock."""
        index = self.index
        origin = 0 if index.has_times else int(index.pts[index.order[0]])
        start = int(index.pts[index.order[first]]) - origin
        return Span(start * index.time_base, (self.end_ticks(end) - origin) * index.time_base)

    def _opened(self) -> Frames:
        if self._frames is None:
            self._frames = self._stack.enter_context(
                Frames(
                    self._shared.view(),
                    self.index,
                    pixels_limit=self._pixels_limit,
                    cache_bytes=0,
                    threads=THREADS,
                )
            )
        return self._frames

    def _batches(self, first: int, end: int) -> list[tuple[int, int]]:
        """Cut a long range where GOPs begin, so that no picture is decoded twice."""
        index, edges = self.index, [first]
        for start in np.searchsorted(index.shown_pts, index.pts[index.keys]).tolist():
            if edges[-1] + _BATCH_FRAMES <= start < end:
                edges.append(start)
        return list(pairwise([*edges, end]))
