"""Reduce a plane by the mean of the pixels that meet in one, and as fast as OpenCV can."""

import cv2
import numpy as np

from pipelines.track.points import Size
from pipelines.video.picture import Plane

_BY_BLUR = (
    3  # for which OpenCV's own reduction takes three times as long as a blur of which most is thrown away
)


def reduced(plane: Plane, size: Size) -> Plane:
    """Give a plane (height, width) uint8 in another size (width, height), contiguous, and never the plane itself.

    The numbers are those of `cv2.resize` with INTER_AREA, whatever the way.
    """
    width, height = size
    if plane.shape == (height, width):
        return np.array(plane, order="C")
    if plane.shape == (height * _BY_BLUR, width * _BY_BLUR):
        means = cv2.blur(_with_rows(plane), (_BY_BLUR, _BY_BLUR))
        return np.ascontiguousarray(means[1::_BY_BLUR, 1::_BY_BLUR], np.uint8)
    return cv2.resize(_with_rows(plane), size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _with_rows(plane: Plane) -> Plane:
    """Give a plane whose rows lie in memory as OpenCV reads them: a decoder's with its padding, a turned one copied."""
    return plane if plane.strides[1] == 1 and plane.strides[0] > 0 else np.ascontiguousarray(plane)
