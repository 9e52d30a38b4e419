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
from pipelines.video.packet_index import IN_ORDER
from pipelines.video.parameter_sets import nals
from pipelines.video.references import entry_point
from pipelines.video.sought import open_at

_HEVC_FRESH = range(16, 21)  # NAL unit types; source: ITU-T H.265, table 7-1

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


def begins_sequence(index: Index, keyframe: bytes) -> bool:
    """Tell a keyframe at which the count of pictures begins anew: an IDR of H.264, an IDR or BLA of HEVC."""
    if index.codec == "hevc":
        return any(nal[:1] and nal[0] >> 1 & 63 in _HEVC_FRESH for nal in nals(keyframe, _hevc_length(index)))
    return entry_point(index.codec, index.extradata)(keyframe)


def _hevc_length(index: Index) -> int:
    is_hvcc = len(index.extradata) > 22 and index.extradata[0] == 1
    return (index.extradata[21] & 3) + 1 if is_hvcc else 0


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
