"""Say how far a place can be trusted: the chance that it is less than one pixel off."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

# Logistic weights (constant, likeness, log10 of the way back's error), fitted to the scenes of `bench truth`.
FLOW_WEIGHTS = (-2.0, 4.0, -1.0)
ANCHOR_WEIGHTS = (-4.0, 8.0, -0.5)
SMALLEST_ERR_PX = 1e-3  # below it the way back only shows rounding


def flow_score(likeness: Floats, err_px: Floats) -> NDArray[np.float32]:
    """Give the chance (n,) float32 that a place is less than 1 px off, for points carried from frame to frame.

    likeness: (n,) -1..1, correlation with the window that was marked. err_px: (n,), NaN where there is no way back.
    """
    return _logistic(FLOW_WEIGHTS, likeness, err_px)


def anchor_score(holding: Floats, err_px: Floats) -> NDArray[np.float32]:
    """Give the chance (n,) float32 that a place is less than 1 px off, for points found by their anchor.

    holding: (n,), likeness to the anchor over the likeness this point usually has. err_px: as for `flow_score`.
    """
    return _logistic(ANCHOR_WEIGHTS, np.minimum(holding, 1), err_px)


def _logistic(terms: tuple[float, float, float], likeness: Floats, err_px: Floats) -> NDArray[np.float32]:
    err = np.log10(np.maximum(err_px, SMALLEST_ERR_PX))
    power = terms[0] + terms[1] * likeness + terms[2] * err
    chance = 1 / (1 + np.exp(-power))
    return np.nan_to_num(chance, nan=0.0).astype(np.float32)
