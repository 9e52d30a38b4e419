"""Read the packets of a GOP from a slice of an MPEG transport stream, demuxed on its own in memory."""

import io
from collections.abc import Iterator

from av.packet import Packet
from av.video.stream import VideoStream

from pipelines.errors import BadInput
from pipelines.source import Cursor, Ranges
from pipelines.video.container import open_reader, whole_packets
from pipelines.video.packet_index import Index

HEAD_BYTES = 1 << 18  # tables that name the streams, before the first picture
SLICE_BYTES = 1 << 27  # a longer GOP is read from the movie's start, a packet in memory at a time
_CLOCK = (1 << 33) - 1  # a stream's clock starts over after so many ticks
_BEHIND = 2  # packets behind the last: a picture ends where the next one begins

Numbered = Iterator[tuple[int, "Packet[VideoStream]"]]


def sliced_packets(ranges: Ranges, index: Index, first: int, last: int) -> Numbered:
    """Give packets `first` to `last` (inclusive).

    What the slice gives is held against the index; where it differs, the movie is read from its start.
    """
    packets = _slice(ranges, index, first, last)
    if packets is None:
        yield from _from_start(ranges, first, last)
        return
    yield from zip(range(first, last + 1), packets, strict=True)


def _slice(ranges: Ranges, index: Index, first: int, last: int) -> list["Packet[VideoStream]"] | None:
    begin = int(index.offset[first])
    end = int(index.offset[last + _BEHIND]) if last + _BEHIND < index.packets else ranges.size
    if not 0 < end - begin <= SLICE_BYTES:
        return None
    head = ranges.read(0, min(int(index.offset[0]), begin, HEAD_BYTES))
    packets = []
    try:
        with open_reader(io.BytesIO(head + ranges.read(begin, end - begin))) as (container, stream):
            for number, packet in zip(range(first, last + 1), whole_packets(container, stream), strict=False):
                if packet is None or not _is_same(packet, index, number):
                    return None
                packets.append(packet)
    except BadInput:
        return None
    return packets if len(packets) == last - first + 1 else None


def _is_same(packet: "Packet[VideoStream]", index: Index, number: int) -> bool:
    is_now = packet.pts is not None and not (packet.pts - int(index.pts[number])) & _CLOCK
    return is_now and packet.size == index.size[number]


def _from_start(ranges: Ranges, first: int, last: int) -> Numbered:
    with open_reader(Cursor(ranges)) as (container, stream):
        for number, packet in enumerate(whole_packets(container, stream)):
            if packet is None or number > last:
                return
            if number >= first:
                yield number, packet
