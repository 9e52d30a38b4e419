"""Carry points from one frame to the next by Lucas-Kanade optical flow, as Plant Tracer does."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.track.points import Size, is_inside, rescale
from pipelines.track.status import Status
from pipelines.video.picture import Plane

# Source: Bouguet 2000, pyramidal Lucas & Kanade 1981; the numbers are those of Plant Tracer's tracer.py.
ANALYSIS_SIDE_PX = 640  # longest side of the picture that is analysed; smaller movies are enlarged
WINDOW_PX = (15, 15)
PYRAMID_LEVELS = 2
STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 10, 0.03)


class Flow:
    """Points on a running movie, as float32 in pixels of the analysed picture: nothing rounded is fed back.

    Unlike Plant Tracer, which rounds to 0.1 px on each frame and so stops slow points altogether.
    """

    def __init__(self, first: Plane, places_px: NDArray[np.float64]) -> None:
        height, width = first.shape
        self._source_size: Size = (width, height)
        self._size = analysis_size(self._source_size)
        self._luma = self._reduced(first)
        scaled = rescale(places_px, self._source_size, self._size)
        self._points = scaled.astype(np.float32).reshape(-1, 1, 2)
        self.status = np.full(len(places_px), Status.TRACKED, np.uint8)
        self.err = np.zeros(len(places_px), np.float32)
        self.score = np.ones(len(places_px), np.float32)

    @property
    def places_px(self) -> NDArray[np.float32]:
        """Give the points (n, 2) float32 in pixels of the source picture."""
        points = self._points.reshape(-1, 2).astype(np.float64)
        return rescale(points, self._size, self._source_size).astype(np.float32)

    def advance(self, luma: Plane) -> None:
        """Find the points on the next frame; sets `status` (n,) uint8 and `err` (n,) float32.

        err: mean absolute difference of luma over the window between both frames; NaN for a lost point.
        """
        target = self._reduced(luma)
        found, is_found, err = cv2.calcOpticalFlowPyrLK(  # type: ignore[call-overload]
            self._luma, target, self._points, None, winSize=WINDOW_PX, maxLevel=PYRAMID_LEVELS, criteria=STOP
        )
        held = is_found.ravel().astype(bool) & np.isfinite(found).all(axis=(1, 2))
        self._points = np.where(held[:, None, None], found, self._points)
        self._luma = target
        self.err = np.where(held, err.ravel(), np.nan).astype(np.float32)
        self.status = np.where(held, Status.TRACKED, Status.LOST).astype(np.uint8)
        self.status[self._outside()] = Status.OUT_OF_FRAME
        self.score = (self.status == Status.TRACKED).astype(np.float32)

    def _outside(self) -> NDArray[np.bool_]:
        points = self._points.reshape(-1, 2)
        inside = [is_inside(point, self._size) for point in points]
        return ~np.array(inside, np.bool_)

    def _reduced(self, luma: Plane) -> Plane:
        if self._size == self._source_size:
            return np.ascontiguousarray(luma)
        return cv2.resize(np.ascontiguousarray(luma), self._size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def analysis_size(size: Size) -> Size:
    """Give the size of the analysed picture: the longest side is ANALYSIS_SIDE_PX, the other truncated."""
    scale = ANALYSIS_SIDE_PX / max(size)
    return max(1, int(size[0] * scale)), max(1, int(size[1] * scale))
