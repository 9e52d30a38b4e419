"""Write pictures to an H.264 movie that any browser plays: yuv420p, even sides, index at the front."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.container
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pipelines.video.parameter_sets import nals, read_parameter_sets
from pipelines.video.picture import Plane

GOP_FRAMES = 60
# No picture needs a later one, and keyframes come where they are due, not at a change of scene: any beginning of such a
# movie can be copied, and another encoder can go on behind it. The delimiter tells its first picture from the one before.
# The fastest preset, with the filter without which its blocks would show: half the price of the next one.
X264 = {
    "preset": "ultrafast",
    "crf": "30",
    "bf": "0",
    "g": str(GOP_FRAMES),
    "sc_threshold": "0",
    "aud": "1",
    "x264-params": "no-deblock=0:deblock=0,0",
}
LENGTH_BYTES = 4  # before each unit of a packet in an MP4 of ours
_START_CODE = b"\x00\x00\x00\x01"
# One picture after the other: whoever traces has other work for the other cores, and two would cost a tenth more.
THREADS = 1


class Encoder:
    """A movie being written; see `open_encoder`."""

    def __init__(self, container: av.container.OutputContainer, stream: VideoStream) -> None:
        self._container = container
        self._stream = stream
        self._last_pts = -1

    def can_copy(self, stream: VideoStream) -> bool:
        """Tell whether a movie's pictures decode as this one's: whether such an encoder has made it."""
        context = stream.codec_context
        if context.codec.canonical_name != "h264" or not context.extradata:
            return False
        theirs = read_parameter_sets(context.extradata)
        ours = read_parameter_sets(self._stream.codec_context.extradata or b"")
        return (theirs.sps, theirs.pps, theirs.length_bytes) == (ours.sps, ours.pps, LENGTH_BYTES)

    def add(self, i420: Plane, pts: int) -> None:
        """Append a picture of planar Y, U, V (height * 3 / 2, width) uint8, limited range, shown at `pts`.

        It is not copied before it is encoded: nobody may change it any more.
        """
        frame = VideoFrame.from_numpy_buffer(i420, format="yuv420p")
        frame.pts = self._after(pts)
        frame.time_base = self._stream.codec_context.time_base
        self._container.mux(self._stream.encode(frame))

    def copy(self, packet: "Packet[Any]", pts: int) -> None:
        """Append a picture of a movie that `can_copy` approves of; it must follow those that it needs.

        All that are copied come before all that are added.
        """
        units = nals(bytes(packet), LENGTH_BYTES)
        copied: Packet[Any] = Packet(b"".join(_START_CODE + unit for unit in units))  # as the encoder writes
        copied.is_keyframe = packet.is_keyframe
        copied.pts = copied.dts = self._after(pts)
        copied.time_base = self._stream.codec_context.time_base
        copied.stream = self._stream
        self._container.mux_one(copied)

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._container.mux(self._stream.encode(None))

    def _after(self, pts: int) -> int:
        """Give a time behind the last one's: that of a broken clock may not be."""
        self._last_pts = max(pts, self._last_pts + 1)
        return self._last_pts


@contextmanager
def open_encoder(
    path: Path,
    size: tuple[int, int],
    *,
    rate: Fraction,
    time_base: Fraction,
    colorspace: int,
    comment: str = "",
) -> Iterator[Encoder]:
    """Give an encoder; the file is whole once the block is left without an error.

    size: (width, height), both even. time_base: the unit of `pts`. colorspace: ITU-T H.273 matrix of the pictures.
    comment: the file's tag of that name.
    """
    with av.open(path, "w", format="mp4", container_options={"movflags": "+faststart"}) as container:
        if comment:
            container.metadata["comment"] = comment
        stream = container.add_stream("libx264", rate=rate, options=X264)
        (stream.width, stream.height), stream.pix_fmt = size, "yuv420p"
        context = stream.codec_context
        context.time_base = time_base
        context.thread_type, context.thread_count = "FRAME", THREADS
        context.colorspace, context.color_range = colorspace, 1  # 1: limited
        container.start_encoding()
        encoder = Encoder(container, stream)
        yield encoder
        encoder.finish()
