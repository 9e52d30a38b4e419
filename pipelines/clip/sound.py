"""Cut a movie's sound in step with its pictures: copied with an edit list, or encoded anew to the sample."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av.container
import av.error
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Discard
from numpy.typing import NDArray

from pipelines.video.join import Packaging, Track

Samples = NDArray[Any]  # (channels, samples) float32

_COPIED = frozenset({"aac", "mp3", "ac3", "eac3", "opus", "alac", "flac"})  # which an MP4 and a browser take
_LEAD = Fraction(4, 100)  # decoded and not heard: what a codec needs to be in swing
_SEEK_LEAD = 1.0  # seconds; a seek may come out late
_GAP_SECONDS = 0.05  # a longer one is silence, a shorter one the rounding of times
_AAC_SAMPLES = 1024  # in a frame
_CHANNELS = {1: "mono", 2: "stereo"}


@dataclass(frozen=True, slots=True)
class Span:
    """What is heard while a range is shown: seconds of the container's own clock."""

    start: Fraction
    end: Fraction


def sound_of(container: av.container.InputContainer) -> AudioStream | None:
    """Give the first sound track that can be read."""
    for stream in container.streams.audio:
        if stream.codec_context is not None and stream.codec_context.sample_rate:
            return stream
    return None


def sound_track(
    source: av.container.InputContainer,
    spans: Sequence[Span],
    out: av.container.OutputContainer,
    packaging: Packaging,
) -> Track | None:
    """Give the sound of all spans, one behind the other; None where the movie has none.

    One span is copied where the codec allows, its beginning hidden by an edit list to the sample. Several are encoded
    to AAC, so that a join neither clicks nor drifts.
    """
    stream = sound_of(source)
    if stream is None:
        return None
    name = stream.codec_context.codec.canonical_name
    if len(spans) == 1 and (name in _COPIED or (packaging == "mkv" and name in out.supported_codecs)):
        return Track(stream, _copied(source, stream, spans[0]))
    rate, layout = _rate(stream.codec_context), _CHANNELS.get(stream.codec_context.channels, "stereo")
    encoder = out.add_stream("aac", rate=rate, layout=layout)
    return Track(encoder, _encoded(encoder, _samples(source, stream, spans, rate, layout), layout))


def _rate(context: AudioCodecContext) -> int:
    """Give the sample rate for AAC: the movie's own where AAC knows it."""
    return (
        context.sample_rate
        if context.sample_rate in {44_100, 48_000, 32_000, 24_000, 22_050, 16_000}
        else 48_000
    )


def _demuxed(
    source: av.container.InputContainer, stream: AudioStream, span: Span
) -> "Iterator[Packet[AudioStream]]":
    """Give the packets of a span and some before it; none from damage on."""
    base = stream.time_base or Fraction(1)
    for other in source.streams:
        other.discard = Discard.none if other.index == stream.index else Discard.all
    try:
        source.seek(int((span.start - _LEAD) / base - _SEEK_LEAD / base), stream=stream, backward=True)
        for packet in source.demux(stream):
            if packet.pts is None or not packet.size:
                continue
            if packet.pts * base >= span.end:
                return
            if (packet.pts + (packet.duration or 0)) * base > span.start - _LEAD:
                yield packet
    except av.error.FFmpegError:
        return


def _copied(
    source: av.container.InputContainer, stream: AudioStream, span: Span
) -> "Iterator[Packet[AudioStream]]":
    base = stream.time_base or Fraction(1)
    origin, last = round(span.start / base), None
    for packet in _demuxed(source, stream, span):
        pts = (packet.pts or 0) - origin
        packet.pts = packet.dts = pts if last is None else max(pts, last + 1)
        last = packet.pts
        yield packet


def _samples(
    source: av.container.InputContainer, stream: AudioStream, spans: Sequence[Span], rate: int, layout: str
) -> Iterator[Samples]:
    """Give exactly as many samples as the spans last, silence where there is no sound."""
    done, seconds = 0, Fraction(0)
    for span in spans:
        seconds += span.end - span.start
        wanted = round(seconds * rate) - done
        done += wanted
        yield from _filled(_placed(source, stream, span, rate, layout), wanted, len(_channels(layout)))


def _filled(placed: Iterable[tuple[int, Samples]], wanted: int, channels: int) -> Iterator[Samples]:
    """Lay pieces of sound, each with the place of its first sample, into `wanted` samples without a gap."""
    at = 0
    for start, samples in placed:
        if start > at:
            yield np.zeros((channels, min(start, wanted) - at), np.float32)
            at = min(start, wanted)
        kept = samples[:, max(0, at - start) : max(0, wanted - start)]
        yield kept
        at += kept.shape[1]
    if at < wanted:
        yield np.zeros((channels, wanted - at), np.float32)


def _channels(layout: str) -> range:
    return range(1 if layout == "mono" else 2)


def _placed(
    source: av.container.InputContainer, stream: AudioStream, span: Span, rate: int, layout: str
) -> Iterator[tuple[int, Samples]]:
    """Decode a span; give each piece with its place in samples since the span's start."""
    base, expected = stream.time_base or Fraction(1), None
    resampler = AudioResampler(format="fltp", layout=layout, rate=rate)
    stream.codec_context.flush_buffers()
    for packet in _demuxed(source, stream, span):
        for frame in _decoded(stream, packet):
            heard = round(((frame.pts or 0) * (frame.time_base or base) - span.start) * rate)
            if expected is None or abs(heard - expected) > _GAP_SECONDS * rate:
                expected = heard
            for piece in resampler.resample(frame):
                samples = piece.to_ndarray()
                yield expected, samples
                expected += samples.shape[1]


def _decoded(stream: AudioStream, packet: "Packet[AudioStream]") -> list[AudioFrame]:
    try:
        return stream.codec_context.decode(packet)
    except av.error.FFmpegError:  # damage in the sound is silence
        return []


def _encoded(encoder: AudioStream, pieces: Iterable[Samples], layout: str) -> "Iterator[Packet[Any]]":
    """Encode samples in frames of the encoder's own size."""
    fifo, at, rate = AudioFifo(), 0, encoder.codec_context.sample_rate
    for samples in pieces:
        if not samples.shape[1]:
            continue
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples, np.float32), "fltp", layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
        at += samples.shape[1]
        fifo.write(frame)
        for whole in fifo.read_many(_AAC_SAMPLES):
            yield from encoder.encode(whole)
    if (rest := fifo.read(partial=True)) is not None:
        yield from encoder.encode(rest)
    yield from encoder.encode(None)
