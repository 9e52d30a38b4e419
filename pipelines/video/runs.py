"""Decode GOPs: one with all threads, several side by side, in bounded memory."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from itertools import takewhile
from types import TracebackType
from typing import Self

import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from pipelines.source import Source, open_ranges
from pipelines.video.browser import BACK, FAR_BACK, Browser
from pipelines.video.counted import Counted
from pipelines.video.gop_bytes import read_packets
from pipelines.video.gop_decode import Proof, Stored, decode_gop, open_decoder
from pipelines.video.packet_index import Access, Index
from pipelines.video.plan import Gop, keys_before, with_neighbours
from pipelines.video.references import disposable, entry_point
from pipelines.video.side_by_side import side_by_side
from pipelines.video.sliced import sliced_packets
from pipelines.video.sought import open_at

_FEW = 16  # GOPs
_BY_RANGES = {Access.DIRECT, Access.SLICED}

Decoded = tuple[int, VideoFrame | None]  # frame number; None: it cannot be decoded
Verdict = tuple[set[int], bool]  # numbers of damaged frames; whether the keyframe itself never came out


class Runs:
    """A movie whose GOPs can be decoded; a context manager."""

    def __init__(self, source: Source, index: Index, *, threads: int, pixels_limit: int) -> None:
        self._source = source
        self._index = index
        self._threads = threads
        self._pixels_limit = pixels_limit
        self._is_free = disposable(index.codec, index.extradata)
        self._is_entry = entry_point(index.codec, index.extradata)
        self._number_by_packet = np.full(index.packets, -1, np.int32)
        self._number_by_packet[index.order] = np.arange(index.frames, dtype=np.int32)
        self._last = Gop(-1, -1, {})
        self._counted = Counted(source, index, threads=threads, pixels_limit=pixels_limit)
        self._browser = Browser(
            index, self._stored, self._is_free, threads=threads, pixels_limit=pixels_limit
        )
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        if self._index.access in _BY_RANGES:
            self._ranges = self._stack.enter_context(open_ranges(self._source))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._browser.close()
        self._counted.close()
        self._stack.close()

    def decode(self, gops: list[Gop]) -> Iterator[Decoded]:
        """Give the wanted frames of all GOPs."""
        if not gops:
            return
        match self._index.access:
            case Access.COUNTED:
                wanted = {number for gop in gops for number in gop.numbers}
                yield from self._counted.decode(wanted)
            case Access.DIRECT | Access.SLICED if len(gops) > 1 and self._threads > 1:
                yield from side_by_side(_shared(gops), lambda gop: self._whole(gop, 1), self._threads)
            case Access.DIRECT | Access.SLICED if len(gops) == 1:
                yield from self._one(gops[0])
            case _:
                for gop in gops:
                    yield from self._whole(gop, self._threads)

    def _one(self, gop: Gop) -> Iterator[Decoded]:
        """Give the wanted frames of one GOP, and those that come out along with them.

        Whoever comes for the first time is served as cheaply as can be, with the next frames on both sides;
        whoever comes again gets a decoder that stays open.
        """
        is_new, is_before = (
            gop.start != self._last.start,
            min(gop.numbers) < min(self._last.numbers, default=0),
        )
        self._last = gop
        if is_new and not self._browser.reaches(gop):
            damaged, _ = yield from self._run(with_neighbours(self._index, gop), self._threads)
        else:
            damaged = yield from self._browsed(gop, FAR_BACK if is_before else BACK)
        yield from self._again(gop, damaged & gop.numbers)

    def _browsed(self, gop: Gop, back: int) -> Generator[Decoded, None, set[int]]:
        missing = set(gop.numbers)
        for packet, frame in self._browser.pictures(gop, back):
            number = int(self._number_by_packet[packet])
            missing.discard(number)
            yield number, frame
        return missing

    def _whole(self, gop: Gop, threads: int) -> Iterator[Decoded]:
        """Give the wanted frames of one GOP and no others."""
        damaged, _ = yield from self._run(gop, threads)
        yield from self._again(gop, damaged)

    def _again(self, gop: Gop, damaged: set[int]) -> Iterator[Decoded]:
        """Try frames that came out damaged again before they are given up.

        Several threads cannot tell which packet was refused: one can. Where a decoder gives nothing for the keyframe,
        which then is no entry point, it may need what lies before it: begin further back.
        """
        start, starts = gop.start, iter(keys_before(self._index, gop.start))
        is_rootless = False
        if damaged:
            damaged, is_rootless = yield from self._run(gop.narrowed(damaged, start), 1)
        while damaged and is_rootless and not self._begins_anew(start) and (start := next(starts, -1)) >= 0:
            damaged, is_rootless = yield from self._run(gop.narrowed(damaged, start), 1)
        yield from ((number, None) for number in sorted(damaged))

    def _run(self, gop: Gop, threads: int) -> Generator[Decoded, None, Verdict]:
        """Give what comes out whole."""
        missing = set(gop.numbers)
        proof = Proof(self._index, gop.start, gop.number_by_packet.__contains__)
        with self._open_at(gop, threads) as (context, stored):
            for packet, frame in decode_gop(
                gop, stored, context, index=self._index, is_free=self._is_free, proof=proof
            ):
                missing.discard(number := gop.number_by_packet[packet])
                yield number, frame
        return missing, proof.is_rootless

    @contextmanager
    def _open_at(self, gop: Gop, threads: int) -> Iterator[tuple[VideoCodecContext, Stored]]:
        """Give a decoder, and the packets that are to be put into it."""
        index, limit = self._index, self._pixels_limit
        if index.access in _BY_RANGES:
            stored = self._stored(gop.start, gop.last)
            yield open_decoder(index, threads=threads, pixels_limit=limit), stored
            return
        with open_at(self._source, index, gop.start, threads=threads, pixels_limit=limit) as (
            context,
            packets,
        ):
            yield context, takewhile(lambda numbered: numbered[0] <= gop.last, packets)

    def _begins_anew(self, start: int) -> bool:
        """Tell whether nothing before a keyframe can help to decode what is behind it."""
        if start == 0 or self._index.access not in _BY_RANGES:
            return start == 0
        return any(self._is_entry(memoryview(packet)) for _, packet in self._stored(start, start))

    def _stored(self, first: int, last: int) -> Stored:
        if self._index.is_direct:
            return read_packets(self._ranges, self._index, first, last)
        return sliced_packets(self._ranges, self._index, first, last)


def _shared(gops: list[Gop]) -> list[Gop]:
    """Put the longest first, so that all threads are done at about the same time; many stay in the order of storage.

    Whoever asks for many frames lays them out as they come, and must not have to hold them all.
    """
    if len(gops) > _FEW:
        return gops
    return sorted(gops, key=lambda gop: gop.start - gop.last)
