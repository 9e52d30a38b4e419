"""What a person or a trace puts on a frame: named places, as the wire has them; pure."""

import math
import re
from collections import Counter
from typing import Any

import msgspec
from msgspec import Struct

from darkroom.errors import Invalid

LABEL_LIMIT = 100  # characters
# What the wire's drawing knows of the colours that clients choose: these words, and #rrggbb.
COLOURS = {"red": "#ff0000", "orange": "#ffa500", "magenta": "#ff00ff"}
_HEX_COLOUR = re.compile("#[0-9a-fA-F]{6}")
COLOUR_LIMIT = 40  # characters; the longest name of a colour in CSS has 20


class Marker(Struct, frozen=True, omit_defaults=True):
    """A named place in pixels of the analysis picture, origin bottom left, y up; its top edge is at y = height.

    status: as of `pipelines.track.status`, 0 is tracked; err: forward-backward error in source pixels. Both are of a trace.
    """

    x: float
    y: float
    label: str
    color: str | None = None
    undeletable: bool | None = None
    status: int | None = None
    err: float | None = None


class _Given(Struct, frozen=True):
    """A marker as clients send it; what else they send is not kept."""

    x: float
    y: float
    label: str
    color: str | None = None
    undeletable: bool | int | None = None
    status: int | None = None
    err: float | None = None


class Bounds(Struct, frozen=True):
    """What markers must keep to; None: nobody knows yet. width and height are those of the picture as turned."""

    width: int | None
    height: int | None
    labels: int


def parse(text: str, bounds: Bounds) -> list[Marker]:
    """Return the markers of a JSON array. Raises Invalid (where="trackpoints")."""
    try:
        raw = msgspec.json.decode(text)
        given = msgspec.convert(raw, list[_Given], strict=False)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise _refused(f"trackpoints must be a JSON array of {{x, y, label}}: {error}") from error
    if len(given) > bounds.labels:
        raise _refused(f"{len(given)} trackpoints; the limit is {bounds.labels}", bounds.labels)
    markers = [_checked(marker, bounds) for marker in given]
    twins = [label for label, count in Counter(marker.label for marker in markers).items() if count > 1]
    if twins:
        raise _refused(f"two trackpoints have the label {twins[0]!r}")
    return markers


def checked_label(text: str) -> str:
    """Return a label without the space around it. Raises Invalid unless it has 1 to 100 characters."""
    label = text.strip()
    if not 1 <= len(label) <= LABEL_LIMIT or "\0" in label:
        raise Invalid(
            f"a marker label has 1 to {LABEL_LIMIT} characters", where="new_label", limit=LABEL_LIMIT
        )
    return label


def colours_of(markers: list[Marker]) -> dict[str, str]:
    """Return the colours that markers are drawn in, `#rrggbb` by label; one that the wire's drawing does not know is none."""
    known = {marker.label: COLOURS.get(marker.color or "", marker.color or "") for marker in markers}
    return {label: colour for label, colour in known.items() if _HEX_COLOUR.fullmatch(colour)}


def encode(markers: list[Marker]) -> str:
    return msgspec.json.encode(markers).decode()


def decode(text: str) -> list[Marker]:
    return msgspec.json.decode(text, type=list[Marker])


def on_wire(marker: Marker, frame: int) -> dict[str, Any]:
    """Return a marker as clients read it."""
    return {**msgspec.to_builtins(marker), "frame_number": frame}


def _checked(given: _Given, bounds: Bounds) -> Marker:
    label = given.label.strip()
    if not 1 <= len(label) <= LABEL_LIMIT or "\0" in label:
        raise _refused(f"a marker label has 1 to {LABEL_LIMIT} characters", LABEL_LIMIT)
    if given.color is not None and len(given.color) > COLOUR_LIMIT:
        raise _refused(f"marker {label!r}: color has at most {COLOUR_LIMIT} characters", COLOUR_LIMIT)
    for axis, value, limit in (("x", given.x, bounds.width), ("y", given.y, bounds.height)):
        if not math.isfinite(value):
            raise _refused(f"marker {label!r}: {axis} is not a finite number")
        if limit is not None and not 0 <= value <= limit:
            raise _refused(f"marker {label!r}: {axis} = {value:g} is outside the frame (0 to {limit})", limit)
    undeletable = None if given.undeletable is None else bool(given.undeletable)
    return Marker(given.x, given.y, label, given.color, undeletable, given.status, given.err)


def _refused(message: str, limit: float | None = None) -> Invalid:
    return Invalid(message, where="trackpoints", limit=limit)
