"""The upstream tracker re-enacted: Lucas-Kanade on whole pictures, its numbers, its rounding."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.track.flow import KERNEL
from pipelines.track.status import Status
from pipelines.video.picture import Plane


class Upstream:
    """Points from frame to frame, rounded to 0.1 px on each; a lost one silently keeps its place."""

    def __init__(self, first: Plane, places_px: NDArray[np.float64]) -> None:
        self._luma = first.copy()
        self.places_px = places_px.astype(np.float32)
        self.status = np.zeros(len(places_px), np.uint8)
        self.err = np.full(len(places_px), np.nan, np.float32)
        self.score = np.ones(len(places_px), np.float32)
        self.analysed: Plane | None = None

    def mark(self, which: NDArray[np.int64], places_px: NDArray[np.float64]) -> None:
        """Put some points, by their numbers, where a person says they are on the frame at hand."""
        self.places_px[which] = places_px

    def advance(self, luma: Plane) -> None:
        """Find the points on the next frame."""
        found, is_found, _ = cv2.calcOpticalFlowPyrLK(  # type: ignore[call-overload]
            self._luma,
            luma,
            self.places_px.reshape(-1, 1, 2),
            None,
            winSize=(KERNEL.window, KERNEL.window),
            maxLevel=KERNEL.levels,
            criteria=(cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, KERNEL.iterations, KERNEL.epsilon),
        )
        held = is_found.ravel().astype(np.bool_)
        places = np.where(held[:, None], found.reshape(-1, 2).round(1), self.places_px)
        self.places_px = places.astype(np.float32)
        self.status = np.where(held, Status.TRACKED, Status.LOST).astype(np.uint8)
        self._luma = luma.copy()
