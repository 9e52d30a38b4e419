"""How a traced movie is drawn."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pipelines.errors import BadInput
from pipelines.track.analysis.rulers import ruler_mm

Rgb = tuple[int, int, int]  # 0..255

FPS_LIMIT = 240
PALETTE: tuple[Rgb, ...] = (
    (255, 165, 0),
    (0, 200, 255),
    (255, 60, 200),
    (150, 255, 60),
    (255, 230, 40),
    (60, 255, 200),
    (255, 80, 60),
    (180, 130, 255),
)
# Plant Tracer's: rulers red, an Apex orange, then these in turn, then what the label's digest says.
RED: Rgb = (255, 0, 0)
ORANGE: Rgb = (255, 165, 0)
_COLOUR = re.compile("#[0-9a-fA-F]{6}")
_PLANT_TRACER: tuple[Rgb, ...] = ((255, 0, 255), (0xB5, 0x89, 0), (0, 0x96, 0xFF))


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn, and how fast it is shown.

    style: our rings, or the filled circles of Plant Tracer. names, scale_bar, clock: whether each is drawn; a scale bar
    needs two points that are named as a ruler's. fps: frames a second instead of the source's own times. size: of the
    source, at most 1280 px long, or that of the picture that is analysed. first: the frame that the movie begins with,
    of this track or of an earlier one; None for the first that there is. comment: the file's own tag.
    colours: `#rrggbb` by label, in place of the style's own; Plant Tracer's rulers and Apex keep theirs.
    """

    style: Literal["darkroom", "planttracer"] = "darkroom"
    names: bool = True
    scale_bar: bool = True
    clock: bool = True
    fps: float | None = None
    size: Literal["source", "analysis"] = "source"
    first: int | None = None
    comment: str = ""
    colours: Mapping[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """Raise BadInput: bad_fps when the frames cannot be shown so fast, bad_colour for what is none."""
        if self.fps is not None and not 0 < self.fps <= FPS_LIMIT:
            raise BadInput(f"drawing.fps {self.fps:g} is not above 0 and at most {FPS_LIMIT}", code="bad_fps")
        for label, colour in self.colours.items():
            if not _COLOUR.fullmatch(colour):
                raise BadInput(f"the colour of {label!r}, {colour!r}, is not #rrggbb", code="bad_colour")


def colours(drawing: Drawing, labels: Sequence[str]) -> list[Rgb]:
    """Give the colour of each point."""
    wanted = {label: _parsed(colour) for label, colour in drawing.colours.items()}
    if drawing.style == "darkroom":
        return [wanted.get(label) or PALETTE[place % len(PALETTE)] for place, label in enumerate(labels)]
    spare = iter(_PLANT_TRACER)
    return [
        _by_label(label) or wanted.get(label) or next(spare, None) or _by_digest(label) for label in labels
    ]


def _parsed(colour: str) -> Rgb:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def _by_label(label: str) -> Rgb | None:
    if ruler_mm(label) is not None:
        return RED
    return ORANGE if label == "Apex" else None


def _by_digest(label: str) -> Rgb:
    red, green, blue = hashlib.sha256(label.encode()).digest()[:3]
    return red, green, blue
