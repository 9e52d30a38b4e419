"""Encode frames of a movie anew with x264, at their own times, in the movie's own colours."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from av.codec.context import CodecContext, Flags
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from pipelines.clip.values import THREADS
from pipelines.errors import BadInput, CannotDecode
from pipelines.video.frames import Picture
from pipelines.video.index import Index
from pipelines.video.parameter_sets import ParameterSets, read_parameter_sets, read_sps
from pipelines.video.x264 import STEADY

PRESET = "veryfast"
ENDS_PRESET = "superfast"  # of the few pictures between copied ones: a third less time at the same likeness
_PROFILES = {66: "baseline", 77: "main", 100: "high"}
_LEVELS = frozenset({9, 10, 11, 12, 13, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 52, 60, 61, 62})  # x264's
_KEPT = frozenset(
    [
        "yuv420p",
        "yuvj420p",
        "yuv422p",
        "yuvj422p",
        "yuv444p",
        "yuvj444p",
        "yuv420p10le",
        "yuv422p10le",
        "yuv444p10le",
        "gray",
        "gray10le",
    ]
)
_EVEN_SIDES = {"yuv420p": (2, 2), "yuvj420p": (2, 2), "yuv420p10le": (2, 2)}
_EVEN_SIDES |= {"yuv422p": (2, 1), "yuvj422p": (2, 1), "yuv422p10le": (2, 1)}


@dataclass(frozen=True, slots=True)
class Form:
    """How pictures are to be encoded: their size, their pixels, and what they are to be played with."""

    width: int
    height: int
    pixels: str
    is_interlaced: bool
    aspect: Fraction | None


def form_of(frame: VideoFrame, aspect: Fraction | None) -> Form:
    """Give the form that keeps most of a picture: its own, or 4:4:4 where its sides are odd."""
    name = frame.format.name
    if name not in _KEPT:
        deep = max(component.bits for component in frame.format.components) > 8
        name = "yuv420p10le" if deep else "yuv420p"
    across, down = _EVEN_SIDES.get(name, (1, 1))
    if frame.width % across or frame.height % down:
        name = name.replace("420", "444").replace("422", "444")
    return Form(frame.width, frame.height, name, frame.interlaced_frame, aspect)


def obstacle(index: Index) -> str | None:
    """Tell what forbids that encoded pictures are put between those of a movie; None when nothing does."""
    if index.codec != "h264":
        return f"only H.264 can be partly copied, and this is {index.codec}"
    try:
        sets = read_parameter_sets(index.extradata)
        sequences = [read_sps(sps) for sps in sets.sps]
        free_number(sets)
    except BadInput as refusal:
        return refusal.message
    if not all(sequence.is_progressive for sequence in sequences):
        return "the movie is interlaced"
    if any((sequence.chroma, sequence.depth) != (1, 8) for sequence in sequences):
        return "the pictures are not 4:2:0 of 8 bits"
    if any(sequence.profile not in _PROFILES or sequence.level not in _LEVELS for sequence in sequences):
        return "the profile or level is none that x264 can match"
    return None


def free_number(sets: ParameterSets) -> int:
    """Give a number that no parameter set has taken. Raises BadInput when there is none."""
    number = next((number for number in range(32) if number not in sets.numbers), None)
    if number is None:
        raise BadInput("all numbers of parameter sets are taken", code="no_number")
    return number


def configure(context: CodecContext, frame: VideoFrame, form: Form, index: Index, crf: int) -> None:
    """Set an encoder up for a movie's pictures; colours are those of its frame."""
    assert isinstance(context, VideoCodecContext)  # noqa: S101 - x264 encodes pictures
    context.width, context.height, context.pix_fmt = form.width, form.height, form.pixels
    context.time_base, context.framerate = index.time_base, index.rate
    context.color_primaries, context.color_trc = frame.color_primaries, frame.color_trc
    context.colorspace, context.color_range = frame.colorspace, frame.color_range
    if form.aspect:
        context.sample_aspect_ratio = form.aspect
    if form.is_interlaced:
        context.flags |= Flags.interlaced_dct
    context.thread_type, context.thread_count = "FRAME", THREADS
    context.options = {"preset": PRESET, "crf": str(crf), "forced-idr": "1"} | STEADY


def match(context: CodecContext, sets: ParameterSets) -> None:
    """Have an encoder write as a movie is written, under parameter sets of a number of their own.

    A player that meets pictures of the same profile, level and buffer size goes on without setting up anew.
    """
    sequence = read_sps(sets.sps[0])
    reorder = min(3, sequence.references - 1)
    private = {
        "sps-id": free_number(sets),
        "level": sequence.level,
        "ref": max(1, min(sequence.references, 2)),
        "dpb-size": sequence.references,
        "bframes": 0 if reorder < 1 or sequence.profile == 66 else 3,
        "b-pyramid": "none" if sequence.references < 4 else "normal",
    }
    context.options |= {
        "preset": ENDS_PRESET,
        "profile": _PROFILES[sequence.profile],
        "x264-params": ":".join([*STEADY.values(), *(f"{key}={value}" for key, value in private.items())]),
    }


class Matched:
    """Encodes runs of frames that go between a movie's own packets; each run is an encoder of its own."""

    def __init__(self, index: Index, frame: VideoFrame, form: Form, crf: int) -> None:
        self.form = form
        self._settings = (frame, form, index, crf)
        self._source = read_parameter_sets(index.extradata)
        context = self._open()
        self.sets = self._source.merged(read_parameter_sets(context.extradata or b""))

    def encode(self, frames: Iterable[VideoFrame]) -> "Iterator[Packet[Any]]":
        """Give the packets of a run, which begins anew, written as the movie's are."""
        context = self._open()
        for packet in encoded(context, frames):
            data = self._source.frame(bytes(packet))
            framed: Packet[Any] = Packet(data)
            framed.pts, framed.time_base, framed.is_keyframe = (
                packet.pts,
                packet.time_base,
                packet.is_keyframe,
            )
            yield framed

    def _open(self) -> VideoCodecContext:
        context = CodecContext.create("libx264", "w")
        context.flags |= Flags.global_header
        configure(context, *self._settings)
        match(context, self._source)
        context.open()
        return context


def encoded(
    encoder: VideoStream | VideoCodecContext, frames: Iterable[VideoFrame]
) -> "Iterator[Packet[Any]]":
    """Give the packets of all frames, then what the encoder still holds."""
    for frame in frames:
        yield from encoder.encode(frame)
    yield from encoder.encode(None)


def timed(
    pictures: Iterable[Picture], form: Form, ticks: Iterable[int], base: Fraction
) -> Iterator[VideoFrame]:
    """Give pictures their times, and forget what kind of picture each was.

    Raises CannotDecode where the picture's size changes.
    """
    for place, (picture, pts) in enumerate(zip(pictures, ticks, strict=True)):
        frame = picture.frame
        if (frame.width, frame.height) != (form.width, form.height):
            raise CannotDecode(f"frame {picture.number} has another size", frame=picture.number)
        frame.pts, frame.time_base = pts, base
        frame.pict_type = PictureType.I if place == 0 else PictureType.NONE
        yield frame
