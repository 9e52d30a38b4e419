"""Say what a movie is: container, codec, size, rotation, rate, true frame count, sound, colour."""

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

import av.container
import av.error
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, ColorTrc
from av.video.stream import VideoStream

from pipelines.errors import BadInput
from pipelines.source import Source, open_source, size_bytes
from pipelines.video.container import FRAMES_LIMIT, PIXELS_LIMIT, open_movie
from pipelines.video.index import Index, read_index
from pipelines.video.picture import turn_of
from pipelines.video.timeline import Timeline, timeline_of
from pipelines.video.turn import Turn

# ITU-T H.273, table 4: PyAV has no names for the numbers themselves.
SPACES = {0: "rgb", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "ycgco"}
SPACES |= {9: "bt2020nc", 10: "bt2020c"}
RANGES = {ColorRange.MPEG: "limited", ColorRange.JPEG: "full"}


@dataclass(frozen=True, slots=True)
class Audio:
    """The first sound track."""

    codec: str
    channels: int
    sample_rate: int


@dataclass(frozen=True, slots=True)
class Colour:
    """How the numbers of a picture become colours; None where the movie does not say."""

    space: str | None
    primaries: str | None
    transfer: str | None
    range: str | None


@dataclass(frozen=True, slots=True)
class Probe:
    """What a movie is.

    width, height: of the picture as shown, upright; coded_width, coded_height: as stored, before rotation.
    mirrored, rotation: from stored to shown, first mirror left to right, then turn clockwise by so many degrees. frames: see `read_timeline`. fps_fraction is exact,
    as "30000/1001". is_truncated: the container promises more frames than the file holds.
    """

    container: str
    codec: str
    profile: str | None
    pixel_format: str | None
    bit_depth: int | None
    width: int
    height: int
    coded_width: int
    coded_height: int
    rotation: int
    mirrored: bool
    fps: float
    fps_fraction: str
    variable_rate: bool
    frames: int
    duration_seconds: float | None
    first_pts_seconds: float | None
    audio: Audio | None
    colour: Colour
    size_bytes: int
    encrypted: bool
    truncated: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def probe(
    source: Source,
    index: Index | None = None,
    *,
    pixels_limit: int = PIXELS_LIMIT,
    frames_limit: int = FRAMES_LIMIT,
) -> Probe:
    """Look into a movie; decode only its first frame, to prove that it can be decoded at all.

    index: when it was read before.

    Raises BadInput: empty, not_a_movie, truncated, no_video, no_frames, undecodable, too_many_pixels,
    too_many_frames. An encrypted movie is described, not refused.
    """
    index = index or read_index(source, pixels_limit=pixels_limit, frames_limit=frames_limit)
    timeline = timeline_of(index)
    with open_source(source) as reader:
        size = size_bytes(reader)
    with open_movie(source, pixels_limit=pixels_limit) as (container, stream):
        first = None if timeline.is_encrypted else _first_frame(container, stream)
        return _described(container, stream, timeline, first, size)


def _first_frame(container: av.container.InputContainer, stream: VideoStream) -> VideoFrame:
    stream.codec_context.thread_count = 1
    try:
        return next(container.decode(stream))
    except (av.error.FFmpegError, StopIteration):
        raise BadInput("not one frame of the movie can be decoded", code="undecodable") from None


def _described(
    container: av.container.InputContainer,
    stream: VideoStream,
    timeline: Timeline,
    first: VideoFrame | None,
    size: int,
) -> Probe:
    context = stream.codec_context
    turn = turn_of(first) if first else Turn()
    width, height = (first.width, first.height) if first else (context.width, context.height)
    shown = turn.size(width, height)
    rate = _rate(stream, timeline)
    pixels = first.format if first else context.format
    return Probe(
        container=container.format.name,
        codec=context.codec.canonical_name,
        profile=context.profile,
        pixel_format=pixels.name if pixels else None,
        bit_depth=max(component.bits for component in pixels.components) if pixels else None,
        width=shown[0],
        height=shown[1],
        coded_width=width,
        coded_height=height,
        rotation=turn.rotation,
        mirrored=turn.mirrored,
        fps=float(rate),
        fps_fraction=f"{rate.numerator}/{rate.denominator}",
        variable_rate=timeline.has_variable_rate,
        frames=timeline.frames,
        duration_seconds=timeline.duration_seconds,
        first_pts_seconds=timeline.first_seconds,
        audio=_audio(container),
        colour=_colour(stream),
        size_bytes=size,
        encrypted=timeline.is_encrypted,
        truncated=timeline.is_truncated,
    )


def _audio(container: av.container.InputContainer) -> Audio | None:
    for stream in container.streams.audio:
        context = stream.codec_context
        if context is not None:  # PyAV's stubs do not know that it may be
            return Audio(context.codec.canonical_name, context.channels, context.sample_rate)
    return None


def _rate(stream: VideoStream, timeline: Timeline) -> Fraction:
    """Give frames per second: as the container says, else as the frames are spaced, else 0."""
    if stream.average_rate:
        return Fraction(stream.average_rate)
    seconds = timeline.duration_seconds
    return Fraction(timeline.frames / seconds).limit_denominator(1001) if seconds else Fraction(0)


def _colour(stream: VideoStream) -> Colour:
    context = stream.codec_context
    return Colour(
        space=SPACES.get(context.colorspace),
        primaries=_name(ColorPrimaries, context.color_primaries),
        transfer=_name(ColorTrc, context.color_trc),
        range=RANGES.get(ColorRange(context.color_range)),
    )


def _name(kind: type[ColorPrimaries] | type[ColorTrc], value: int) -> str | None:
    known = {member.value: member.name.lower() for member in kind}
    name = known.get(value)
    return None if name == "unspecified" else name
