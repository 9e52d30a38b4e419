"""The points that a person marks on the first frame, checked before anything is computed."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import BadInput


class Point(NamedTuple):
    """A named place: (x, y) in pixels of the upright picture, origin top left, y down.

    The centre of the top left pixel is (0, 0), so the picture reaches from -0.5 to width - 0.5.
    """

    label: str
    x: float
    y: float


class Correction(NamedTuple):
    """Where a person says that a point is on a later frame: in the same pixels as the points themselves."""

    label: str
    frame: int
    x: float
    y: float


Size = tuple[int, int]  # (width, height)


def rescale(points_px: NDArray[np.float64], from_size: Size, to_size: Size) -> NDArray[np.float64]:
    """Give the same places (n, 2) on a picture of another size: x' = (x + 0.5) * s - 0.5 on each axis.

    Pixel centres are kept where `cv2.resize` puts them.
    """
    scale = np.asarray(to_size, np.float64) / np.asarray(from_size, np.float64)
    return (points_px + 0.5) * scale - 0.5


def checked_places(points: Sequence[Point], points_size: Size | None, size: Size) -> NDArray[np.float64]:
    """Give the points as (n, 2) float64 in pixels of a picture of `size`.

    points_size: the picture on which they were marked, when it is not of `size`.
    Raises BadInput: no_points, label_twice, points_size_empty, point_outside.
    """
    if not points:
        raise BadInput("no point is marked", code="no_points")
    places = np.array([(x, y) for _, x, y in points], np.float64)
    _refuse_twins([label for label, _, _ in points])
    marked_on = points_size or size
    if min(marked_on) < 1:
        raise BadInput(
            f"no point lies on a picture of {marked_on[0]}x{marked_on[1]}", code="points_size_empty"
        )
    for (label, x, y), place in zip(points, places, strict=True):
        if not is_inside(place, marked_on):
            raise BadInput(
                f"point {label!r} at ({x:g}, {y:g}) lies outside the picture of {marked_on[0]}x{marked_on[1]}",
                code="point_outside",
                hint="points are in pixels of the upright picture, or of `points_size` when that is given",
            )
    return rescale(places, marked_on, size)


def is_inside(places_px: NDArray[np.floating], size: Size) -> bool:
    """Tell whether all places lie on a picture (width, height)."""
    return bool(np.all((places_px >= -0.5) & (places_px <= np.asarray(size) - 0.5)))


def inside(places_px: NDArray[np.floating], size: Size) -> NDArray[np.bool_]:
    """Tell which places (n, 2) lie on a picture (width, height)."""
    held = (places_px >= -0.5) & (places_px <= np.asarray(size) - 0.5)
    return np.logical_and(held[:, 0], held[:, 1])


def _refuse_twins(labels: list[str]) -> None:
    for label in labels:
        if labels.count(label) > 1:
            raise BadInput(f"two points have the label {label!r}", code="label_twice")
