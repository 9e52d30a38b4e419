"""Write a movie of turned pictures: they are encoded, and all other tracks go along in step."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av.container
import av.error
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from pipelines.rotate.pixel_plan import PixelPlan, matrix_of
from pipelines.rotate.remux import first_seconds
from pipelines.rotate.tracks import add_copy, carried, carry_over, refusals, shift
from pipelines.rotate.values import Encoding
from pipelines.video.decode import LumaFrame
from pipelines.video.packet_index import Index
from pipelines.video.x264 import STEADY

THREADS = 3  # of the encoder, FRAME: the bytes depend on the number


@dataclass(frozen=True, slots=True)
class Origin:
    """The movie that is turned. container, stream: open, not yet read. first: its first picture, as decoded."""

    container: av.container.InputContainer
    stream: VideoStream
    index: Index
    first: VideoFrame


class Writer:
    """A turned movie being written; whole once `finish` has been called and the output is closed."""

    def __init__(
        self, output: av.container.OutputContainer, origin: Origin, plan: PixelPlan, encoding: Encoding
    ) -> None:
        container, stream = origin.container, origin.stream
        self._output = output
        self._plan = plan
        self._index = origin.index
        self._reformatter = VideoReformatter()
        self._first = first_seconds(container)
        self._last_pts: int | None = None
        self._stream = _add_encoder(output, origin, plan, encoding)
        self._copies = {
            other.index: add_copy(output, other)
            for other in carried(container, stream)
            if other is not stream
        }
        carry_over(container, output)
        self._others = _beside(container, stream, self._copies)
        self._next = next(self._others, None)
        with refusals(output):
            output.start_encoding()

    def add(self, frame: LumaFrame) -> None:
        """Turn and encode a frame, and write what is heard and read until then."""
        turned = self._plan.turned(frame.picture, self._reformatter)
        turned.pts, turned.time_base = self._ticks(frame.index), self._index.time_base
        with refusals(self._output):
            self._write_others(turned.pts * self._index.time_base)
            self._output.mux(self._stream.encode(turned))

    def finish(self) -> None:
        """Write what the encoder still holds, and the rest of the other tracks."""
        with refusals(self._output):
            self._output.mux(self._stream.encode(None))
            self._write_others(None)

    def _ticks(self, number: int) -> int:
        """Give when a frame is shown, later than the one before even where the movie says it is not."""
        index = self._index
        pts = int(index.shown_pts[number]) if index.has_times else index.ticks(number)
        pts -= round(self._first / index.time_base)
        self._last_pts = pts if self._last_pts is None else max(pts, self._last_pts + 1)
        return self._last_pts

    def _write_others(self, seconds: Fraction | None) -> None:
        while self._next is not None:
            packet = self._next
            at = (packet.dts if packet.dts is not None else packet.pts or 0) * packet.time_base - self._first
            if seconds is not None and at > seconds:
                return
            packet.stream = self._copies[packet.stream_index]
            shift(packet, self._first)
            self._output.mux_one(packet)
            self._next = next(self._others, None)


def _add_encoder(
    output: av.container.OutputContainer, origin: Origin, plan: PixelPlan, encoding: Encoding
) -> VideoStream:
    options = {"preset": encoding.preset, "crf": str(encoding.crf)} | STEADY
    stream = output.add_stream("libx264", rate=origin.index.rate, options=options)
    assert isinstance(stream, VideoStream)  # noqa: S101 - x264 makes pictures
    (stream.width, stream.height), stream.pix_fmt = plan.after, plan.coded
    context, picture = stream.codec_context, origin.first
    context.time_base = origin.index.time_base
    context.thread_type, context.thread_count = "FRAME", THREADS
    context.color_range, context.colorspace = plan.range, matrix_of(plan, picture)
    context.color_primaries, context.color_trc = picture.color_primaries, picture.color_trc
    if aspect := origin.stream.sample_aspect_ratio:
        context.sample_aspect_ratio = 1 / aspect if plan.turn.swaps_sides else aspect
    stream.disposition = origin.stream.disposition
    return stream


def _beside(
    container: av.container.InputContainer, picture: VideoStream, copies: dict[int, Any]
) -> Iterator["Packet[Any]"]:
    """Give the whole packets of the other tracks."""
    streams = [
        stream for stream in container.streams if stream.index in copies and stream.type != "attachment"
    ]
    if not streams:
        return
    try:
        for packet in container.demux(streams):
            if packet.size and not packet.is_corrupt:
                yield packet
    except av.error.FFmpegError:
        return
