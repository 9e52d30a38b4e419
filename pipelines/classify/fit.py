"""Fit heads to samples with scikit-learn; nothing of it is kept in what comes out."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.classify.heads import Doubles, Head, Layer

# scikit-learn takes most of a second to import, so that only the functions that fit do so.

HeadKind = Literal["logistic", "mlp"]
# Of a regression, the inverse of its penalty: scikit-learn's C. A thousand features of a few thousand points want less
# than a hundredth, the built-in backbone's 164 a third.
STRENGTHS = (0.001, 0.01, 0.1, 0.3, 1.0, 3.0)
_ROUNDS = 1000  # more than it takes
_FINE = 1e-4  # of the gradient, at which a fit ends: scikit-learn's own
_ROUGH = 1e-3  # enough to compare by
_HIDDEN = (100,)
_PENALTY = 1.0  # scikit-learn's alpha, of the perceptron
_EPOCHS = 200
_STEP = 3e-3  # reaches in a third of the epochs what the usual 1e-3 does

Truth = NDArray[np.int64]
Values = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to fit. balance: every label weighs as much as every other, however many points it has."""

    kind: HeadKind = "logistic"
    balance: bool = False
    seed: int = 0

    @property
    def strengths(self) -> tuple[float, ...]:
        """What there is to choose from, the strongest penalty first: a perceptron has one only."""
        return STRENGTHS if self.kind == "logistic" else (_PENALTY,)


class Learner:
    """Fits one set of points at one strength after another, each from where the one before ended.

    In float32, which is twice as fast, and not to the last digit: enough to compare by.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._model = _unfitted(recipe, _ROUGH)

    def fit(self, values: Values, truth: Truth, strength: float) -> Head:
        """Return the head; values (n, d) and truth (n,) int64 are the same in every call."""
        return _fit(self._model, values.astype(np.float32), truth, self._recipe, strength)


def fit_head(values: Values, truth: Truth, recipe: Recipe, strength: float) -> Head:
    """Return the head of one strength in float64: what scikit-learn gives from a start at nothing."""
    return _fit(_unfitted(recipe, _FINE), values.astype(np.float64), truth, recipe, strength)


def _unfitted(recipe: Recipe, tolerance: float) -> Any:
    """Return a multinomial logistic regression by L-BFGS, or one hidden layer by Adam, from a start drawn by the seed."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.neural_network import MLPClassifier  # noqa: PLC0415

    if recipe.kind == "logistic":
        return LogisticRegression(max_iter=_ROUNDS, warm_start=True, tol=tolerance)
    return MLPClassifier(
        _HIDDEN, learning_rate_init=_STEP, max_iter=_EPOCHS, tol=1e-3, n_iter_no_change=5,
        random_state=recipe.seed % 2**32,
    )  # fmt: skip


def _fit(model: Any, values: Values, truth: Truth, recipe: Recipe, strength: float) -> Head:
    mean, scale = _spread(values)
    labels, indices = np.unique(truth, return_inverse=True)
    if len(labels) == 1:  # what a fold of few pictures may leave
        layer = Layer(np.zeros((len(mean), 1)), np.zeros(1))
        return Head(mean, scale, (layer,), labels)
    ready = (values - mean.astype(values.dtype)) / scale.astype(values.dtype)
    weights = _weights(indices) if recipe.balance else None
    is_regression = recipe.kind == "logistic"
    model.set_params(**{"C" if is_regression else "alpha": strength})
    with _calm():
        model.fit(ready, indices, sample_weight=weights)
    layers = (
        [(model.coef_.T, model.intercept_)]
        if is_regression
        else zip(model.coefs_, model.intercepts_, strict=True)
    )
    return Head(mean, scale, tuple(_layer(*pair) for pair in layers), labels)


def _spread(values: Values) -> tuple[Doubles, Doubles]:
    mean, scale = values.mean(axis=0, dtype=np.float64), values.std(axis=0, dtype=np.float64)
    still = scale <= 1e-7 * np.maximum(np.abs(mean), 1e-30)  # rounding, not variation
    return mean, np.where(still, 1.0, scale)


def _weights(indices: NDArray[np.intp]) -> Doubles:
    counts = np.bincount(indices)
    return np.asarray(len(indices) / (len(counts) * counts[indices]), np.float64)


@contextmanager
def _calm() -> Iterator[None]:
    """Compute on one thread, so that sums have one order on any machine, and do not warn of an early end."""
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def _layer(weights: Values, bias: Values) -> Layer:
    """Where there are two labels, scikit-learn keeps one score, for the second: the first then scores 0."""
    if len(bias) == 1:
        weights = np.concatenate([np.zeros_like(weights), weights], axis=1)
        bias = np.concatenate([np.zeros_like(bias), bias])
    return Layer(weights.astype(np.float64), bias.astype(np.float64))
