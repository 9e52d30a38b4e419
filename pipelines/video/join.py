"""Join movie segments into one file, packet by packet: nothing is encoded anew and no frame is lost."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from heapq import merge
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import av
import av.container
import av.error
import numpy as np
from av.audio.stream import AudioStream
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

from pipelines.errors import BadInput
from pipelines.video.parameter_sets import read_parameter_sets

Packaging = Literal["mp4", "fmp4", "mkv"]
Ticks = NDArray[np.int64]

_FORMATS = {"mp4": "mp4", "fmp4": "mp4", "mkv": "matroska"}
_FLAGS = {
    "mp4": {"movflags": "+faststart"},
    "fmp4": {"movflags": "+frag_keyframe+empty_moov+default_base_moof+delay_moov"},
    "mkv": {},
}


@dataclass(frozen=True, slots=True)
class Track:
    """Packets for a track of a new file, in decode order, with pts, dts, duration and time_base of the new file.

    template: a stream with the codec's parameters; an output stream of `open_output` is taken as it is.
    extradata: in place of the template's.
    """

    template: VideoStream | AudioStream
    packets: Iterable["Packet[Any]"]
    extradata: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Segment:
    """pts: (packets,) int64, in decode order, in ticks of time_base. end: where its last frame ends, in ticks."""

    path: Path
    time_base: Fraction
    pts: Ticks
    end: int


def join_segments(
    segments: Sequence[Path],
    out: Path,
    *,
    audio: Path | None = None,
    packaging: Packaging = "mp4",
    rebase: bool = False,
    times: Sequence[Fraction] | None = None,
) -> int:
    """Write all frames of the segments, in order, to one file; give their number.

    Each segment begins at a picture that needs none before it, and was made with the same settings.
    The frames' times are those of the packets, which go on from segment to segment; with `rebase` each segment
    begins where the last one ended; with `times` (segments + 1), seconds, its first frame is shown at that time, and
    the last frame ends at the last of them (the exact way for a variable rate). The first frame is shown at 0.
    audio: a file whose first sound track goes along, as it is; its time 0 is the first frame's.
    The segments are read twice, and nothing of them is kept but eight bytes a frame.
    Raises BadInput (code segments_differ, no_frames) when they do not fit together.
    """
    read = [_read(path) for path in segments]
    if not sum(len(segment.pts) for segment in read):
        raise BadInput("the segments hold no frames", code="no_frames")
    shifts, end = _placed(read, rebase=rebase, times=times)
    with ExitStack() as stack:
        first = stack.enter_context(av.open(read[0].path)).streams.video[0]
        picture = Track(first, _packets(read, shifts, end), _common_extradata(segments))
        tracks = [picture]
        if audio is not None:
            source = stack.enter_context(av.open(audio))
            tracks.append(Track(source.streams.audio[0], whole(source, source.streams.audio[0])))
        write_movie(out, tracks, packaging=packaging)
    return sum(len(segment.pts) for segment in read)


def write_movie(out: Path, tracks: Sequence[Track], *, packaging: Packaging = "mp4") -> None:
    """Write tracks to a file, interleaved by their decode times. Raises BadInput (code cannot_hold)."""
    with open_output(out, packaging, tracks[0].template.time_base) as container:
        fill(container, tracks)


def open_output(
    out: Path, packaging: Packaging, time_base: Fraction | None = None
) -> av.container.OutputContainer:
    """Open a new file; time_base: of the pictures, so that an edit list is exact to the tick."""
    options = dict(_FLAGS[packaging])
    if time_base is not None and packaging != "mkv":
        options["movie_timescale"] = str(max(1000, time_base.denominator))
    return av.open(out, "w", format=_FORMATS[packaging], container_options=options)


def fill(container: av.container.OutputContainer, tracks: Sequence[Track]) -> None:
    """Write tracks to an open file, interleaved by their decode times."""
    streams = [_stream(container, track) for track in tracks]
    try:
        for _, packet, stream in merge(
            *(_timed(track.packets, stream) for track, stream in zip(tracks, streams, strict=True)),
            key=lambda item: item[0],
        ):
            packet.stream = stream
            container.mux_one(packet)
    except av.error.FFmpegError as error:
        raise BadInput(
            f"the pictures or the sound do not go into a {container.format.name} file: {error}",
            code="cannot_hold",
        ) from error


def whole(container: av.container.InputContainer, stream: Any) -> Iterator["Packet[Any]"]:
    """Give the packets of a stream that hold bytes."""
    return (packet for packet in container.demux(stream) if packet.size)


def delay(pts: Ticks) -> int:
    """Give by how many ticks decoding must be ahead of showing."""
    return int(np.max(np.sort(pts) - pts)) if len(pts) else 0


def _timed(packets: Iterable["Packet[Any]"], stream: Any) -> Iterator[tuple[float, "Packet[Any]", Any]]:
    for packet in packets:
        ticks = packet.dts if packet.dts is not None else packet.pts or 0
        yield float(ticks * packet.time_base), packet, stream


def _stream(container: av.container.OutputContainer, track: Track) -> Any:
    if track.template.container is container:
        return track.template
    try:
        stream = container.add_stream_from_template(track.template, opaque=True)
    except ValueError as error:
        raise BadInput(str(error), code="cannot_hold") from error
    if track.extradata is not None:
        stream.codec_context.extradata = track.extradata
    return stream


def _read(path: Path) -> _Segment:
    """Note when the frames of a segment are shown."""
    pts: list[int] = []
    last, duration = -1, 0
    with av.open(path) as container:
        stream = container.streams.video[0]
        for packet in whole(container, stream):
            if packet.pts is None:
                raise BadInput(f"a packet of the segment {path.name} has no time", code="segments_differ")
            pts.append(packet.pts)
            last, duration = max((last, duration), (packet.pts, packet.duration or 0))
        base = stream.time_base or Fraction(1)
    return _Segment(path, base, np.array(pts, np.int64), last + duration)


def _placed(
    segments: Sequence[_Segment], *, rebase: bool, times: Sequence[Fraction] | None
) -> tuple[list[int], int]:
    """Give by how many ticks each segment's times are moved, and where the last frame ends then."""
    base, place, shifts = segments[0].time_base, 0, []
    if any(segment.time_base != base for segment in segments):
        raise BadInput("the segments count their times in different units", code="segments_differ")
    origin = int(segments[0].pts.min()) if len(segments[0].pts) else 0
    for number, segment in enumerate(segments):
        start = int(segment.pts.min()) if len(segment.pts) else 0
        if times is not None:
            place = round((times[number] - times[0]) / base)
        shifts.append(place - start if rebase or times is not None else -origin)
        place = segment.end + shifts[-1]
    return shifts, round((times[-1] - times[0]) / base) if times is not None else place


def _packets(segments: Sequence[_Segment], shifts: Sequence[int], end: int) -> Iterator["Packet[Any]"]:
    """Give all packets with their new times; dts goes on over the joins at the frames' own rhythm.

    The duration is each frame's own, but for the packet stored last: an MP4 ends so long after that one.
    """
    ahead = max(delay(segment.pts) for segment in segments)
    shown = [np.sort(segment.pts) + shift for segment, shift in zip(segments, shifts, strict=True)]
    for earlier, later in pairwise([ticks for ticks in shown if len(ticks)]):
        if earlier[-1] >= later[0]:
            raise BadInput("a segment begins before the last one's end", code="segments_differ")
    for number, segment in enumerate(segments):
        following = next((int(ticks[0]) for ticks in shown[number + 1 :] if len(ticks)), end)
        durations = np.diff(shown[number], append=following)
        with av.open(segment.path) as container:
            for place, packet in enumerate(whole(container, container.streams.video[0])):
                packet.pts = int(segment.pts[place]) + shifts[number]
                packet.dts = int(shown[number][place]) - ahead
                is_last = segment is segments[-1] and place == len(durations) - 1
                own = place if is_last else int(np.searchsorted(shown[number], packet.pts))
                packet.duration = max(0, int(durations[own]))
                yield packet


def _common_extradata(segments: Sequence[Path]) -> bytes | None:
    """Give what the decoder of all segments is set up with; of H.264 the parameter sets of all of them."""
    common: bytes | None = None
    for path in segments:
        with av.open(path) as container:
            context = container.streams.video[0].codec_context
            extradata, codec = context.extradata or b"", context.codec.canonical_name
        if common is None or extradata == common:
            common = extradata
            continue
        if codec != "h264":
            raise BadInput("the segments were made with different settings", code="segments_differ")
        common = read_parameter_sets(common).merged(read_parameter_sets(extradata)).extradata
    return common
