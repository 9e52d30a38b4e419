"""Carry points from one frame to the next by Lucas-Kanade optical flow, as Plant Tracer does."""

import numpy as np
from numpy.typing import NDArray

from pipelines.track.points import Size, inside, rescale
from pipelines.track.reduce import reduced
from pipelines.track.score import flow_score
from pipelines.track.status import Status
from pipelines.track.strips import Kernel, carry
from pipelines.track.windows import as_complex, grid, normalised, sample, weights
from pipelines.video.picture import Plane

# Source: Bouguet 2000, pyramidal Lucas & Kanade 1981; the numbers are those of Plant Tracer's tracer.py.
ANALYSIS_SIDE_PX = 640  # longest side of the picture that is analysed; smaller movies are enlarged
KERNEL = Kernel(window=15, levels=2, iterations=10, epsilon=0.03)
_PIXELS = grid(KERNEL.window)
_WEIGHT = weights(KERNEL.window, 1.0)


class Flow:
    """Points on a running movie, as float32 in pixels of the analysed picture: nothing rounded is fed back.

    Unlike Plant Tracer, which rounds to 0.1 px on each frame and so stops slow points altogether.
    """

    def __init__(self, first: Plane, places_px: NDArray[np.float64]) -> None:
        height, width = first.shape
        self._source_size: Size = (width, height)
        self._size = analysis_size(self._source_size)
        self._luma = reduced(first, self._size)
        count = len(places_px)
        self._points = np.zeros((count, 2), np.float32)
        self._seeds = np.zeros((count, len(_PIXELS)), np.float32)
        self.status = np.full(count, Status.TRACKED, np.uint8)
        self.err = np.zeros(count, np.float32)
        self.score = np.ones(count, np.float32)
        self.mark(np.arange(count), places_px)

    @property
    def places_px(self) -> NDArray[np.float32]:
        """Give the points (n, 2) float32 in pixels of the source picture."""
        return rescale(self._points.astype(np.float64), self._size, self._source_size).astype(np.float32)

    @property
    def analysed(self) -> Plane:
        """Give the frame's luma as it is analysed; it is never written to."""
        return self._luma

    def mark(self, which: NDArray[np.int64], places_px: NDArray[np.float64]) -> None:
        """Put some points, by their numbers, where a person says they are on the frame at hand."""
        self._points[which] = rescale(places_px, self._source_size, self._size)
        self._seeds[which] = self._windows()[which]
        self.status[which], self.err[which], self.score[which] = Status.TRACKED, 0, 1

    def advance(self, luma: Plane) -> None:
        """Find the points on the next frame; sets `status` (n,) uint8, `err` (n,) and `score` (n,) float32.

        err: how far, in px of the source, the way back ends from where the way there began; NaN for a lost point.
        """
        target = reduced(luma, self._size)
        found, held = carry(self._luma, target, self._points, None, KERNEL)
        back, is_back = carry(target, self._luma, found, None, KERNEL)
        zoom = max(self._source_size) / max(self._size)
        apart = np.hypot(*(back - self._points).T) * zoom
        self.err = np.where(held & is_back, apart, np.nan).astype(np.float32)
        self._points = np.where(held[:, None], found, self._points)
        self._luma = target
        self.status = np.where(held, Status.TRACKED, Status.LOST).astype(np.uint8)
        self.status[~inside(self._points, self._size)] = Status.OUT_OF_FRAME
        likeness = np.einsum("nm,nm,m->n", self._windows(), self._seeds, _WEIGHT)
        self.score = np.where(self.status == Status.TRACKED, flow_score(likeness, self.err), 0).astype(
            np.float32
        )

    def _windows(self) -> NDArray[np.float32]:
        ones = np.ones(len(self._points), np.complex64)
        return normalised(sample(self._luma, as_complex(self._points), ones, _PIXELS), _WEIGHT)[0]


def analysis_size(size: Size) -> Size:
    """Give the size of the analysed picture: the longest side is ANALYSIS_SIDE_PX, the other truncated."""
    scale = ANALYSIS_SIDE_PX / max(size)
    return max(1, int(size[0] * scale)), max(1, int(size[1] * scale))
