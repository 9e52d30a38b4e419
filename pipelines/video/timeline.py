"""When each frame of a movie is shown, read from its packets without decoding any."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import av.container
import av.error
import numpy as np
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

from pipelines.errors import BadInput
from pipelines.source import Source, open_source
from pipelines.video.container import FRAMES_LIMIT, PIXELS_LIMIT, open_movie
from pipelines.video.cut import is_cut_short

_NO_PTS = -(1 << 63)
_GUESSED_TIMES = ("avi", "h264", "hevc", "m4v", "mjpeg")  # FFmpeg counts packets, whatever their order
_COARSE_TICKS = 4  # a clock of fewer ticks per frame hides no rounding: any unevenness is real


@dataclass(frozen=True, slots=True)
class Timeline:
    """The frames of a movie as its packets promise them.

    frames: how many can be read. promised: how many the container says there are; more than `frames` when
    the file is cut short. pts: (frames,) int64, ascending, in ticks of time_base; None where the container
    keeps no times. is_exact: a packet's time is its frame's. last_ticks: how long the last frame stays.
    """

    frames: int
    promised: int
    time_base: Fraction
    pts: NDArray[np.int64] | None
    is_exact: bool
    last_ticks: int
    is_encrypted: bool

    @property
    def is_truncated(self) -> bool:
        return self.promised > self.frames

    @property
    def has_variable_rate(self) -> bool:
        """Tell whether frames are unevenly spaced, beyond the rounding of the container's clock."""
        if self.pts is None or self.frames < 3:
            return False
        steps = np.diff(self.pts)
        return bool(np.ptp(steps) > (1 if steps.mean() >= _COARSE_TICKS else 0))

    @property
    def first_seconds(self) -> float | None:
        return None if self.pts is None else float(int(self.pts[0]) * self.time_base)

    @property
    def duration_seconds(self) -> float | None:
        if self.pts is None or not self.frames:
            return None
        return float((int(self.pts[-1] - self.pts[0]) + self.last_ticks) * self.time_base)

    @property
    def rate(self) -> Fraction:
        """Give the mean frames per second; 25 where nothing tells."""
        if self.pts is None or self.frames < 2:
            return Fraction(25)
        ticks = int(self.pts[-1] - self.pts[0])
        return ((self.frames - 1) / (ticks * self.time_base)).limit_denominator(1001)

    def ticks(self, index: int) -> int:
        """Give when frame `index` is shown, in ticks since the movie's first frame."""
        if self.pts is None:
            return index * (self.last_ticks or 1)
        return int(self.pts[min(index, self.frames - 1)] - self.pts[0])

    def seconds(self, index: int) -> float:
        """Give when frame `index` is shown, in seconds since the movie's first frame."""
        return float(self.ticks(index) * self.time_base)


def read_timeline(
    source: Source, *, pixels_limit: int = PIXELS_LIMIT, frames_limit: int = FRAMES_LIMIT
) -> Timeline:
    """Read a movie's packets once and note when each frame is shown.

    The count equals that of a full decode of a sound file: packets that an edit list hides (FFmpeg marks
    them `discard`), empty packets and VP8's hidden reference frames are left out. Eight bytes a frame.
    Raises BadInput as `open_movie` does, and no_frames, too_many_frames.
    """
    with open_movie(source, pixels_limit=pixels_limit) as (container, stream):
        timeline = _scan(container, stream, frames_limit)
    if timeline.is_truncated or not _is_cut(source):
        return timeline
    return replace(timeline, promised=timeline.frames + 1)


def _is_cut(source: Source) -> bool:
    with open_source(source) as reader:
        return is_cut_short(reader)


def _scan(container: av.container.InputContainer, stream: VideoStream, frames_limit: int) -> Timeline:
    pts = array("q")
    hidden, last_ticks, is_encrypted, is_broken = 0, 0, False, False
    for packet in whole_packets(container, stream):
        if packet is None:
            is_broken = True
            continue
        is_encrypted = is_encrypted or packet.has_sidedata("encryption_info")
        if packet.is_discard or _is_hidden_reference(packet, stream.codec_context.name):
            hidden += 1
            continue
        pts.append(_NO_PTS if packet.pts is None else packet.pts)
        last_ticks = packet.duration or last_ticks
        if len(pts) > frames_limit:
            raise BadInput(f"the movie has more than {frames_limit:,} frames", code="too_many_frames")
    if not pts:
        raise BadInput("the movie has no frames", code="no_frames")
    listed = stream.frames - hidden if container.format.name.startswith("mov") else 0
    return Timeline(
        frames=len(pts),
        promised=max(listed, len(pts) + is_broken),
        time_base=stream.time_base or Fraction(1),
        pts=_shown(pts),
        is_exact=container.format.name not in _GUESSED_TIMES,
        last_ticks=last_ticks,
        is_encrypted=is_encrypted,
    )


def whole_packets(
    container: av.container.InputContainer, stream: VideoStream
) -> Iterator["Packet[VideoStream] | None"]:
    """Give the packets that hold bytes; at the first that the file does not hold whole give None, and end."""
    try:
        for packet in container.demux(stream):
            if packet.is_corrupt:
                yield None
                return
            if packet.size:
                yield packet
    except av.error.FFmpegError:
        yield None


def _is_hidden_reference(packet: "Packet[VideoStream]", codec: str) -> bool:
    """Tell a VP8 frame that is never shown: bit 4 of its first byte is clear. Source: RFC 6386, 9.1."""
    return codec == "vp8" and not memoryview(packet)[0] & 0x10


def _shown(pts: "array[int]") -> NDArray[np.int64] | None:
    ticks = np.sort(np.frombuffer(pts, np.int64))
    has_times = ticks[0] != _NO_PTS and bool(np.all(np.diff(ticks) > 0))
    return ticks if has_times else None
