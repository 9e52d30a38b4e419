"""The paths that points have gone, kept on a layer of their own: each frame adds one segment to each."""

import cv2
import numpy as np

from pipelines.track.pen import Colour, Place, Planes, line
from pipelines.video.picture import Plane

_SOFT_RIM_PX = 4  # of colour, beyond the cover: what is blended in has it in full
_OPAQUE = Colour(255, 255, 255)  # on the cover planes this is weight, not colour


class Trail:
    """Coloured paths of any length, laid over a picture at a price that does not grow with the movie.

    Three planes of colour and three of cover (0..255), and the part of the picture that they touch.
    is_soft: its edges are blended with the picture, at three times the price. Hard colours are their own cover: they
    are of limited range, where none is 0.
    """

    def __init__(self, planes: Planes, thickness: int, *, is_soft: bool = True) -> None:
        self._thickness = thickness
        self._is_soft = is_soft
        self._kind = cv2.LINE_AA if is_soft else cv2.LINE_8
        self._rim = _SOFT_RIM_PX if is_soft else 0
        self._colours = [np.zeros_like(plane) for plane in planes]
        self._covers = [np.zeros_like(plane) for plane in planes] if is_soft else self._colours
        self._touched: tuple[int, int, int, int] | None = None  # x0, y0, x1, y1

    def extend(self, start: Place, end: Place, colour: Colour) -> None:
        """Add a segment."""
        if not (self._is_near(start) and self._is_near(end)):
            return
        line(self._colours, (start, end), colour, self._thickness + self._rim, self._kind)
        if self._is_soft:
            line(self._covers, (start, end), _OPAQUE, self._thickness, self._kind)
        self._touch(start, end)

    def lay_on(self, planes: Planes) -> None:
        """Draw all segments onto a picture."""
        if self._touched is None:
            return
        for index, plane in enumerate(planes):
            step = 1 if index == 0 else 2
            x0, y0, x1, y1 = (edge // step for edge in self._touched)
            part = np.s_[y0:y1, x0:x1]
            colour, cover = self._colours[index][part], self._covers[index][part]
            if self._is_soft:
                plane[part] = _mixed(plane[part], colour, cover)
            else:
                cv2.copyTo(colour, cover, plane[part])

    def _is_near(self, place: Place) -> bool:
        """Tell whether a place is in or near the picture: a lost point may be anywhere."""
        rows, columns = self._covers[0].shape
        x, y = place
        return bool(-columns < x < 2 * columns and -rows < y < 2 * rows)

    def _touch(self, start: Place, end: Place) -> None:
        if self._holds(start) and self._holds(end):
            return
        height, width = self._covers[0].shape
        rim = self._thickness + _SOFT_RIM_PX
        x0, x1 = _span(start[0], end[0], rim, width)
        y0, y1 = _span(start[1], end[1], rim, height)
        old = self._touched or (x0, y0, x1, y1)
        self._touched = (min(old[0], x0), min(old[1], y0), max(old[2], x1), max(old[3], y1))

    def _holds(self, place: Place) -> bool:
        """Tell whether a stroke to this place touches nothing new, as nearly all do."""
        if self._touched is None:
            return False
        (x0, y0, x1, y1), (x, y) = self._touched, place
        rim = self._thickness + _SOFT_RIM_PX + 3
        return x0 + rim <= x < x1 - rim and y0 + rim <= y < y1 - rim


def _span(a: float, b: float, rim: int, side: int) -> tuple[int, int]:
    """Give the even pixels (first, behind the last) within 0..side that a stroke from a to b may touch."""
    first, last = sorted((a, b))
    low, high = int(first) - rim, int(last) + rim + 2
    return min(side, max(0, low)) & ~1, min(side, max(0, high)) & ~1


def _mixed(ground: Plane, colour: Plane, cover: Plane) -> Plane:
    """Give ground * (1 - cover) + colour * cover, rounded."""
    hidden = cv2.multiply(colour, cover, scale=1 / 255)
    left = cv2.multiply(ground, cv2.bitwise_not(cover), scale=1 / 255)
    mixed: Plane = cv2.add(hidden, left)  # type: ignore[assignment]
    return mixed
