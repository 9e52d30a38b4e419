"""Patches as a network wants them: resized, scaled, their axes and channels in its order."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.classify.manifest import Manifest


class Feed:
    """One buffer, for at most `batch` patches, that is filled anew for every run."""

    def __init__(self, manifest: Manifest, batch: int) -> None:
        self._manifest = manifest
        self._buffer = np.empty(manifest.input_shape(batch), np.float32)
        std = np.asarray(manifest.std)
        self._factors = (manifest.scale / std).astype(np.float32)
        self._shifts = (np.asarray(manifest.mean) / std).astype(np.float32)

    def fill(self, patches: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the input for (n, patch_px, patch_px, 3) uint8 RGB patches: a view, good until the next call."""
        filled = self._buffer[: len(patches)]
        for patch, target in zip(patches, filled, strict=True):
            self._fill_one(patch, target)
        return filled

    def _fill_one(self, patch: NDArray[np.uint8], target: NDArray[np.float32]) -> None:
        by_channel = target if self._manifest.layout == "NCHW" else target.transpose(2, 0, 1)
        planes = cv2.split(_resized(patch, self._manifest.input_px))
        if self._manifest.channels == "BGR":
            planes = planes[::-1]
        for plane, values, factor, shift in zip(planes, by_channel, self._factors, self._shifts, strict=True):
            np.multiply(plane, factor, out=values)
            if shift:
                np.subtract(values, shift, out=values)


def _resized(patch: NDArray[np.uint8], side: int) -> cv2.typing.MatLike:
    if len(patch) == side:
        return patch
    kind = cv2.INTER_AREA if side < len(patch) else cv2.INTER_LINEAR
    return cv2.resize(patch, (side, side), interpolation=kind)
