"""Lines, rings, discs and words drawn onto the planes of a YUV 4:2:0 picture."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import cv2

from pipelines.video.picture import Plane

Place = tuple[float, float]  # (x, y) in luma pixels
Planes = Sequence[Plane]  # Y, and U and V of half its sides

_SHIFT = 4  # OpenCV takes places in sixteenths of a pixel
FONT = cv2.FONT_HERSHEY_SIMPLEX
BT709, BT601 = 1, 6  # ITU-T H.273
_DARK = 0.3  # what is left of the picture behind a word
_WHITE_Y = 235


class Colour(NamedTuple):
    """Limited range."""

    y: int
    u: int
    v: int


_BLACK = Colour(16, 128, 128)


def colour_of(rgb: tuple[int, int, int], matrix: int = BT601) -> Colour:
    """Give an RGB colour (0..255) in YUV, limited range. Source: ITU-R BT.601-7, and BT.709-6 for the matrix 1."""
    red, green, blue = rgb
    of_red, of_blue = (0.2126, 0.0722) if matrix == BT709 else (0.299, 0.114)
    y = of_red * red + (1 - of_red - of_blue) * green + of_blue * blue
    u, v = (blue - y) / (2 - 2 * of_blue), (red - y) / (2 - 2 * of_red)
    return Colour(round(16 + y * 219 / 255), round(128 + u * 224 / 255), round(128 + v * 224 / 255))


def line(
    planes: Planes, ends: tuple[Place, Place], colour: Colour, thickness: int, kind: int = cv2.LINE_AA
) -> None:
    """Draw a straight line; kind: OpenCV's, cv2.LINE_8 for hard edges."""
    start, end = ends
    cv2.line(planes[0], _fine(start), _fine(end), colour.y, thickness, kind, _SHIFT)
    first, last, width = _coarse(start), _coarse(end), _half(thickness)
    for plane, part in zip(planes[1:], colour[1:], strict=False):
        cv2.line(plane, first, last, part, width, kind, _SHIFT)


def disc(planes: Planes, centre: Place, radius: float, colour: Colour) -> None:
    """Draw a filled circle with hard edges."""
    size = radius * (1 << _SHIFT)
    cv2.circle(planes[0], _fine(centre), round(size), colour.y, cv2.FILLED, cv2.LINE_8, _SHIFT)
    at, half = _coarse(centre), round(size / 2)
    for plane, part in zip(planes[1:], colour[1:], strict=True):
        cv2.circle(plane, at, half, part, cv2.FILLED, cv2.LINE_8, _SHIFT)


def cross(planes: Planes, centre: Place, radius: float, colour: Colour, thickness: int) -> None:
    """Draw two crossed lines with a thin dark rim."""
    (x, y), arm = centre, radius * 0.7
    strokes = [((x - arm, y - arm), (x + arm, y + arm)), ((x - arm, y + arm), (x + arm, y - arm))]
    for ends in strokes:
        line(planes[:1], ends, _BLACK, thickness + 2)
    for ends in strokes:
        line(planes, ends, colour, thickness)


def ring(planes: Planes, centre: Place, radius: float, colour: Colour, thickness: int) -> None:
    """Draw a circle with a thin dark rim, to be seen on any ground."""
    at, size = _fine(centre), radius * (1 << _SHIFT)
    cv2.circle(planes[0], at, round(size), _BLACK.y, thickness + 2, cv2.LINE_AA, _SHIFT)
    cv2.circle(planes[0], at, round(size), colour.y, thickness, cv2.LINE_AA, _SHIFT)
    at, half, width = _coarse(centre), round(size / 2), _half(thickness)
    for plane, part in zip(planes[1:], colour[1:], strict=True):
        cv2.circle(plane, at, half, part, width, cv2.LINE_AA, _SHIFT)


def word_size(text: str, scale: float, font: int = FONT) -> tuple[int, int]:
    """Give the (width, height) in pixels of a word with its ground."""
    width, height, baseline = _extent(text, scale, font)
    return width + 8, height + baseline + 4


@lru_cache(maxsize=64)
def _extent(text: str, scale: float, font: int) -> tuple[int, int, int]:
    """Give (width, height, baseline); OpenCV takes as long for it as for writing the word."""
    (width, height), baseline = cv2.getTextSize(text, font, scale, 1)
    return width, height, baseline


def word(
    planes: Planes,
    corner: tuple[int, int],
    text: str,
    scale: float,
    *,
    ground: Colour | None = None,
    font: int = FONT,
) -> None:
    """Write white on a ground whose top left corner is given, moved inside the picture if need be.

    ground: its colour; None for the picture, darkened.
    """
    width, height = word_size(text, scale, font)
    rows, columns = planes[0].shape
    x = max(0, min(corner[0], columns - width)) & ~1
    y = max(0, min(corner[1], rows - height)) & ~1
    for index, plane in enumerate(planes):
        step = _step(index)
        part = plane[y // step : (y + height) // step, x // step : (x + width) // step]
        if ground is None:
            cv2.convertScaleAbs(part, part, _DARK, _BLACK[index] * (1 - _DARK))
        else:
            part[:] = ground[index]
    baseline = _extent(text, scale, font)[2]
    cv2.putText(planes[0], text, (x + 4, y + height - baseline - 1), font, scale, _WHITE_Y, 1, cv2.LINE_AA)


def _step(index: int) -> int:
    return 1 if index == 0 else 2


def _half(thickness: int) -> int:
    """Give the thickness of a stroke on U and V."""
    return max(1, round(thickness / 2))


def _fine(place: Place) -> tuple[int, int]:
    """Give a place as OpenCV takes it on Y."""
    return round(place[0] * (1 << _SHIFT)), round(place[1] * (1 << _SHIFT))


def _coarse(place: Place) -> tuple[int, int]:
    """Give a place on U and V, where the pixel x covers 2 x and 2 x + 1: its centre is at 2 x + 0.5."""
    return round((place[0] - 0.5) * (1 << _SHIFT - 1)), round((place[1] - 0.5) * (1 << _SHIFT - 1))
