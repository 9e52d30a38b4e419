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

    The numbers are those of `cv2.resize` with INTER_AREA, whatever the way. A view that turns or mirrors a decoder's
    plane is turned back: to copy it pixel by pixel would take longer than all else.
    """
    swaps = abs(plane.strides[0]) < abs(plane.strides[1])
    stored = plane.T if swaps else plane
    rows, columns = (-1 if stride < 0 else 1 for stride in stored.strides)
    stored = stored[::rows, ::columns]
    stored_size = size[::-1] if swaps else size
    if stored.shape[0] % stored_size[1] == 0 and stored.shape[1] % stored_size[0] == 0:
        # Sums of whole pixels are the same from every side.
        small = _reduced(stored, stored_size)[::rows, ::columns]
        return np.ascontiguousarray(small.T if swaps else small)
    is_turned = swaps or rows < 0 or columns < 0
    return _reduced(np.ascontiguousarray(plane) if is_turned else plane, size)


def _reduced(plane: Plane, size: Size) -> Plane:
    """Give a plane whose rows lie in memory one after the other in another size."""
    width, height = size
    if plane.shape == (height, width):
        return np.array(plane, order="C")
    if plane.shape == (height * _BY_BLUR, width * _BY_BLUR):
        means = cv2.blur(plane, (_BY_BLUR, _BY_BLUR))
        return np.ascontiguousarray(means[1::_BY_BLUR, 1::_BY_BLUR], np.uint8)
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]
