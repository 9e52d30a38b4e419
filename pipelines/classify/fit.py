"""Fit heads to samples with scikit-learn; nothing of it is kept in what comes out."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.classify.heads import Doubles, Head, Layer

# scikit-learn takes most of a second to import, so that only the functions that fit do so.

HeadKind = Literal["logistic", "mlp"]
STRENGTHS = (0.1, 0.3, 1.0, 3.0)  # of a regression, the inverse of its penalty: scikit-learn's C
_ROUNDS = 1000  # more than it takes
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
        """What there is to choose from: a perceptron has one penalty only."""
        return STRENGTHS if self.kind == "logistic" else (_PENALTY,)


def fit_each(values: Values, truth: Truth, recipe: Recipe) -> list[Head]:
    """Return one head for each of the recipe's strengths, each found from where the one before ended.

    In float32, which is twice as fast and enough to compare by. values: (n, d); truth: (n,) int64.
    """
    return _fit(values, truth, recipe, recipe.strengths, np.float32)


def fit_head(values: Values, truth: Truth, recipe: Recipe, strength: float) -> Head:
    """Return the head of one strength in float64: what scikit-learn gives from a start at nothing."""
    return _fit(values, truth, recipe, (strength,), np.float64)[0]


def _fit(
    values: Values, truth: Truth, recipe: Recipe, strengths: tuple[float, ...], kind: type[Any]
) -> list[Head]:
    mean, scale = _spread(values)
    labels, indices = np.unique(truth, return_inverse=True)
    if len(labels) == 1:  # what a fold of few pictures may leave
        layer = Layer(np.zeros((len(mean), 1)), np.zeros(1))
        return [Head(mean, scale, (layer,), labels) for _ in strengths]
    ready = (values.astype(kind) - mean.astype(kind)) / scale.astype(kind)
    weights = _weights(indices) if recipe.balance else None
    fit = _logistic if recipe.kind == "logistic" else _perceptron(recipe.seed % 2**32)
    with _calm():
        return [Head(mean, scale, layers, labels) for layers in fit(ready, indices, weights, strengths)]


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


_Fit = Callable[
    [Values, NDArray[np.intp], Doubles | None, tuple[float, ...]],
    Iterator[tuple[Layer, ...]],
]


def _logistic(
    values: Values, indices: NDArray[np.intp], weights: Doubles | None, strengths: tuple[float, ...]
) -> Iterator[tuple[Layer, ...]]:
    """Multinomial logistic regression by L-BFGS."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    model = LogisticRegression(max_iter=_ROUNDS, warm_start=True)
    for strength in strengths:
        model.set_params(C=strength)
        model.fit(values, indices, sample_weight=weights)
        yield (_layer(model.coef_.T, model.intercept_),)


def _perceptron(seed: int) -> _Fit:
    def fit(
        values: Values, indices: NDArray[np.intp], weights: Doubles | None, strengths: tuple[float, ...]
    ) -> Iterator[tuple[Layer, ...]]:
        """One hidden layer by Adam, from a start drawn by the seed."""
        from sklearn.neural_network import MLPClassifier  # noqa: PLC0415

        for strength in strengths:
            model = MLPClassifier(
                _HIDDEN, alpha=strength, learning_rate_init=_STEP, max_iter=_EPOCHS, tol=1e-3,
                n_iter_no_change=5, random_state=seed,
            )  # fmt: skip
            model.fit(values, indices, sample_weight=weights)
            yield tuple(_layer(*pair) for pair in zip(model.coefs_, model.intercepts_, strict=True))

    return fit


def _layer(weights: Values, bias: Values) -> Layer:
    """Where there are two labels, scikit-learn keeps one score, for the second: the first then scores 0."""
    if len(bias) == 1:
        weights = np.concatenate([np.zeros_like(weights), weights], axis=1)
        bias = np.concatenate([np.zeros_like(bias), bias])
    return Layer(weights.astype(np.float64), bias.astype(np.float64))
