"""The ways to follow points, behind one face."""

from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from pipelines.track.flow import Flow
from pipelines.track.precise import Precise
from pipelines.video.picture import Plane

Mode = Literal["precise", "baseline"]


class Engine(Protocol):
    """Points on a running movie, in pixels of the source.

    places_px: (n, 2) float32. status, err, score: (n,) uint8, float32, float32, as in `FrameTrack`.
    """

    status: NDArray[np.uint8]
    err: NDArray[np.float32]
    score: NDArray[np.float32]

    @property
    def places_px(self) -> NDArray[np.float32]: ...

    @property
    def analysed(self) -> Plane | None:
        """Give the frame's luma reduced to the size that is analysed, if that is what is looked at."""

    def mark(self, which: NDArray[np.int64], places_px: NDArray[np.float64]) -> None:
        """Put some points, by their numbers, where a person says they are on the frame at hand."""

    def advance(self, luma: Plane) -> None:
        """Find the points on the next frame, which is the one before when going back."""


def begin(mode: Mode, first: Plane, places_px: NDArray[np.float64]) -> Engine:
    """Give the engine of a mode at its first frame (height, width) uint8, with points (n, 2) float64."""
    match mode:
        case "precise":
            return Precise(first, places_px)
        case "baseline":
            return Flow(first, places_px)
