"""The packets of a movie as they are stored, by their numbers, however they are reached."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from av.packet import Packet

from pipelines.errors import CannotDecode
from pipelines.source import Source, open_ranges
from pipelines.video.container import open_movie, whole_packets
from pipelines.video.gop_bytes import read_packets
from pipelines.video.index import Access, Index
from pipelines.video.index_demux import IN_ORDER
from pipelines.video.sought import open_at

Numbered = Iterator[tuple[int, "Packet[Any]"]]


def ordered(source: Source, index: Index, pixels_limit: int) -> Index | None:
    """Give the index with each packet's own time; None where a container does not keep them."""
    if index.access is not Access.COUNTED or index.codec in IN_ORDER:
        return index
    if not (index.has_times and index.is_exact):
        return None
    with open_movie(source, pixels_limit=pixels_limit) as (container, stream):
        pts = [packet.pts for packet in whole_packets(container, stream) if packet is not None]
    times = [ticks for ticks in pts if ticks is not None]
    return replace(index, pts=np.array(times, np.int64)) if len(times) == index.packets else None


def stored(source: Source, index: Index, first: int, stop: int, *, pixels_limit: int) -> Numbered:
    """Give packets `first` up to, not including, `stop`. Raises CannotDecode where the file does not hold them whole."""
    expected = first
    for number, packet in _reached(source, index, first, stop, pixels_limit):
        if number >= stop:
            return
        if packet.size < index.size[number]:
            break
        yield number, Packet(bytes(packet)) if packet.is_discard else packet  # the mark of a hidden one
        expected = number + 1
    if expected < stop:
        raise CannotDecode("the movie ends or its data are damaged", frame=_frame_of(index, expected))


def _reached(source: Source, index: Index, first: int, stop: int, pixels_limit: int) -> Numbered:
    match index.access:
        case Access.DIRECT:
            yield from _read(source, index, first, stop)
        case Access.COUNTED:
            with open_movie(source, pixels_limit=pixels_limit) as (container, stream):
                for number, packet in enumerate(whole_packets(container, stream)):
                    if packet is not None and number >= first:
                        yield number, packet
        case _:
            with open_at(source, index, first, threads=1, pixels_limit=pixels_limit) as (_, packets):
                yield from packets


def _read(source: Source, index: Index, first: int, stop: int) -> Numbered:
    with open_ranges(source) as ranges:
        for number, data in read_packets(ranges, index, first, stop - 1):
            yield number, Packet(bytes(data))


def _frame_of(index: Index, packet: int) -> int:
    return int(np.searchsorted(index.shown_pts, index.pts[packet]))
