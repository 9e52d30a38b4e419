"""Where each packet of a movie lies, when it is shown and what it needs: one row per packet, no pixel decoded."""

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from pipelines.video.turn import Turn

Ticks = NDArray[np.int64]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.int32]

DECODERS = {"av1": "libdav1d"}  # FFmpeg's own `av1` decodes only on a GPU
# Codecs whose every picture stands alone.
INTRA = frozenset({"mjpeg", "prores", "dnxhd", "png", "rawvideo"})
# Codecs that show frames in the order in which they are stored.
IN_ORDER = INTRA | {"vp8", "vp9", "av1", "gif", "apng", "ffv1"}
# A frame a day to a million a second: whatever a container claims, an encoder can be told it in two numbers of 32 bits.
_SLOWEST, _FASTEST = Fraction(1, 86_400), Fraction(1_000_000)

_DEEPEST = 16  # pictures held back, by any standard


class Access(StrEnum):
    """How the packets of a GOP are reached."""

    DIRECT = "direct"  # the file's bytes are the packets'
    SLICED = "sliced"  # a slice of the file, demuxed on its own
    SOUGHT = "sought"  # a demuxer, whose seek leads to keyframes for certain
    COUNTED = "counted"  # a demuxer, from the movie's start; frames are told by counting


@dataclass(frozen=True, slots=True)
class Colours:
    """How numbers become colours as the container says, by ITU-T H.273; 2 is unspecified. range: FFmpeg's, 0 to 2."""

    primaries: int = 2
    transfer: int = 2
    matrix: int = 2
    range: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The packets of a movie's picture track in decode order; every array is (packets,).

    codec: FFmpeg's canonical name. container: FFmpeg's format. width, height: as stored, before `turn`.
    offset, size: the packet's bytes in the file; offset is -1 where not known. pts, dts: in ticks of time_base;
    where frames are COUNTED, pts tells when the frame that comes out in this place is shown.
    last_ticks: how long the last frame stays. is_hidden: decoded, never shown (edit lists, VP8's alt-refs).
    promised: how many frames the container announces, more than `frames` when the file is cut short.
    has_times: the container keeps times. is_exact: a packet's time is its frame's, not guessed.
    Derived are order: (frames,) int32, the packet of each shown frame, in presentation order; keys: int32, the packets
    that begin a GOP, the first always; reorder_depth: how many pictures a decoder holds back to give all in order.
    """

    codec: str
    container: str
    width: int
    height: int
    turn: Turn
    time_base: Fraction
    extradata: bytes
    offset: Ticks
    size: Ticks
    pts: Ticks
    dts: Ticks
    last_ticks: int
    is_key: Flags
    is_hidden: Flags
    access: Access
    promised: int
    is_encrypted: bool = False
    has_times: bool = True
    is_exact: bool = True
    tag: str = ""
    colours: Colours = field(default_factory=Colours)
    order: Numbers = field(init=False, repr=False)
    keys: Numbers = field(init=False, repr=False)
    reorder_depth: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Put the packets in the order of presentation."""
        places = np.argsort(self.pts, kind="stable")
        rank = np.empty(len(places), np.int64)
        rank[places] = np.arange(len(places))
        early = (np.arange(len(places)) - rank).max(initial=0)
        keys = np.flatnonzero(self.is_key)
        keys = keys if len(keys) and keys[0] == 0 else np.insert(keys, 0, 0)
        object.__setattr__(self, "order", places[~self.is_hidden[places]].astype(np.int32))
        object.__setattr__(self, "keys", keys.astype(np.int32))
        object.__setattr__(self, "reorder_depth", int(np.clip(early, 0, _DEEPEST)))

    @property
    def packets(self) -> int:
        return len(self.pts)

    @property
    def frames(self) -> int:
        """Count the shown frames that the file holds."""
        return len(self.order)

    @property
    def is_direct(self) -> bool:
        return self.access is Access.DIRECT

    @property
    def is_truncated(self) -> bool:
        return self.promised > self.frames

    @property
    def shown_pts(self) -> Ticks:
        """Give when each frame is shown (frames,), ascending, in ticks."""
        return self.pts[self.order]

    @property
    def rate(self) -> Fraction:
        """Give the mean frames per second; 25 where nothing tells."""
        ticks = self.ticks(self.frames - 1) if self.frames else 0
        return mean_rate(self.frames, ticks if self.has_times else 0, self.time_base)

    def ticks(self, number: int) -> int:
        """Give when a frame is shown, in ticks since the movie's first frame."""
        return int(self.pts[self.order[number]] - self.pts[self.order[0]])

    def seconds(self, number: int) -> float:
        """Give when a frame is shown, in seconds since the movie's first frame."""
        return float(self.ticks(number) * self.time_base)

    def frame_at(self, seconds: float) -> int:
        """Give the frame on show at a time since the movie's first frame: the first before it begins, the last after it ends."""
        shown = self.shown_pts
        ticks = float(seconds / self.time_base) + 0.5  # half a tick: seconds are rounded, ticks are not
        return int(np.clip(np.searchsorted(shown - shown[0], ticks, "right") - 1, 0, self.frames - 1))

    def keyframe_before(self, number: int) -> int:
        """Give the packet from which decoding must begin to show a frame.

        A picture shown before the keyframe that it is stored behind belongs to the GOP before: open GOPs.
        """
        packet, keys = int(self.order[number]), self.keys
        place = int(np.searchsorted(keys, packet, "right")) - 1
        while place > 0 and self.pts[keys[place]] > self.pts[packet]:
            place -= 1
        return int(keys[place])


def mean_rate(frames: int, ticks: int, time_base: Fraction) -> Fraction:
    """Give the frames per second when so many ticks lie between the first frame and the last; 25 where nothing tells."""
    if frames < 2 or ticks <= 0:
        return Fraction(25)
    rate = (frames - 1) / (ticks * time_base)
    if rate < 1:
        return max(_SLOWEST, 1 / (1 / rate).limit_denominator(1001))
    return min(_FASTEST, rate.limit_denominator(1001))
