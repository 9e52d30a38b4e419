"""Lines, rings and words drawn onto the planes of a YUV 4:2:0 picture."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2

from pipelines.video.picture import Plane

Place = tuple[float, float]  # (x, y) in luma pixels
Planes = Sequence[Plane]  # Y, and U and V of half its sides

_SHIFT = 4  # OpenCV takes places in sixteenths of a pixel
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_DARK = 0.3  # what is left of the picture behind a word
_WHITE_Y = 235
_BLACK_Y = 16
_NO_COLOUR = 128


class Colour(NamedTuple):
    """BT.601, limited range."""

    y: int
    u: int
    v: int


def colour_of(red: int, green: int, blue: int) -> Colour:
    """Give an RGB colour (0..255) in YUV. Source: ITU-R BT.601-7, limited range."""
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    u, v = (blue - y) / 1.772, (red - y) / 1.402
    return Colour(round(16 + y * 219 / 255), round(128 + u * 224 / 255), round(128 + v * 224 / 255))


def line(planes: Planes, ends: tuple[Place, Place], colour: Colour, thickness: int) -> None:
    """Draw a straight line."""
    for index, plane in enumerate(planes):
        a, b = (_fixed(end, index) for end in ends)
        cv2.line(plane, a, b, colour[index], _width(thickness, index), cv2.LINE_AA, _SHIFT)


def ring(planes: Planes, centre: Place, radius: float, colour: Colour, thickness: int) -> None:
    """Draw a circle with a thin dark rim, to be seen on any ground."""
    at = _fixed(centre, 0)
    size = round(radius * (1 << _SHIFT))
    cv2.circle(planes[0], at, size, _BLACK_Y, thickness + 2, cv2.LINE_AA, _SHIFT)
    for index, plane in enumerate(planes):
        at, size = _fixed(centre, index), round(radius / _step(index) * (1 << _SHIFT))
        cv2.circle(plane, at, size, colour[index], _width(thickness, index), cv2.LINE_AA, _SHIFT)


def word_size(text: str, scale: float) -> tuple[int, int]:
    """Give the (width, height) in pixels of a word with its ground."""
    (width, height), baseline = cv2.getTextSize(text, _FONT, scale, 1)
    return width + 8, height + baseline + 4


def word(planes: Planes, corner: tuple[int, int], text: str, scale: float) -> None:
    """Write white on a darkened ground whose top left corner is given, moved inside the picture if need be."""
    width, height = word_size(text, scale)
    rows, columns = planes[0].shape
    x = max(0, min(corner[0], columns - width)) & ~1
    y = max(0, min(corner[1], rows - height)) & ~1
    for index, plane in enumerate(planes):
        step, rest = _step(index), _BLACK_Y if index == 0 else _NO_COLOUR
        ground = plane[y // step : (y + height) // step, x // step : (x + width) // step]
        ground[:] = (ground * _DARK + rest * (1 - _DARK)).astype(ground.dtype)
    baseline = cv2.getTextSize(text, _FONT, scale, 1)[1]
    cv2.putText(planes[0], text, (x + 4, y + height - baseline - 1), _FONT, scale, _WHITE_Y, 1, cv2.LINE_AA)


def _step(index: int) -> int:
    return 1 if index == 0 else 2


def _width(thickness: int, index: int) -> int:
    return max(1, round(thickness / _step(index)))


def _fixed(place: Place, index: int) -> tuple[int, int]:
    step = _step(index)
    x, y = (((c + 0.5) / step - 0.5) * (1 << _SHIFT) for c in place)
    return round(x), round(y)
