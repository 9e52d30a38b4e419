"""A region of a picture, cut out."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import BadInput

Bgr = NDArray[np.uint8]  # (height, width, 3): blue, green, red, 0..255


class Roi(NamedTuple):
    """Left and top edge, width and height in pixels of the picture as it is given out; its top left pixel is (0, 0)."""

    x: int
    y: int
    width: int
    height: int


def check_roi(roi: Roi, width: int, height: int, field: str = "roi") -> None:
    """Raise BadInput (roi_outside), naming `field` and the picture's size, unless the region lies within it."""
    for name, extent in (("width", roi.width), ("height", roi.height)):
        if extent < 1:
            raise BadInput(f"{field}: {name} {extent} leaves nothing of the picture", code="roi_outside")
    if roi.x < 0 or roi.y < 0 or roi.x + roi.width > width or roi.y + roi.height > height:
        raise BadInput(
            f"{field}: {roi.width}x{roi.height} at ({roi.x}, {roi.y}) is outside the picture of {width}x{height}",
            code="roi_outside",
        )


def crop(picture: Bgr, roi: Roi, field: str = "roi") -> Bgr:
    """Give the region, as a view. Raises BadInput as `check_roi`."""
    height, width = picture.shape[:2]
    check_roi(roi, width, height, field)
    return picture[roi.y : roi.y + roi.height, roi.x : roi.x + roi.width]
