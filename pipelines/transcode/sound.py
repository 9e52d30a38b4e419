"""A movie's sound in a file of its own, in step with the pictures: AAC, copied where it is that already."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import av.container
import av.error
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.filter import Graph
from av.packet import Packet

from pipelines.source import Source
from pipelines.transcode.plan import Plan
from pipelines.video.container import PIXELS_LIMIT, open_movie

TAIL_SECONDS = 60  # sound that outlasts the pictures by more is left out
_SAMPLES = 1024  # of one AAC packet
_RATES = frozenset({16000, 22050, 24000, 32000, 44100, 48000})
_RATE = 48000  # for all other rates


@dataclass(frozen=True, slots=True)
class Sound:
    """What became of the sound. damaged: packets that were left out, or replaced by silence."""

    method: Literal["copied", "encoded"]
    channels: int
    sample_rate: int
    damaged: int


def make_sound(source: Source, plan: Plan, path: Path, *, pixels_limit: int = PIXELS_LIMIT) -> Sound | None:
    """Write the first sound track to `path`, time 0 at the first picture; None where there is none that we can read."""
    with open_movie(source, pixels_limit=pixels_limit) as (container, _):
        stream = next((s for s in container.streams.audio if s.codec_context is not None), None)
        if stream is None or not stream.codec_context.sample_rate:
            return None
        first = int(plan.index.shown_pts[0]) * plan.index.time_base if plan.index.has_times else Fraction(0)
        track = _Track(container, stream, first, first + Fraction(plan.clock.end, plan.clock.scale))
        with av.open(path, "w", format="mp4") as output:
            if _is_aac_lc(stream):
                return track.copy(output)
            return track.encode(output, plan.settings.audio_kbps * 1000)


def _is_aac_lc(stream: AudioStream) -> bool:
    context = stream.codec_context
    return context.codec.canonical_name == "aac" and context.profile == "LC" and bool(context.extradata)


class _Track:
    """A sound track being read. first, end: of the pictures, in seconds of the source's clock."""

    def __init__(
        self, container: av.container.InputContainer, stream: AudioStream, first: Fraction, end: Fraction
    ) -> None:
        self._container = container
        self._stream = stream
        self._first = first
        self._end = end
        self._damaged = 0

    def copy(self, output: av.container.OutputContainer) -> Sound | None:
        """Copy packets; one before the first picture stays, for a decoder leans on it."""
        target = output.add_stream_from_template(self._stream)
        base = Fraction(1, self._stream.codec_context.sample_rate)
        earliest = last = -2 * _SAMPLES
        for packet in self._packets():
            pts = self._shifted(packet, base)
            if pts <= last:
                self._damaged += pts > 0
                continue
            last = pts
            packet.stream, packet.time_base = target, base
            packet.pts = packet.dts = pts
            packet.duration = _SAMPLES
            output.mux_one(packet)
        channels = self._stream.codec_context.channels
        return self._sound("copied", channels, base.denominator) if last > earliest else None

    def encode(self, output: av.container.OutputContainer, bit_rate: int) -> Sound | None:
        """Decode and encode; gaps are filled with silence, so that what follows stays in step."""
        source = self._stream.codec_context
        rate = source.sample_rate if source.sample_rate in _RATES else _RATE
        layout = "mono" if source.channels == 1 else "stereo"
        target = output.add_stream("aac", rate=rate, layout=layout)
        assert isinstance(target, AudioStream)  # noqa: S101 - AAC is sound
        target.bit_rate = bit_rate
        frame = None
        for frame in _resampled(self._frames(), rate, layout):
            output.mux(target.encode(frame))
        if frame is None:
            return None
        output.mux(target.encode(None))
        return self._sound("encoded", 1 if layout == "mono" else 2, rate)

    def _shifted(self, timed: "Packet[AudioStream] | AudioFrame", base: Fraction) -> int:
        """Give when a packet or frame is heard, in units of `base` since the first picture."""
        return round(((timed.pts or 0) * (timed.time_base or base) - self._first) / base)

    def _sound(self, method: Literal["copied", "encoded"], channels: int, rate: int) -> Sound:
        return Sound(method, channels, rate, self._damaged)

    def _packets(self) -> Iterator["Packet[AudioStream]"]:
        """Give the whole packets up to the end; where the file breaks, the sound ends."""
        try:
            for packet in self._container.demux(self._stream):
                if not packet.size:
                    continue
                if packet.is_corrupt or packet.pts is None:
                    self._damaged += 1
                elif packet.pts * packet.time_base > self._end + TAIL_SECONDS:
                    return
                else:
                    yield packet
        except av.error.FFmpegError:
            self._damaged += 1

    def _frames(self) -> Iterator[AudioFrame]:
        kind: tuple[str, str, int] | None = None
        for packet in self._packets():
            try:
                frames = self._stream.codec_context.decode(packet)
            except av.error.FFmpegError:
                self._damaged += 1
                continue
            for frame in frames:
                of_frame = (frame.format.name, frame.layout.name, frame.sample_rate)
                kind = kind or of_frame
                if frame.pts is None or of_frame != kind:
                    self._damaged += 1
                    continue
                base = Fraction(1, frame.sample_rate)
                frame.pts = self._shifted(frame, base)
                frame.time_base = base
                yield frame


def _resampled(frames: Iterator[AudioFrame], rate: int, layout: str) -> Iterator[AudioFrame]:
    """Give frames of one AAC packet each, from time 0 on without a gap."""
    graph: Graph | None = None
    for frame in frames:
        graph = graph or _graph(frame, rate, layout)
        graph.push(frame)
        yield from _pulled(graph)
    if graph is not None:
        graph.push(None)
        yield from _pulled(graph)


def _graph(frame: AudioFrame, rate: int, layout: str) -> Graph:
    graph = Graph()
    buffer = graph.add_abuffer(
        sample_rate=frame.sample_rate,
        format=frame.format.name,
        layout=frame.layout.name,
        time_base=frame.time_base,
    )
    # `async` of 1 fills and trims, and stretches nothing.
    resample = graph.add("aresample", f"{rate}:async=1:first_pts=0")
    form = graph.add("aformat", f"sample_fmts=fltp:sample_rates={rate}:channel_layouts={layout}")
    cut = graph.add("asetnsamples", f"n={_SAMPLES}:p=0")
    graph.link_nodes(buffer, resample, form, cut, graph.add("abuffersink")).configure()
    return graph


def _pulled(graph: Graph) -> Iterator[AudioFrame]:
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        assert isinstance(frame, AudioFrame)  # noqa: S101 - sound went in
        yield frame
