"""Pictures made larger or smaller."""

import cv2
import numpy as np

from pipelines.errors import BadInput
from pipelines.stills.region import Bgr

Size = tuple[int, int]  # (width, height) in pixels


def scaled_size(size: Size, width: int | None, height: int | None) -> Size:
    """Give the size to scale to: one side given keeps the aspect, both are taken as they are.

    Raises BadInput (bad_size) for a side below 1.
    """
    for name, side in (("width", width), ("height", height)):
        if side is not None and side < 1:
            raise BadInput(f"{name} {side}: a picture has at least 1 pixel", code="bad_size")
    if width is None and height is None:
        return size
    if width is None:
        return max(1, round(size[0] * (height or 1) / size[1])), height or 1
    return width, height or max(1, round(size[1] * width / size[0]))


def check_pixels(size: Size, limit: int, what: str) -> None:
    """Raise BadInput (too_many_pixels) when a picture would have more pixels than `limit`."""
    width, height = size
    if width * height > limit:
        raise BadInput(
            f"{what} of {width}x{height} has more than {limit:,} pixels",
            code="too_many_pixels",
            hint="scale it down with width or height",
        )


def scale(picture: Bgr, size: Size) -> Bgr:
    """Give the picture in another size: means of areas where it shrinks, cubic where it grows."""
    height, width = picture.shape[:2]
    if (width, height) == size:
        return picture
    shrinks = size[0] <= width and size[1] <= height
    return _resized(picture, size, cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def fit(picture: Bgr, size: Size) -> Bgr:
    """Scale a picture of another aspect to lie in the middle of `size`, on black."""
    height, width = picture.shape[:2]
    if width * size[1] == height * size[0]:
        return scale(picture, size)
    factor = min(size[0] / width, size[1] / height)
    inner = (max(1, int(width * factor)), max(1, int(height * factor)))
    left, top = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    ground = np.zeros((size[1], size[0], 3), np.uint8)
    ground[top : top + inner[1], left : left + inner[0]] = scale(picture, inner)
    return ground


def _resized(picture: Bgr, size: Size, interpolation: int) -> Bgr:
    resized: Bgr = cv2.resize(np.ascontiguousarray(picture), size, interpolation=interpolation).astype(
        np.uint8, copy=False
    )
    return resized
