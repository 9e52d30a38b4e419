"""Read the packets of a GOP by a demuxer, where the file's own bytes are not the packets'."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import av.container
import numpy as np
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from pipelines.source import Source
from pipelines.video.container import open_movie, whole_packets
from pipelines.video.packet_index import Index

Numbered = Iterator[tuple[int, "Packet[VideoStream]"]]


@contextmanager
def open_at(
    source: Source, index: Index, first: int, *, threads: int, pixels_limit: int
) -> Iterator[tuple[VideoCodecContext, Numbered]]:
    """Give the movie's own decoder, and its packets from `first` on.

    The demuxer is sent to the keyframe; where it does not come out at or before it, all is read from the start.
    """
    with ExitStack() as stack:
        container, stream = stack.enter_context(open_movie(source, pixels_limit=pixels_limit))
        packets = _seek(container, stream, index, first)
        if packets is None:
            stack.close()
            container, stream = stack.enter_context(open_movie(source, pixels_limit=pixels_limit))
            packets = enumerate(_whole(container, stream))
        context = stream.codec_context
        context.reorder_depth = index.reorder_depth
        context.thread_type, context.thread_count = "FRAME", threads
        yield context, ((number, packet) for number, packet in packets if number >= first)


def _seek(
    container: av.container.InputContainer, stream: VideoStream, index: Index, first: int
) -> Numbered | None:
    """Give numbered packets from one at or before `first` on; None when their numbers are not certain."""
    container.seek(int(index.pts[first]), stream=stream, backward=True)
    packets = _whole(container, stream)
    head = next(packets, None)
    if head is None:
        return None
    places = np.flatnonzero((index.pts == head.pts) & (index.size == head.size))
    if len(places) != 1 or places[0] > first:
        return None
    return enumerate(_chained(head, packets), int(places[0]))


def _chained(
    head: "Packet[VideoStream]", rest: Iterator["Packet[VideoStream]"]
) -> Iterator["Packet[VideoStream]"]:
    yield head
    yield from rest


def _whole(container: av.container.InputContainer, stream: VideoStream) -> Iterator["Packet[VideoStream]"]:
    return (packet for packet in whole_packets(container, stream) if packet is not None)
