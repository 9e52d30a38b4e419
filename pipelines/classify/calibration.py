"""Make probabilities mean what they say.

By temperature: all scores are divided by one number, found on points that the head was not fitted to. Fitting a curve
per label, as scikit-learn's sigmoid and isotonic calibration do, needs points of every label on both sides of a split,
and drops the labels that have too few; one temperature needs none of any one label, keeps them all, and leaves the
order of the labels as it is. Source: Guo et al. 2017, On Calibration of Modern Neural Networks, section 4.2.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.classify.heads import Doubles, negative_log_likelihood, softmax

BINS = 10
_COLDEST, _HOTTEST = 0.05, 20.0
_ROUNDS = 50
_CLOSE = 1e-10


@dataclass(frozen=True, slots=True)
class Calibration:
    """temperature: 1 where none is used. The figures are of points that neither head nor temperature were fitted to.

    nll: the mean of -ln p of the true label. ece: the expected calibration error, 0 to 1. *_before: at temperature 1;
    *_after: at the temperatures that were found, also where these did not help and are not used.
    """

    temperature: float
    is_used: bool
    nll_before: float
    nll_after: float
    ece_before: float
    ece_after: float


def calibrate_scores(
    scores: Doubles, truth: NDArray[np.int64], folds: NDArray[np.int64], *, wanted: bool = True
) -> tuple[Doubles, Calibration]:
    """Return the probabilities (n, k) to judge the classifier by, and the calibration to use: none if none helps.

    scores: (n, k), out of fold; minus infinity for labels that the fold's head did not know. Each fold's temperature
    is found on the other folds: only if that lowers the error on points not seen is the whole's temperature used.
    """
    plain = softmax(scores)
    tempered = np.empty_like(plain)
    for fold in np.unique(folds):
        here = folds == fold
        tempered[here] = softmax(scores[here] / find_temperature(scores[~here], truth[~here]))
    before, after = (negative_log_likelihood(one, truth) for one in (plain, tempered))
    is_used = wanted and after < before
    calibration = Calibration(
        temperature=find_temperature(scores, truth) if is_used else 1.0,
        is_used=is_used,
        nll_before=before,
        nll_after=after,
        ece_before=calibration_error(plain, truth),
        ece_after=calibration_error(tempered, truth),
    )
    return (tempered if is_used else plain), calibration


def find_temperature(scores: Doubles, truth: NDArray[np.int64]) -> float:
    """Return the temperature at which the true labels are likeliest, by Newton's method on its inverse.

    Points whose label the head did not know say nothing about it. Without any others: 1.
    """
    known = np.isfinite(scores[np.arange(len(truth)), truth])
    if not known.any():
        return 1.0
    scores, truth = scores[known], truth[known]
    finite = np.where(np.isfinite(scores), scores, 0)
    right = scores[np.arange(len(truth)), truth]
    inverse = 1.0
    for _ in range(_ROUNDS):
        share = softmax(scores * inverse)
        mean = (share * finite).sum(axis=1)
        slope = float((mean - right).mean())
        bend = float(((share * finite**2).sum(axis=1) - mean**2).mean())
        step = slope / max(bend, 1e-12)
        # Halving or doubling at most: far from the answer the curve is flat, and a full step would overshoot.
        found = min(max(inverse - step, inverse / 2, 1 / _HOTTEST), inverse * 2, 1 / _COLDEST)
        is_close, inverse = abs(found - inverse) < _CLOSE, found
        if is_close:
            break
    return 1 / inverse


def reliability(probabilities: Doubles, truth: NDArray[np.int64]) -> list[tuple[int, float, float]]:
    """Return for each of ten equal bins of confidence: points, mean confidence, share that is right (0 of none)."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    where = np.minimum((confidence * BINS).astype(int), BINS - 1)
    counts = np.bincount(where, minlength=BINS)
    sure = np.bincount(where, confidence, BINS) / np.maximum(counts, 1)
    correct = np.bincount(where, right, BINS) / np.maximum(counts, 1)
    return list(zip(counts.tolist(), sure.tolist(), correct.tolist(), strict=True))


def calibration_error(probabilities: Doubles, truth: NDArray[np.int64]) -> float:
    """Return the expected calibration error: how far confidence and accuracy lie apart, over ten bins."""
    bins = reliability(probabilities, truth)
    return sum(count * abs(sure - right) for count, sure, right in bins) / max(len(truth), 1)
