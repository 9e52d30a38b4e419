"""The traced movie: each frame drawn and encoded, or copied from an earlier one where it would come out the same."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import takewhile
from pathlib import Path
from typing import Any

import av
import av.error
import cv2
from av.packet import Packet
from av.video.stream import VideoStream

from pipelines.track.canvas import Reducer, Shot, even
from pipelines.track.columns import Row
from pipelines.track.drawing import Drawing
from pipelines.track.overlay import Overlay, Scene
from pipelines.track.proof import Chain, append_marks, read_marks
from pipelines.video.encode import X264, Encoder, open_encoder
from pipelines.video.index import Index
from pipelines.video.join import whole
from pipelines.video.timeline import Timeline

VERSION = 1  # of what is drawn for equal input: raise it when a picture changes, and no earlier one is copied

Step = tuple[Row, Shot | None]


@dataclass(frozen=True, slots=True)
class Clock:
    """When the frames of a traced movie are shown, which begins with frame `first`."""

    timeline: Timeline
    first: int
    fps: float | None

    @property
    def rate(self) -> Fraction:
        return Fraction(self.fps).limit_denominator(1001) if self.fps else self.timeline.rate

    @property
    def time_base(self) -> Fraction:
        return 1 / self.rate if self.fps else self.timeline.time_base

    def pts(self, index: int) -> int:
        """Give when a frame is shown, in ticks of `time_base`."""
        if self.fps:
            return index - self.first
        return self.timeline.ticks(index) - self.timeline.ticks(self.first)


class Kept:
    """The packets of an earlier traced movie, in order, each with its mark."""

    def __init__(self, marks: Sequence[bytes], stream: VideoStream, packets: Iterator["Packet[Any]"]) -> None:
        self.marks = marks
        self.stream = stream
        self._packets = packets

    def next(self) -> "Packet[Any] | None":
        return next(self._packets, None)


@contextmanager
def open_kept(path: Path | None) -> Iterator[Kept | None]:
    """Give what can be copied of an earlier movie; None where there is none, or it is no traced movie of ours."""
    marks = [] if path is None else read_marks(path)
    if path is None or not marks:
        yield None
        return
    with ExitStack() as stack:
        try:
            container = stack.enter_context(av.open(path))
            stream = container.streams.video[0]
        except (av.error.FFmpegError, IndexError):
            stream = None
        if stream is None or stream.frames != len(marks):
            yield None  # its marks say that it was ours: since then it was damaged, and is drawn anew
            return
        yield Kept(marks, stream, whole(container, stream))


class TracedMovie:
    """The movie with the points drawn on it. copied: how many frames were not drawn anew."""

    def __init__(
        self, overlay: Overlay, encoder: Encoder, clock: Clock, beginning: bytes, kept: Kept | None
    ) -> None:
        self.copied = 0
        self.marks: list[bytes] = []
        self._overlay = overlay
        self._encoder = encoder
        self._clock = clock
        self._beginning = beginning
        self._chain = Chain(beginning)
        self._kept = kept if kept is not None and encoder.can_copy(kept.stream) else None
        self._reducer = Reducer(overlay.size)

    def add(self, step: Step) -> None:
        """Append one frame; its shot may be None when it is one of those that `common` counts."""
        row, shot = step
        mark = self._chain.mark(row)
        packet = self._copyable(mark)
        self.marks.append(mark)
        pts = self._clock.pts(row.index)
        if packet is not None:
            self._overlay.advance(row)
            self._encoder.copy(packet, pts)
            self.copied += 1
            return
        self._kept = None  # what comes later in the earlier movie builds on a picture that is not there
        if shot is None:
            raise ValueError(f"frame {row.index} can not be copied, and has no picture")
        self._encoder.add(self._overlay.draw(shot.picture(self._reducer), row), pts)

    def common(self, rows: Iterable[Row]) -> int:
        """Count the first of the movie's rows whose frames will be copied, and need no picture."""
        if self._kept is None:
            return 0
        chain = Chain(self._beginning)
        return sum(
            1
            for _ in takewhile(
                lambda pair: chain.mark(pair[0]) == pair[1], zip(rows, self._kept.marks, strict=False)
            )
        )

    def _copyable(self, mark: bytes) -> "Packet[Any] | None":
        place = len(self.marks)
        if self._kept is None or place >= len(self._kept.marks) or self._kept.marks[place] != mark:
            return None
        return self._kept.next()


@dataclass(frozen=True, slots=True)
class Film:
    """All that a traced movie is made of but its frames."""

    scene: Scene
    drawing: Drawing
    clock: Clock
    index: Index

    def beginning(self) -> bytes:
        """Tell apart what is drawn for equal rows: the movie by all its packets, its upright size, and how it is drawn."""
        movie = hashlib.sha256(self.index.size.tobytes() + self.index.pts.tobytes()).hexdigest()
        drawing = replace(self.drawing, first=self.clock.first)
        return repr(
            (VERSION, movie, self.scene, drawing, self.clock.time_base, X264, cv2.__version__)
        ).encode()


@contextmanager
def open_traced(path: Path, film: Film, kept: Kept | None) -> Iterator[TracedMovie]:
    """Give a traced movie; its file is whole once the block is left without an error."""
    overlay = Overlay(film.scene, film.drawing)
    with open_encoder(
        path,
        even(overlay.size),
        rate=film.clock.rate,
        time_base=film.clock.time_base,
        colorspace=film.scene.matrix,
        comment=film.drawing.comment,
    ) as encoder:
        movie = TracedMovie(overlay, encoder, film.clock, film.beginning(), kept)
        yield movie
    append_marks(path, movie.marks)
