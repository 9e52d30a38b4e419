"""Decode a movie from its start and tell frames by counting them, where nothing else is certain."""

from collections import deque
from collections.abc import Generator, Iterator
from functools import partial
from itertools import chain

import av.error
from av.video.frame import VideoFrame

from pipelines.source import Source
from pipelines.video.container import open_movie, whole_packets
from pipelines.video.packet_index import IN_ORDER, Index

_LATE = {"mpeg4": 2, "mpeg1video": 2, "mpeg2video": 2, "msmpeg4v3": 0, "h263": 0}
_LATEST = 17  # no standard lets a picture come out more pictures later than one that rests on it
_BACK = 8  # frames before a wanted one that are given along: room for a step back

Counting = Generator[tuple[int, VideoFrame], None, bool]


class Counted:
    """A movie that is decoded forward only; it goes on where it stopped, or begins anew."""

    def __init__(self, source: Source, index: Index, *, threads: int, pixels_limit: int) -> None:
        self._open = partial(_pictures, source, threads, pixels_limit)
        self._late = 0 if index.codec in IN_ORDER else _LATE.get(index.codec, _LATEST)
        self._coming: Counting = self._open()
        self._waiting: deque[tuple[int, VideoFrame]] = deque()
        self._next = 0

    def decode(self, wanted: set[int]) -> Iterator[tuple[int, VideoFrame | None]]:
        """Give wanted frames in order, and some before them.

        None for each wanted one behind the first damage, for then counting proves nothing; and for those that came out
        shortly before it, for they may rest on the damaged picture.
        """
        missing, first = set(wanted), min(wanted) - _BACK
        if min(wanted) < self._next:
            self.close()
        while missing and (proven := self._proven()):
            for number, frame in proven:
                missing.discard(number)
                if number >= first:
                    yield number, frame
        yield from ((number, None) for number in sorted(missing))

    def close(self) -> None:
        """Let go of the movie; the next call begins anew."""
        self._coming.close()
        self._coming = self._open()
        self._waiting.clear()
        self._next = 0

    def _proven(self) -> list[tuple[int, VideoFrame]]:
        """Decode on until a frame, or all that are left, can no longer turn out to rest on damage; none: the end."""
        try:
            while len(self._waiting) <= self._late:
                self._waiting.append(next(self._coming))
            given = [self._waiting.popleft()]
        except StopIteration as end:
            given = list(self._waiting) if end.value else []
            self._waiting.clear()
        self._next += len(given)
        return given


def _pictures(source: Source, threads: int, pixels_limit: int) -> Counting:
    """Number the pictures up to the first damage; return whether there was none."""
    number = 0
    with open_movie(source, pixels_limit=pixels_limit) as (container, stream):
        stream.codec_context.thread_type, stream.codec_context.thread_count = "FRAME", threads
        try:
            for packet in chain(whole_packets(container, stream), [None]):
                for frame in stream.decode(packet):
                    if frame.is_corrupt:
                        return False
                    yield number, frame
                    number += 1
        except av.error.FFmpegError:
            return False
    return True
