"""Say how far a place can be trusted: the chance that it is less than one pixel off."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

# Weights of logistic regressions on the scenes of `bench truth`, which also prints how well they hold there.
FLOW_WEIGHTS = (-7.0, 8.5, -0.7)  # constant, likeness, log10 of the way back's error
ANCHOR_WEIGHTS = (
    8.4,
    6.0,
    -0.5,
    -9.3,
)  # constant, holding, log10 of the error, log10 of 1 + frames of change
LONGEST_CHANGE = 40  # frames without the seed: by then the odds are even, and more frames say no more
SMALLEST_ERR_PX = 1e-3  # below it the way back only shows rounding
UNCERTAIN_BELOW = 0.25  # a score that is worth a person's look


def flow_score(likeness: Floats, err_px: Floats) -> NDArray[np.float32]:
    """Give the chance (n,) float32 that a place is less than 1 px off, for points carried from frame to frame.

    likeness: (n,) -1..1, correlation with the window that was marked. err_px: (n,), NaN where there is no way back.
    """
    constant, per_likeness, per_err = FLOW_WEIGHTS
    return _chance(constant + per_likeness * likeness + per_err * _log_err(err_px))


def anchor_score(holding: Floats, err_px: Floats, changed_for: NDArray[np.int64]) -> NDArray[np.float32]:
    """Give the chance (n,) float32 that a place is less than 1 px off, for points found by their anchor.

    holding: (n,), likeness to the anchor over the likeness this point usually has. err_px: as for `flow_score`, but
    NaN counts as 1 px: who was found again has no way back. changed_for: (n,), frames since the window that was marked
    did fit; what has changed since can only be followed from frame to frame, and drifts.
    """
    constant, per_holding, per_err, per_change = ANCHOR_WEIGHTS
    change = np.log10(1 + np.minimum(changed_for, LONGEST_CHANGE))
    power = constant + per_holding * np.minimum(holding, 1) + per_change * change
    return _chance(power + per_err * _log_err(np.where(np.isnan(err_px), 1, err_px)))


def _log_err(err_px: Floats) -> NDArray[np.float64]:
    return np.log10(np.maximum(err_px.astype(np.float64), SMALLEST_ERR_PX))


def _chance(power: Floats) -> NDArray[np.float32]:
    return np.fmax(1 / (1 + np.exp(-power)), 0).astype(np.float32)  # NaN is no chance at all
