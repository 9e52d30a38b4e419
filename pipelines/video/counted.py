"""Decode a movie from its start and tell frames by counting them, where nothing else is certain."""

from collections import deque
from collections.abc import Iterator
from itertools import chain

import av.error
from av.video.frame import VideoFrame

from pipelines.source import Source
from pipelines.video.container import open_movie, whole_packets
from pipelines.video.packet_index import Index

_LATE_FRAMES = 17  # a damaged picture may come out so much later than one that rests on it


def decode_counted(
    source: Source, index: Index, wanted: set[int], pixels_limit: int
) -> Iterator[tuple[int, VideoFrame | None]]:
    """Give wanted frames in order; None for each from the first damage on, for then counting proves nothing."""
    waiting: deque[tuple[int, VideoFrame]] = deque()
    given: set[int] = set()
    for number, frame in _sound(source, max(wanted, default=-1) + _LATE_FRAMES, pixels_limit):
        if number in wanted:
            waiting.append((number, frame))
        while waiting and (waiting[0][0] <= number - _LATE_FRAMES):
            given.add(waiting[0][0])
            yield waiting.popleft()
    for number, frame in waiting:
        given.add(number)
        yield number, frame
    yield from ((number, None) for number in sorted(wanted - given))


def _sound(source: Source, last: int, pixels_limit: int) -> Iterator[tuple[int, VideoFrame]]:
    """Number the pictures up to `last`, or the first damage."""
    number = 0
    with open_movie(source, pixels_limit=pixels_limit) as (container, stream):
        stream.codec_context.thread_type = "FRAME"
        try:
            for packet in chain(whole_packets(container, stream), [None]):
                for frame in stream.decode(packet):
                    if frame.is_corrupt or number > last:
                        return
                    yield number, frame
                    number += 1
        except av.error.FFmpegError:
            return
