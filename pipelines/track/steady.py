"""Take the camera's shake out of places, by what rests: the rulers, or the background."""

import re
from collections.abc import Sequence
from typing import Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.errors import BadInput
from pipelines.track.precise import Precise
from pipelines.track.status import Status
from pipelines.track.windows import Complex, as_complex, as_places
from pipelines.video.picture import Plane

Stabilise = Literal["none", "rulers", "background"]
RULER = re.compile(r"^Ruler\s*\d+mm$")
_FARTHEST = (
    3.0  # a point so many times farther from the rulers than they from each other is turned too uncertainly
)
_CORNERS = 24  # of the background that are followed
_FEWEST = 4
_AROUND_PX = 48  # of a marked point: what is there may be the plant
_OUTLIER_PX = 1.5


class Steady(Protocol):
    """What rests in a scene."""

    def stable(
        self, luma: Plane, places_px: NDArray[np.float32], status: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        """Give places (n, 2) of the next frame where they would be on the first; to be asked for every frame in turn."""


class Rulers:
    """Rulers rest: a similarity, where they lie far enough apart, or a shift brings them back to their first places."""

    def __init__(self, labels: Sequence[str], places_px: NDArray[np.float32]) -> None:
        self._which = np.array(
            [number for number, label in enumerate(labels) if RULER.match(label)], np.int64
        )
        if not len(self._which):
            raise BadInput(
                "there is no ruler to hold the picture by",
                code="no_rulers",
                hint="mark a point that rests and call it like 'Ruler 0mm', or stabilise by the background",
            )
        self._home = as_complex(places_px)[self._which]
        reach = np.abs(as_complex(places_px)[:, None] - self._home[None, :]).max()
        self._may_turn = reach < _FARTHEST * _spread(self._home)
        self._last: tuple[complex, complex] = (1, 0)

    def stable(
        self, luma: Plane, places_px: NDArray[np.float32], status: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        """Give places (n, 2) where they would be on the first frame; while no ruler is seen, the last shift holds."""
        del luma
        seen = status[self._which] == Status.TRACKED
        places = as_complex(places_px)
        if seen.any():
            self._last = _similarity(places[self._which][seen], self._home[seen], may_turn=self._may_turn)
        turn, shift = self._last
        return as_places((turn * places + shift).astype(np.complex64))


class Background:
    """Corners of the background rest, away from the points; those that move after all are outvoted."""

    def __init__(self, first: Plane, places_px: NDArray[np.float32]) -> None:
        self._home = _corners(first, places_px)
        if len(self._home) < _FEWEST:
            raise BadInput(
                "the background shows nothing to hold the picture by",
                code="no_background",
                hint="mark rulers, and stabilise by them",
            )
        self._engine = Precise(first, self._home.astype(np.float64))
        self._last = np.eye(2, 3)
        self._is_first = True

    def stable(
        self, luma: Plane, places_px: NDArray[np.float32], status: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        """Give places (n, 2) where they would be on the first frame; while no corner is seen, the last shift holds.

        Source: RANSAC (Fischler & Bolles 1981) as in OpenCV, whose random numbers are always the same.
        """
        del status
        if self._is_first:
            self._is_first = False
            return places_px
        self._engine.advance(luma)
        seen = self._engine.status == Status.TRACKED
        if seen.sum() >= _FEWEST:
            found, _ = cv2.estimateAffinePartial2D(
                self._engine.places_px[seen], self._home[seen], ransacReprojThreshold=_OUTLIER_PX
            )
            self._last = self._last if found is None else found
        return (places_px @ self._last[:, :2].T + self._last[:, 2]).astype(np.float32)


def steady_by(
    stabilise: Stabilise, first: Plane, places_px: NDArray[np.float32], labels: Sequence[str]
) -> Steady | None:
    """Give what rests, from the first frame. Raises BadInput: no_rulers, no_background."""
    match stabilise:
        case "none":
            return None
        case "rulers":
            return Rulers(labels, places_px)
        case "background":
            return Background(first, places_px)


def _spread(places: Complex) -> float:
    return float(np.abs(places[:, None] - places[None, :]).max())


def _similarity(places: Complex, home: Complex, *, may_turn: bool) -> tuple[complex, complex]:
    """Give (turn, shift) with turn * places + shift nearest to home, by least squares."""
    middle, home_middle = complex(places.mean()), complex(home.mean())
    offset, home_offset = places - middle, home - home_middle
    size = float(np.sum(np.abs(offset) ** 2))
    turn = complex(np.sum(home_offset * np.conj(offset)) / size) if may_turn and size > 0 else 1 + 0j
    return turn, home_middle - turn * middle


def _corners(first: Plane, places_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give corners (k, 2) of the picture, spread over it. Source: Shi & Tomasi 1994."""
    mask = np.full(first.shape, 255, np.uint8)
    zoom = max(first.shape) / 640
    for x, y in places_px.tolist():
        cv2.circle(mask, (round(x), round(y)), round(_AROUND_PX * zoom), 0, -1)
    margin = round(20 * zoom)
    mask[:margin], mask[-margin:], mask[:, :margin], mask[:, -margin:] = 0, 0, 0, 0
    found = cv2.goodFeaturesToTrack(np.ascontiguousarray(first), _CORNERS, 0.02, 40 * zoom, mask=mask)
    if found is None:
        return np.zeros((0, 2), np.float32)
    return np.asarray(found, np.float32).reshape(-1, 2)
