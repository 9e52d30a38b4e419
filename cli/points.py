"""Points, corrections and picture sizes as a user writes them on the command line."""

import re

from darkroom.errors import Invalid
from darkroom.params import Correction, PictureSize, Point

ANALYSIS_SIDE = 640  # px; Plant Tracer's clients show movies so that the longer side has this length
CORRECTIONS = "write LABEL@FRAME:x,y and put ; between corrections, as in 'Apex@120:301,158;Apex@200:310,140'"
GRAMMAR = "write x,y or LABEL:x,y and put ; between points, as in 'Apex:278,166;Base:10,20'"


def read_points(text: str) -> list[Point]:
    """Return the points, named P1, P2 … where no label is given. Raises Invalid."""
    written = [piece.strip() for piece in text.split(";") if piece.strip()]
    if not written:
        raise Invalid("no points are given", where="--points", hint=GRAMMAR)
    return [_read_point(piece, number) for number, piece in enumerate(written, start=1)]


def _read_point(piece: str, number: int) -> Point:
    label, colon, place = piece.rpartition(":")
    try:
        x, y = (float(part) for part in place.split(","))
    except ValueError as error:
        raise Invalid(f"{piece!r} is no point", where="--points", hint=GRAMMAR) from error
    return Point(label.strip() if colon else f"P{number}", x, y)


def read_corrections(text: str) -> list[Correction]:
    """Return the corrections. Raises Invalid."""
    written = [piece.strip() for piece in text.split(";") if piece.strip()]
    return [_read_correction(piece) for piece in written]


def _read_correction(piece: str) -> Correction:
    named, _, place = piece.rpartition(":")
    label, _, frame = named.rpartition("@")
    try:
        x, y = (float(part) for part in place.split(","))
        return Correction(label.strip(), int(frame), x, y)
    except ValueError as error:
        raise Invalid(f"{piece!r} is no correction", where="--correct", hint=CORRECTIONS) from error


def read_colours(text: str) -> dict[str, str]:
    """Return colours by label, from `LABEL=#RRGGBB;…`; whether each is one, the params say. Raises Invalid."""
    colour_by_label: dict[str, str] = {}
    for piece in (piece.strip() for piece in text.split(";") if piece.strip()):
        label, sign, colour = piece.rpartition("=")
        if not sign:
            raise Invalid(f"{piece!r} is no colour of a label", where="--colours", hint="say 'Apex=#2aa198'")
        colour_by_label[label.strip()] = colour.strip()
    return colour_by_label


def read_size(text: str, width: int, height: int) -> PictureSize | None:
    """Return the size in pixels of the picture on which points were marked, None for the source's own.

    text: `source`, `analysis` or `WIDTHxHEIGHT`. width, height: of the source's upright picture. Raises Invalid.
    """
    if text == "source":
        return None
    if text == "analysis":
        return analysis_size(width, height)
    found = re.fullmatch(r"(\d{1,6})[xX×](\d{1,6})", text)
    if found is None:
        raise Invalid(
            f"{text!r} is no picture size", where="--points-size", hint="write source, analysis or 640x480"
        )
    return PictureSize(int(found[1]), int(found[2]))


def analysis_size(width: int, height: int) -> PictureSize:
    """Return the size of the picture scaled so that its longer side has 640 px."""
    scale = ANALYSIS_SIDE / max(width, height)
    return PictureSize(max(1, round(width * scale)), max(1, round(height * scale)))
