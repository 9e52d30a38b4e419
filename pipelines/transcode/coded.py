"""The coded pictures of one rung, in the order they are decoded, from the pieces or from the source itself."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from av.packet import Packet
from av.video.stream import VideoStream

from pipelines.errors import BadInput, CannotDecode
from pipelines.source import Source
from pipelines.transcode.plan import Plan
from pipelines.transcode.schedule import Chunk, Clock, Numbers
from pipelines.video.container import PIXELS_LIMIT, open_movie, whole_packets

_REORDER = 2  # frames that x264 and NVENC decode ahead at most: B-frames that lean on B-frames

_Numbered = tuple[int, "Packet[VideoStream]"]  # the frame's number, its packet


@dataclass(frozen=True, slots=True)
class Coded:
    """One rung's pictures. template: a stream of the same kind. delay: how many frames decoding runs ahead."""

    template: VideoStream
    packets: Iterator[_Numbered]
    delay: int

    @property
    def codec(self) -> str:
        """Give the codec as RFC 6381 has it: profile, constraints and level of an `avcC`."""
        return "avc1." + (self.template.codec_context.extradata or b"")[1:4].hex()


@contextmanager
def open_pieces(paths: Sequence[Path], chunks: Sequence[Chunk], clock: Clock) -> Iterator[Coded]:
    """Give pieces as one. Raises BadInput: bad_piece, when one is not what its chunk must have become."""
    if len(paths) != len(chunks):
        raise BadInput(f"{len(chunks)} chunks make no movie of {len(paths)} pieces", code="bad_piece")
    with open_movie(paths[0]) as (_, template):
        yield Coded(template, _from_pieces(paths, chunks, clock, template), _REORDER)


def _from_pieces(
    paths: Sequence[Path], chunks: Sequence[Chunk], clock: Clock, template: VideoStream
) -> Iterator[_Numbered]:
    header = template.codec_context.extradata
    for path, chunk in zip(paths, chunks, strict=True):
        with open_movie(path) as (container, stream):
            if stream.codec_context.extradata != header:
                raise BadInput(f"the piece {path.name} was encoded with other settings", code="bad_piece")
            packets = (packet for packet in whole_packets(container, stream) if packet is not None)
            yield from _placed(packets, chunk, clock, path.name)


def _placed(
    packets: Iterator["Packet[VideoStream]"], chunk: Chunk, clock: Clock, name: str
) -> Iterator[_Numbered]:
    """Number a piece's packets: its first is a keyframe, which is the chunk's first frame."""
    shift, seen = None, np.zeros(chunk.end - chunk.start, bool)
    for packet in packets:
        pts = round((packet.pts or 0) * packet.time_base * clock.scale)
        shift = int(clock.ticks[chunk.start]) - pts if shift is None else shift
        number = int(np.searchsorted(clock.ticks, pts + shift))
        if not chunk.start <= number < chunk.end or clock.ticks[number] != pts + shift:
            raise BadInput(f"the piece {name} has a frame at a time of its own", code="bad_piece")
        seen[number - chunk.start] = True
        yield number, packet
    if not seen.all():
        raise BadInput(f"the piece {name} lacks frame {chunk.start + int(np.argmin(seen))}", code="bad_piece")


@contextmanager
def open_copy(source: Source, plan: Plan, *, pixels_limit: int = PIXELS_LIMIT) -> Iterator[Coded]:
    """Give the source's own pictures as they are; none of them is hidden."""
    ranks = np.empty(plan.index.packets, np.int64)
    ranks[plan.index.order] = np.arange(plan.index.frames)
    delay = max(0, int((np.arange(len(ranks)) - ranks).max()))
    with open_movie(source, pixels_limit=pixels_limit) as (container, stream):
        yield Coded(stream, _from_source(whole_packets(container, stream), ranks), delay)


def _from_source(packets: Iterator["Packet[VideoStream] | None"], ranks: Numbers) -> Iterator[_Numbered]:
    place = -1
    for place, packet in enumerate(packets):
        if packet is None or place >= len(ranks):
            raise CannotDecode(f"the movie is damaged at frame {place}", frame=place)
        yield int(ranks[place]), packet
    if place + 1 != len(ranks):
        raise CannotDecode(f"the movie is damaged at frame {place + 1}", frame=place + 1)
