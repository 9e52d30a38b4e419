"""Look for a window in a wider neighbourhood, where steps from its last place do not lead to it."""

import cv2
import numpy as np

from pipelines.track.windows import Samples
from pipelines.video.picture import Plane

_UPRIGHT = 0.02  # a turn or growth that a search does not notice


def search(luma: Plane, window: Samples, side: int, centre: complex, radius: int) -> tuple[complex, float]:
    """Give the place, to a pixel, within `radius` px of `centre` that is most like a window, and how alike, -1..1.

    window: (side * side,). On a picture too small or a window beyond its edge the likeness is -1.
    """
    height, width = luma.shape
    half = side // 2
    left, top = (max(0, round(c) - radius - half) for c in (centre.real, centre.imag))
    right = min(width, round(centre.real) + radius + half + 1)
    bottom = min(height, round(centre.imag) + radius + half + 1)
    if right - left < side or bottom - top < side:
        return centre, -1.0
    levels = np.clip(128 + 40 * window, 0, 255).astype(np.uint8).reshape(side, side)
    likeness = cv2.matchTemplate(luma[top:bottom, left:right], levels, cv2.TM_CCOEFF_NORMED)
    _, best, _, (x, y) = cv2.minMaxLoc(np.nan_to_num(likeness, nan=-1.0, posinf=-1.0, neginf=-1.0))
    return complex(left + x + half, top + y + half), float(best)


def turned_window(window: Samples, side: int, turn: complex) -> Samples:
    """Give a window (side * side,) as it looks when turned and scaled; its rim repeats."""
    if abs(turn - 1) < _UPRIGHT:
        return window
    middle = (side - 1) / 2
    back = 1 / turn
    shift = complex(middle, middle) * (1 - back)
    matrix = np.array([[back.real, -back.imag, shift.real], [back.imag, back.real, shift.imag]])
    image = window.reshape(side, side)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    shown = cv2.warpAffine(image, matrix, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(shown, np.float32).ravel()
