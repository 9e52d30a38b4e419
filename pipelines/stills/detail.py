"""How much a picture shows, so that a poster is neither black, nor blank, nor blurred."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.stills.region import Bgr

WIDTH_PX = 160  # pictures are compared at one width: noise and the codec's blocks are gone
BINS = 64  # of luma, 4 levels each: finer ones count noise
POOR_DETAIL = 8.0  # black with noise has 1.5, a title on black or a blurred scene 5, a scene 50 to 80


def detail(picture: Bgr) -> float:
    """Give the entropy of its luma in bits times its sharpness, the mean absolute Laplacian; 0 shows nothing.

    Black and blank pictures have neither, a blurred one has no sharpness, a title on black no entropy.
    Source: Shannon 1948 (entropy); Nayar & Nakagawa 1994, §III (Laplacian as a measure of focus).
    """
    luma = _small_luma(picture)
    return _entropy_bits(luma) * _sharpness(luma)


def _small_luma(picture: Bgr) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    size = (WIDTH_PX, max(1, round(height * WIDTH_PX / width)))
    small = cv2.resize(np.ascontiguousarray(picture), size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)


def _entropy_bits(luma: NDArray[np.uint8]) -> float:
    counts = np.bincount((luma.ravel() // (256 // BINS)), minlength=BINS)
    shares = counts[counts > 0] / luma.size
    return float(-(shares * np.log2(shares)).sum())


def _sharpness(luma: NDArray[np.uint8]) -> float:
    return float(np.abs(cv2.Laplacian(luma, cv2.CV_32F)).mean())
