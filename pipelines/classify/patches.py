"""Square patches round the points of a picture, mirrored where they reach over its border."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import BadInput

Pixels = NDArray[np.uint8]  # (h, w, 3), RGB
Whole = Sequence[int] | NDArray[np.integer]  # rows or columns, counted from the top left pixel, which is 0


def check_points(rows: Whole, columns: Whole, width: int, height: int) -> None:
    """Raise BadInput, point_outside, for the first point that is not a pixel of the picture."""
    for row, column in zip(rows, columns, strict=True):
        if not 0 <= row < height:
            raise _outside("Row", int(row), height)
        if not 0 <= column < width:
            raise _outside("Column", int(column), width)


def cut_patches(pixels: Pixels, rows: Whole, columns: Whole, size: int, out: Pixels | None = None) -> Pixels:
    """Return (n, size, size, 3) uint8: the pixels round each point, which lies at index (size // 2, size // 2).

    Over the border the picture is mirrored without repeating its edge (reflect-101), as often as it takes, which is
    what padding the whole picture with NumPy's `reflect` would give. out: a buffer of at least n patches to reuse.
    Raises BadInput: point_outside.
    """
    height, width = pixels.shape[:2]
    check_points(rows, columns, width, height)
    patches = np.empty((len(rows), size, size, 3), np.uint8) if out is None else out[: len(rows)]
    for patch, row, column in zip(patches, rows, columns, strict=True):
        _cut(pixels, int(row) - size // 2, int(column) - size // 2, patch)
    return patches


def _cut(pixels: Pixels, top: int, left: int, patch: Pixels) -> None:
    """Fill one patch. Sides that lie within are sliced: only what reaches over the border is looked up."""
    height, width = pixels.shape[:2]
    size = len(patch)
    is_tall = top < 0 or top + size > height
    is_wide = left < 0 or left + size > width
    band = pixels[_mirrored(top, size, height)] if is_tall else pixels[top : top + size]
    patch[...] = band[:, _mirrored(left, size, width)] if is_wide else band[:, left : left + size]


def _mirrored(start: int, size: int, length: int) -> NDArray[np.intp]:
    """Return the indices within 0..length-1 that start..start+size-1 are mirrored to. Period: 2 (length - 1)."""
    if length == 1:
        return np.zeros(size, np.intp)
    period = 2 * (length - 1)
    index = np.arange(start, start + size) % period
    return np.minimum(index, period - index)


def _outside(name: str, value: int, length: int) -> BadInput:
    message = f"{name} {value} is outside the image's valid range of 0-{length - 1}."
    return BadInput(message, code="point_outside")
