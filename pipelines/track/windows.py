"""Read square windows around points from a picture, all of them at once, between pixels."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.video.picture import Plane

Samples = NDArray[np.float32]  # (n, m): a row of m pixels per window
Complex = NDArray[np.complex64]  # x + iy: a similarity is then one product and one sum


def grid(side: int) -> Complex:
    """Give the pixels of a window (side * side,) around its centre, row by row."""
    axis = np.arange(side, dtype=np.float32) - (side - 1) / 2
    return (axis[None, :] + 1j * axis[:, None]).astype(np.complex64).ravel()


def weights(side: int, sigma: float) -> NDArray[np.float32]:
    """Give a Gaussian over a window (side * side,), sum 1; sigma in units of half a side."""
    shape = np.exp(-0.5 * (np.abs(grid(side)) / (sigma * side / 2)) ** 2)
    return np.asarray(shape / shape.sum(), np.float32)


def sample(luma: Plane, centres: Complex, turns: Complex, pixels: Complex) -> Samples:
    """Read windows (n, m) float32 at centre + turn * pixel, linear between pixels; beyond the edge it repeats.

    centres: (n,) in px. turns: (n,), scale and rotation. pixels: (m,), see `grid`.
    """
    places = centres[:, None] + turns[:, None] * pixels
    read = cv2.remap(luma, places.real, places.imag, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return read.astype(np.float32)


def normalised(samples: Samples, weight: NDArray[np.float32]) -> tuple[Samples, NDArray[np.float32]]:
    """Give windows with weighted mean 0 and deviation 1, and the deviations (n,) in steps of luma."""
    centred = samples - (samples @ weight)[:, None]
    spread = np.asarray(np.sqrt(np.maximum(np.square(centred) @ weight, 1e-6)), np.float32)
    return np.asarray(centred / spread[:, None], np.float32), spread


def as_complex(places: NDArray[np.floating]) -> Complex:
    """Give (n, 2) as (n,)."""
    return (places[:, 0] + 1j * places[:, 1]).astype(np.complex64)


def as_places(centres: Complex) -> NDArray[np.float32]:
    """Give (n,) as (n, 2)."""
    return np.stack([centres.real, centres.imag], axis=1)
