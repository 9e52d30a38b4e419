"""What a movie's pictures are like before they are worked on: size, pixels, colours, fields, and whether browsers play them."""

from dataclasses import dataclass
from fractions import Fraction

from av.video.stream import VideoStream

from pipelines.errors import BadInput
from pipelines.video.packet_index import Index

PQ, HLG = 16, 18  # transfers by ITU-T H.273, table 3
RGB, UNSPECIFIED, BT709, SMPTE170M = 0, 2, 1, 6  # matrices and primaries by H.273, tables 2 and 4
_MATRICES = frozenset(
    {RGB, 1, UNSPECIFIED, 4, 5, 6, 7, 9}
)  # what swscale computes with; ICtCp and YCgCo are not
_HD_HEIGHT = 720  # from here on pictures that say nothing are BT.709, as players take them
_LIMITED, _FULL = 1, 2
_PROFILES = frozenset({"Constrained Baseline", "Baseline", "Main", "High"})
_PROGRESSIVE = (0, 1)  # FFmpeg's field_order: unknown, progressive


@dataclass(frozen=True, slots=True)
class Look:
    """A movie's pictures as stored.

    width, height: in stored pixels. pixel_aspect: width of a pixel over its height. shown: (width, height) of
    the upright picture in square pixels, fractions. matrix, primaries, transfer: ITU-T H.273. is_full: 0 is black.
    """

    codec: str
    profile: str
    pixel_format: str
    width: int
    height: int
    pixel_aspect: Fraction
    shown: tuple[Fraction, Fraction]
    matrix: int
    primaries: int
    transfer: int
    is_full: bool
    is_rgb: bool
    is_interlaced: bool

    @property
    def is_hdr(self) -> bool:
        return self.transfer in {PQ, HLG}


def look_at(stream: VideoStream, index: Index) -> Look:
    """Describe a stream. Raises BadInput: unknown_colours, unknown_codec where FFmpeg cannot tell the pixels."""
    context, colours = stream.codec_context, index.colours
    if context.format is None:
        raise BadInput("we cannot tell what the pixels of this movie are", code="unknown_codec")
    if colours.matrix not in _MATRICES:
        raise BadInput(
            f"colours of the kind H.273 matrix {colours.matrix} are not supported", code="unknown_colours"
        )
    name, is_rgb = context.format.name, context.format.is_rgb or context.format.has_palette
    aspect = Fraction(stream.sample_aspect_ratio or context.sample_aspect_ratio or 1) or Fraction(1)
    guess = BT709 if is_rgb or index.height >= _HD_HEIGHT else SMPTE170M
    return Look(
        codec=index.codec,
        profile=context.profile or "",
        pixel_format=name,
        width=index.width,
        height=index.height,
        pixel_aspect=aspect,
        shown=_shown(index, aspect),
        matrix=guess if is_rgb or colours.matrix in {RGB, UNSPECIFIED} else colours.matrix,
        primaries=guess if colours.primaries in {0, UNSPECIFIED} else colours.primaries,
        transfer=guess if colours.transfer in {0, UNSPECIFIED} else colours.transfer,
        is_full=is_rgb or colours.range == _FULL or name.startswith("yuvj"),
        is_rgb=is_rgb,
        is_interlaced=context.field_order not in _PROGRESSIVE,
    )


def _shown(index: Index, aspect: Fraction) -> tuple[Fraction, Fraction]:
    """Stretch the width to square pixels, then turn."""
    size = (index.width * aspect, Fraction(index.height))
    return (size[1], size[0]) if index.turn.swaps_sides else size


def why_not_safe(look: Look, index: Index) -> str | None:
    """Say why browsers cannot be handed these pictures as they are; None when they can."""
    facts = (
        (look.codec == "h264", f"it is {look.codec}, not H.264"),
        (look.profile in _PROFILES, f"its profile is {look.profile or 'unknown'}"),
        (look.pixel_format == "yuv420p" and not look.is_full, f"its pixels are {look.pixel_format}"),
        (not look.is_hdr, "it is HDR"),
        (not look.is_interlaced, "it is interlaced"),
        (index.turn.is_none, "it is turned"),
        (look.pixel_aspect == 1, "its pixels are not square"),
        (look.width % 2 == 0 and look.height % 2 == 0, "its sides are odd"),
        (index.extradata[:1] == b"\x01", "it is not in the form of an MP4"),
        (index.has_times and index.is_exact, "its times are guessed"),
        (not index.is_hidden.any(), "an edit list hides some of its frames"),
        (bool(index.is_key[0]) and index.order[0] == 0, "it does not begin with a keyframe"),
    )
    return next((why for is_met, why in facts if not is_met), None)
