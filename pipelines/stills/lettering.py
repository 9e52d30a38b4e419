"""Words on a picture, in the sans-serif that OpenCV brings along: all of Latin, Greek, Cyrillic and Chinese."""

from enum import IntEnum

import cv2

from pipelines.stills.region import Bgr

Colour = tuple[int, int, int]  # blue, green, red

_ELLIPSIS = "…"


class Weight(IntEnum):
    """Of a stroke."""

    REGULAR = 400
    BOLD = 700


def width_px(text: str, size_px: int, weight: Weight = Weight.REGULAR) -> int:
    """Give how wide a line is."""
    _, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), cv2.FontFace("sans"), size_px, weight)
    return width


def shortened(text: str, size_px: int, room_px: int, weight: Weight = Weight.REGULAR) -> str:
    """Give as much of a line as there is room for, in one line whatever breaks it has."""
    text = " ".join(text.split())
    if width_px(text, size_px, weight) <= room_px:
        return text
    short, long = 0, len(text)
    while short + 1 < long:
        middle = (short + long) // 2
        fits = width_px(text[:middle] + _ELLIPSIS, size_px, weight) <= room_px
        short, long = (middle, long) if fits else (short, middle)
    return text[:short].rstrip() + _ELLIPSIS


def write(
    picture: Bgr,
    text: str,
    at: tuple[int, int],
    *,
    size_px: int,
    colour: Colour,
    weight: Weight = Weight.REGULAR,
) -> None:
    """Write a line onto the picture; `at` is (x, y) of the left end of its base line."""
    cv2.putText(picture, text, at, colour, cv2.FontFace("sans"), size_px, weight)
