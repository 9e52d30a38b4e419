"""A reader that looks at the fragments of an MP4 before FFmpeg does, and refuses those that claim too many frames."""

import os
from collections.abc import Iterator

from pipelines.errors import BadInput
from pipelines.source import Reader
from pipelines.video.sample_table import SOUND_LIMIT

_HEADER_BYTES = 16
_FRAGMENT_LIMIT_BYTES = 1 << 24  # of the tables of one fragment: a million frames need as many
_TRUN_COUNT = slice(4, 8)
_END = 1 << 63


class Fragments:
    """Passes reads on to another reader, and follows the file's outermost boxes as they are read.

    FFmpeg takes memory for all samples that a `trun` claims, and twelve bytes may claim four billion. Where the file is
    no MP4, the "boxes" lead nowhere. Raises BadInput (too_many_frames) from `read`.
    """

    def __init__(self, reader: Reader, frames_limit: int) -> None:
        self._reader = reader
        self._limit = frames_limit + SOUND_LIMIT
        self._claimed = 0
        self._next = 0  # where the next box begins

    def read(self, size: int = -1, /) -> bytes:
        start = self._reader.tell()
        data = self._reader.read(size)
        if start <= self._next < start + len(data):
            while self._next < start + len(data):
                self._next = self._look(self._next)
            self._reader.seek(start + len(data))
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._reader.seek(offset, whence)

    def tell(self) -> int:
        return self._reader.tell()

    def _look(self, at: int) -> int:
        """Count what a fragment claims; give where the next box begins."""
        header = self._at(at, _HEADER_BYTES)
        size, kind = int.from_bytes(header[:4], "big"), header[4:8]
        if size == 1:
            size = int.from_bytes(header[8:], "big")
        if kind == b"moof":
            self._count(memoryview(self._at(at, min(size, _FRAGMENT_LIMIT_BYTES)))[8:])
        return at + size if size >= 8 else _END

    def _count(self, moof: memoryview) -> None:
        for traf in _boxes(moof, b"traf"):
            for trun in _boxes(traf, b"trun"):
                self._claimed += int.from_bytes(trun[_TRUN_COUNT], "big")
        if self._claimed > self._limit:
            raise BadInput(
                f"the movie's fragments claim {self._claimed:,} frames; the limit is {self._limit:,}",
                code="too_many_frames",
            )

    def _at(self, start: int, length: int) -> bytes:
        self._reader.seek(start)
        return self._reader.read(length)


def _boxes(body: memoryview, kind: bytes) -> Iterator[memoryview]:
    """Give the bodies of boxes as FFmpeg finds them: one that reaches beyond its parent ends with it."""
    at = 0
    while at + 8 <= len(body):
        size, header = int.from_bytes(body[at : at + 4], "big"), 8
        if size == 1:
            size, header = int.from_bytes(body[at + 8 : at + 16], "big"), 16
        size = min(size or len(body), len(body) - at)
        if size < header:
            return
        if body[at + 4 : at + 8] == kind:
            yield body[at + header : at + size]
        at += size
