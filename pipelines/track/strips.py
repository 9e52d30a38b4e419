"""Run Lucas-Kanade on small tiles around the points, side by side in one strip, instead of on whole pictures."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.video.picture import Plane

Places = NDArray[np.float32]
Part = tuple[
    NDArray[np.int64], NDArray[np.int64]
]  # of a picture: (x, y) of its first pixel, and behind its last
Light = tuple[float, float]  # factor of luma, and what is added then
STEADY: Light = (1.0, 0.0)
_FULL_SHARE = 0.7  # of a picture's pixels: where the tiles would hold more, the picture itself is cheaper


class Kernel(NamedTuple):
    """The numbers of a pyramidal Lucas-Kanade: window side in px, levels above the first, iterations, stop in px."""

    window: int
    levels: int
    iterations: int
    epsilon: float

    @property
    def reach(self) -> int:
        """Give how far from a point, in px, what it reads may lie: the window, its gradient, the pyramid's blur."""
        return (self.window // 2 + 4) << self.levels

    @property
    def tile(self) -> int:
        """Give the side of a tile that leaves a point room to move; of whole pixels on every level."""
        return _on_grid(2 * self.reach + (6 << self.levels), self.levels)


def carry(  # noqa: PLR0917 - the same two pictures and points in each call
    before: Plane,
    after: Plane,
    points: Places,
    guess: Places | None,
    kernel: Kernel,
    light: Light = STEADY,
) -> tuple[Places, NDArray[np.bool_]]:
    """Find points (n, 2) float32 of one picture on another; gives the places and which were found.

    guess: (n, 2), where to begin. light: what makes the light of `after` that of `before`. The numbers are those of
    whole pictures but for the rounding of float32: points that would read beyond the edge of their tile are done apart,
    at the picture's own edges, or on the pictures. Source: Bouguet 2000, pyramidal Lucas & Kanade 1981.
    """
    size = np.array(before.shape[::-1])
    start = points if guess is None else guess
    fits = min(before.shape) > kernel.tile and len(points) * kernel.tile**2 < _FULL_SHARE * before.size
    if not fits or not np.isfinite(points).all():
        return _run(before, _lit(after, light), points, start, kernel)
    here = _origins(points, size, kernel)
    there = here if guess is None else _origins(start, size, kernel)
    found, is_found = _in_strips(before, after, points, start, here, there, kernel, light)
    deep = _is_deep(points, here, kernel) & _is_deep(found, there, kernel)
    for row in np.flatnonzero(~deep).tolist():
        corner = np.minimum(here[row], there[row])
        end = np.maximum(here[row], there[row]) + kernel.tile
        one = slice(row, row + 1)
        found[one], is_found[one] = _alone(
            before, after, points[one], start[one], (corner, end), kernel, light
        )
    return found, is_found


def _alone(  # noqa: PLR0917 - as `carry`
    before: Plane,
    after: Plane,
    point: Places,
    start: Places,
    part: Part,
    kernel: Kernel,
    light: Light,
) -> tuple[Places, NDArray[np.bool_]]:
    """Find one point (1, 2) on a part of the pictures, whose edges may be theirs, or else on the whole."""
    size = np.array(before.shape[::-1])
    corner, end = part
    end = np.where(size - end < (1 << kernel.levels), size, end)
    cut = np.s_[corner[1] : end[1], corner[0] : end[0]]
    shift = corner.astype(np.float32)
    found, is_found = _run(before[cut], _lit(after[cut], light), point - shift, start - shift, kernel)
    found += shift
    ends = np.concatenate([point, found])
    held = (ends - corner >= kernel.reach) | (corner == 0)
    held &= (end - 1 - ends >= kernel.reach) | (end == size)
    if held.all():
        return found, is_found
    return _run(before, _lit(after, light), point, start, kernel)


def _in_strips(  # noqa: PLR0917 - two pictures, two places, two tiles
    before: Plane,
    after: Plane,
    points: Places,
    start: Places,
    here: NDArray[np.int64],
    there: NDArray[np.int64],
    kernel: Kernel,
    light: Light,
) -> tuple[Places, NDArray[np.bool_]]:
    side = kernel.tile
    slots = np.zeros_like(here)
    slots[:, 0] = np.arange(len(here)) * side
    from_here, from_there = (slots - here).astype(np.float32), (slots - there).astype(np.float32)
    strips = _strip(before, here, side), _lit(_strip(after, there, side), light)
    found, is_found = _run(*strips, points + from_here, start + from_there, kernel)
    return found - from_there, is_found


def _run(
    before: Plane, after: Plane, points: Places, start: Places, kernel: Kernel
) -> tuple[Places, NDArray[np.bool_]]:
    found, is_found, _ = cv2.calcOpticalFlowPyrLK(
        before,
        after,
        np.ascontiguousarray(points, np.float32).reshape(-1, 1, 2),
        np.array(start, np.float32).reshape(-1, 1, 2),
        winSize=(kernel.window, kernel.window),
        maxLevel=kernel.levels,
        criteria=(
            cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT,
            kernel.iterations,
            kernel.epsilon,
        ),
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    places = found.reshape(-1, 2).astype(np.float32, copy=False)
    return places, is_found.ravel().astype(np.bool_) & np.isfinite(places).all(axis=1)


def _lit(picture: Plane, light: Light) -> Plane:
    if light == STEADY:
        return picture
    return np.asarray(cv2.addWeighted(picture, light[0], picture, 0, light[1]), np.uint8)


def _strip(picture: Plane, origins: NDArray[np.int64], side: int) -> Plane:
    return np.concatenate([picture[y : y + side, x : x + side] for x, y in origins.tolist()], axis=1)


def _origins(points: Places, size: NDArray[np.int64], kernel: Kernel) -> NDArray[np.int64]:
    """Give the tiles' corners (n, 2), on pixels that all levels of the pyramid keep, wholly on the picture."""
    corners = np.rint(points).astype(np.int64) - kernel.tile // 2
    return np.minimum(np.maximum(corners, 0), size - kernel.tile) >> kernel.levels << kernel.levels


def _is_deep(points: Places, origins: NDArray[np.int64], kernel: Kernel) -> NDArray[np.bool_]:
    """Tell which points read nothing beyond the edge of their tile."""
    within = points - origins
    held = (within >= kernel.reach) & (within <= kernel.tile - 1 - kernel.reach)
    return np.logical_and(held[:, 0], held[:, 1])


def _on_grid(length: int, levels: int) -> int:
    return -(-length >> levels) << levels
