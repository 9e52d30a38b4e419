"""Tell whether a picture still shows the same scene."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.video.picture import Plane

_SIZE = (32, 24)  # so coarse that a shaking camera and moving things hardly matter
_SAME = 0.6  # likeness of two pictures of one scene: under it, it was cut


def thumbnail(luma: Plane) -> NDArray[np.float32]:
    """Give the picture in a few pixels (768,), mean 0, deviation 1: whatever the light."""
    small = cv2.resize(luma, _SIZE, interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    small -= small.mean()
    return np.asarray(small / max(float(small.std()), 1e-3), np.float32)


def is_same_scene(before: NDArray[np.float32], after: NDArray[np.float32]) -> bool:
    """Compare two thumbnails. Two pictures without anything to see are alike; one that shows something is another."""
    return float(np.mean(before * after)) > _SAME or not (before.any() or after.any())
