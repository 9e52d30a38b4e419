"""Read the packets of a GOP from the file: exact ranges, few reads, a bounded part in memory."""

from collections.abc import Iterator
from itertools import pairwise
from typing import cast

import numpy as np
from av.packet import Packet
from av.video.stream import VideoStream

from pipelines.source import Ranges
from pipelines.video.packet_index import Index

PIECE_BYTES = 1 << 24  # of a GOP in memory at once: GOPs may be as long as the movie
_GAP_BYTES = 1 << 16  # other tracks' bytes that are read along rather than asking twice

Piece = tuple[int, int]  # packets: first, behind the last


def pieces(index: Index, first: int, last: int) -> list[Piece]:
    """Cut packets `first` to `last` (inclusive) into pieces that lie close together and are not too large."""
    offset, end = index.offset[first : last + 1], (index.offset + index.size)[first : last + 1]
    gaps = offset[1:] - end[:-1]
    cuts = {0, len(offset), *(np.flatnonzero((gaps < 0) | (gaps > _GAP_BYTES)) + 1).tolist()}
    for start, stop in pairwise(sorted(cuts)):
        place = (end[start:stop] - offset[start]) // PIECE_BYTES
        cuts.update((np.flatnonzero(np.diff(place)) + 1 + start).tolist())
    return [(first + start, first + stop) for start, stop in pairwise(sorted(cuts))]


def read_packets(
    ranges: Ranges, index: Index, first: int, last: int
) -> Iterator[tuple[int, "Packet[VideoStream]"]]:
    """Give packets `first` to `last` (inclusive), one piece in memory at a time.

    Those that the file does not hold whole are shorter than they should be.
    """
    for piece in pieces(index, first, last):
        yield from read_piece(ranges, index, piece)


def read_piece(ranges: Ranges, index: Index, piece: Piece) -> Iterator[tuple[int, "Packet[VideoStream]"]]:
    """Give the packets of one piece, read at once."""
    first, stop = piece
    begin = int(index.offset[first])
    data = memoryview(ranges.read(begin, int(index.offset[stop - 1] + index.size[stop - 1]) - begin))
    starts = (index.offset[first:stop] - begin).tolist()
    for number, start, size in zip(range(first, stop), starts, index.size[first:stop].tolist(), strict=True):
        yield number, _packet(data[start : start + size])


def _packet(data: memoryview) -> "Packet[VideoStream]":
    """Copy bytes into FFmpeg's own memory: it reads beyond their end."""
    packet = cast("Packet[VideoStream]", Packet(len(data)))
    if data:
        packet.update(bytes(data))
    return packet
