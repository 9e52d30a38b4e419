"""Which GOPs must be decoded for the frames that are wanted, and how far."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pipelines.errors import BadInput
from pipelines.video.packet_index import INTRA, Index

_TOGETHER = 8  # packets: enough to save reads, few enough to share out
_NEAR_PACKETS = 3  # as far as the next frame lies behind a picture that others wait for


@dataclass(frozen=True, slots=True)
class Gop:
    """Packets `start` to `last` (inclusive) to be decoded; number_by_packet: the frames that are wanted of them."""

    start: int
    last: int
    number_by_packet: dict[int, int]

    @property
    def numbers(self) -> set[int]:
        return set(self.number_by_packet.values())

    def narrowed(self, numbers: Iterable[int], start: int) -> "Gop":
        """Give the same for some of its frames, decoded from another packet on."""
        kept = set(numbers)
        wanted = {packet: number for packet, number in self.number_by_packet.items() if number in kept}
        return Gop(start, max(wanted), wanted)


def plan(index: Index, numbers: Iterable[int]) -> list[Gop]:
    """Give the GOPs in the order of storage, each once. Raises BadInput (frame_past_end) naming the true count."""
    wanted: dict[int, dict[int, int]] = {}
    for number in sorted(set(numbers)):
        if not 0 <= number < index.frames:
            raise BadInput(
                f"there is no frame {number}: the movie has {index.frames} frames, the first is 0",
                code="frame_past_end",
            )
        start = index.keyframe_before(number)
        wanted.setdefault(start, {})[int(index.order[number])] = number
    gops = [Gop(start, max(frames), frames) for start, frames in sorted(wanted.items())]
    return _joined(gops) if index.codec in INTRA else gops


def _joined(gops: list[Gop]) -> list[Gop]:
    """Let neighbouring pictures that stand alone be read and decoded together."""
    joined: list[Gop] = []
    for gop in gops:
        before = joined[-1] if joined else None
        if before and gop.start == before.last + 1 and gop.last - before.start < _TOGETHER:
            joined[-1] = Gop(before.start, gop.last, before.number_by_packet | gop.number_by_packet)
        else:
            joined.append(gop)
    return joined


def with_neighbours(index: Index, gop: Gop) -> Gop:
    """Add the frames next to a single wanted one, where they cost next to nothing: they are asked for next."""
    if len(gop.number_by_packet) > 1:
        return gop
    (number,) = gop.numbers
    near = [
        n for n in (number - 1, number + 1) if 0 <= n < index.frames and index.keyframe_before(n) == gop.start
    ]
    wanted = {int(index.order[n]): n for n in near if index.order[n] <= gop.last + _NEAR_PACKETS}
    return Gop(gop.start, max([gop.last, *wanted]), gop.number_by_packet | wanted)


def keys_before(index: Index, start: int) -> list[int]:
    """Give where to begin next when decoding from keyframe `start` does not do: up to three back, then the movie's start."""
    keys = index.keys
    place = int(np.searchsorted(keys, start))
    back = [int(keys[place - step]) for step in (1, 2, 3) if place - step > 0]
    return [*back, 0] if start else []
