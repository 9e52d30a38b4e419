"""How good a classifier is, told by points of pictures that it has not seen."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.classify.calibration import BINS, calibration_error, reliability
from pipelines.classify.dataset import LabelInfo
from pipelines.classify.heads import Doubles, negative_log_likelihood

Ints = NDArray[np.int64]
Report = dict[str, Any]
TOPS = (1, 2, 3, 5)
THRESHOLDS = 101  # 0.00 to 1.00
BEARABLE = 0.05  # of all points: what a suggested threshold may let the classifier name wrongly
_DIGITS = 6


def evaluate(
    probabilities: Doubles, truth: Ints, images: Ints, folds: Ints, labels: Sequence[LabelInfo]
) -> Report:
    """Return the figures, ready for JSON; what is not defined (a precision of nothing) is None.

    probabilities: (n, k), out of fold. truth: (n,), an index into labels. images, folds: (n,), which each point is in.
    All points count for the accuracy; balanced accuracy and macro F1 are means over the labels that can be evaluated,
    which are those with points in more than one fold.
    """
    found = probabilities.argmax(axis=1)
    counts = confusion(truth, found, len(labels))
    testable = np.array([len(np.unique(folds[truth == index])) > 1 for index in range(len(labels))])
    rows = _by_label(counts, truth, found, images, testable=testable, labels=labels)
    curve = coverage_curve(probabilities, truth)
    return {
        "points": len(truth),
        "images": len(np.unique(images)),
        "folds": len(np.unique(folds)),
        "accuracy": _rounded(np.trace(counts) / len(truth)),
        "balanced_accuracy": _mean([row["recall"] for row in rows if row["is_evaluated"]]),
        "macro_f1": _mean([row["f1"] for row in rows if row["is_evaluated"]]),
        "kappa": _kappa(counts),
        "top_accuracy": top_accuracy(probabilities, truth),
        "negative_log_likelihood": _rounded(negative_log_likelihood(probabilities, truth)),
        "calibration_error": _rounded(calibration_error(probabilities, truth)),
        "reliability": _bins(probabilities, truth),
        "coverage": curve,
        "suggested_threshold": suggest_threshold(curve),
        "labels": rows,
        "confusion": {"labels": [label.id for label in labels], "counts": counts.tolist()},
    }


def confusion(truth: Ints, found: Ints, labels: int) -> Ints:
    """Return (k, k) int64: how many points of label `row` were taken for label `column`."""
    return np.bincount(truth * labels + found, minlength=labels**2).reshape(labels, labels)


def top_accuracy(probabilities: Doubles, truth: Ints) -> dict[str, float | None]:
    """Return for 1, 2, 3 and 5 labels the share of points whose label is among so many of the likeliest."""
    own = probabilities[np.arange(len(truth)), truth][:, None]
    is_before = np.arange(probabilities.shape[1]) < truth[:, None]
    rank = ((probabilities > own) | ((probabilities == own) & is_before)).sum(axis=1)
    return {str(top): _rounded((rank < top).mean()) for top in TOPS if top <= probabilities.shape[1]}


def coverage_curve(probabilities: Doubles, truth: Ints) -> list[Report]:
    """Return for each threshold the share of points with at least that confidence, and the share of these right."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    curve = []
    for threshold in np.linspace(0, 1, THRESHOLDS):
        covered = confidence >= threshold
        curve.append(
            {
                "threshold": _rounded(threshold),
                "coverage": _rounded(covered.mean()),
                "accuracy": _rounded(right[covered].mean()) if covered.any() else None,
            }
        )
    return curve


def suggest_threshold(curve: list[Report]) -> float:
    """Return the lowest threshold that costs at most 5 % of all points a wrong label, if people name the others."""
    costs = ((row["threshold"], row["coverage"] * (1 - (row["accuracy"] or 0))) for row in curve)
    return next((float(threshold) for threshold, cost in costs if cost <= BEARABLE), 1.0)


def _by_label(
    counts: Ints,
    truth: Ints,
    found: Ints,
    images: Ints,
    *,
    testable: NDArray[np.bool_],
    labels: Sequence[LabelInfo],
) -> list[Report]:
    true_cover, found_cover = (_cover(which, images, len(labels)) for which in (truth, found))
    support, named, hits = counts.sum(axis=1), counts.sum(axis=0), counts.diagonal()
    return [
        {
            "id": label.id,
            "code": label.code,
            "name": label.name,
            "support": int(support[index]),
            "images": len(np.unique(images[truth == index])),
            "is_evaluated": bool(testable[index]),
            "precision": _share(hits[index], named[index]),
            "recall": _share(hits[index], support[index]),
            "f1": _share(2 * hits[index], named[index] + support[index]),
            "cover": _rounded(true_cover[:, index].mean()),
            "estimated_cover": _rounded(found_cover[:, index].mean()),
            "cover_error": _rounded(np.abs(found_cover - true_cover)[:, index].mean()),
        }
        for index, label in enumerate(labels)
    ]


def _cover(which: Ints, images: Ints, labels: int) -> Doubles:
    """Return (images, labels): which share of an image's points has each label; what ecologists call cover."""
    _, image = np.unique(images, return_inverse=True)
    counts = np.bincount(image * labels + which, minlength=(image.max() + 1) * labels).reshape(-1, labels)
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _kappa(counts: Ints) -> float | None:
    """Cohen 1960: how much of what chance leaves open is right. None where chance leaves nothing open."""
    total = counts.sum()
    chance = float(counts.sum(axis=0) @ counts.sum(axis=1)) / float(total) ** 2
    return None if chance >= 1 else _rounded((np.trace(counts) / total - chance) / (1 - chance))


def _bins(probabilities: Doubles, truth: Ints) -> list[Report]:
    return [
        {
            "from": index / BINS,
            "to": (index + 1) / BINS,
            "points": count,
            "confidence": _rounded(sure) if count else None,
            "accuracy": _rounded(right) if count else None,
        }
        for index, (count, sure, right) in enumerate(reliability(probabilities, truth))
    ]


def _share(part: float, whole: float) -> float | None:
    return _rounded(part / whole) if whole else None


def _mean(values: list[float | None]) -> float | None:
    """Return the mean; what is not defined counts as 0. None of nothing."""
    return _rounded(sum(value or 0 for value in values) / len(values)) if values else None


def _rounded(value: float) -> float:
    return round(float(value), _DIGITS)
