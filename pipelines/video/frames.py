"""Give any frames of a movie, exactly, in the cheapest order: a movie opened for random access."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from pipelines.errors import BadInput, CannotDecode
from pipelines.source import Source
from pipelines.video.container import FRAMES_LIMIT, PIXELS_LIMIT
from pipelines.video.index import Index, read_index
from pipelines.video.picture import matrix_instead, turn_of
from pipelines.video.plan import plan
from pipelines.video.recent import Recent
from pipelines.video.runs import Runs
from pipelines.video.turn import Turn

THREADS = 2  # decoder threads, or GOPs at once
CACHE_BYTES = 1 << 26  # of pictures decoded before: some twenty of 1920x1080


@dataclass(frozen=True, slots=True)
class Picture:
    """One shown frame. frame: as decoded, not turned, never to be drawn on. turn: what stands it upright."""

    number: int
    seconds: float
    frame: VideoFrame
    turn: Turn

    def bgr(self, *, upright: bool = True) -> NDArray[np.uint8]:
        """Give it as (height, width, 3) uint8 BGR in memory of its own."""
        matrix = matrix_instead(self.frame)
        converted = VideoReformatter().reformat(
            self.frame, format="bgr24", src_colorspace=matrix, dst_colorspace=matrix, threads=1
        )
        plane = converted.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        picture = rows[:, : 3 * plane.width].reshape(plane.height, plane.width, 3)
        return np.array(self.turn.apply(picture) if upright else picture, order="C")


class Frames:
    """A movie opened for random access; a context manager. Not to be used by two threads at once.

    It keeps pictures that it has decoded, up to `cache_bytes`. Raises BadInput as `read_index` does, and encrypted.
    """

    def __init__(
        self,
        source: Source,
        index: Index | None = None,
        *,
        pixels_limit: int = PIXELS_LIMIT,
        frames_limit: int = FRAMES_LIMIT,
        cache_bytes: int = CACHE_BYTES,
        threads: int = THREADS,
    ) -> None:
        self.index = index or read_index(source, pixels_limit=pixels_limit, frames_limit=frames_limit)
        if self.index.is_encrypted:
            raise BadInput("the movie is encrypted", code="encrypted")
        self._recent = Recent(cache_bytes)
        self._turn: Turn | None = (
            None  # looked up once: a frame that was asked for its side data is freed late
        )
        self._stack = ExitStack()
        self._runs = self._stack.enter_context(
            Runs(source, self.index, threads=threads, pixels_limit=pixels_limit)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the source and of all pictures."""
        self._stack.close()
        self._recent.clear()

    def pictures(self, numbers: Iterable[int], damaged: list[int] | None = None) -> Iterator[Picture]:
        """Give each distinct frame once: first those that are at hand, then GOP by GOP, of a few the longest first.

        damaged: takes the numbers of frames that cannot be decoded, while the others still come; without it the
        first of them raises CannotDecode. Raises BadInput (frame_past_end).
        """
        wanted = sorted(set(numbers))
        gops = plan(self.index, wanted)
        at_hand = [number for number in wanted if number in self._recent]
        yield from (self._picture(number, self._recent.get(number)) for number in at_hand)
        missing = set(wanted) - set(at_hand)
        gops = [gop.narrowed(kept, gop.start) for gop in gops if (kept := missing & gop.numbers)]
        for number, frame in self._runs.decode(gops):
            if frame is None:
                _blame(number, damaged)
                continue
            self._recent.put(number, frame)
            if number in missing:  # others come out along with it
                missing.discard(number)
                yield self._picture(number, frame)

    def _picture(self, number: int, frame: VideoFrame) -> Picture:
        if self._turn is None:
            self._turn = self.index.turn if not self.index.turn.is_none else turn_of(frame)
        return Picture(number, self.index.seconds(number), frame, self._turn)


def _blame(number: int, damaged: list[int] | None) -> None:
    if damaged is None:
        raise CannotDecode(f"frame {number} cannot be decoded: its data are damaged or missing", frame=number)
    damaged.append(number)
