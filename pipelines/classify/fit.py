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
# Of a regression, the inverse of its penalty: scikit-learn's C. A thousand features of a few thousand points may want
# a thousandth, the built-in backbone's 164 want a third.
STRENGTHS = (0.001, 0.01, 0.1, 0.3, 1.0, 3.0)
_ROUNDS = 1000  # more than it takes
_TOLERANCE = 1e-4  # of the gradient, at which a fit ends: scikit-learn's own
# To compare by. It saves a third; at 1e-3, a fit that starts where another ended does not move, and tells nothing new.
_ROUGH = 3e-4
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


@contextmanager
def calm() -> Iterator[None]:
    """Compute on one thread meanwhile, so that sums have one order, and do not warn of fits that end early."""
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


class Learner:
    """Fits one set of points at one strength after another, each from where the one before ended.

    In float32, which is twice as fast, and not to the last digit: enough to compare by. The points are standardised
    anew each time, since all folds' together would take four times the memory of the features.
    """

    def __init__(self, values: Values, truth: Truth, chosen: NDArray[np.bool_], recipe: Recipe) -> None:
        self._values, self._chosen = values, chosen
        self._task = _Task.of(values[chosen], truth[chosen], recipe)
        self._model = _unfitted(recipe, _ROUGH)

    def fit(self, strength: float) -> Head:
        """Return the head of a strength, of the points that are chosen: values (n, d), truth (n,), chosen (n,)."""
        return self._task.fit(self._model, self._values[self._chosen].astype(np.float32), strength)


def fit_head(values: Values, truth: Truth, recipe: Recipe, strength: float) -> Head:
    """Return the head of one strength in float64: what scikit-learn gives from a start at nothing."""
    task = _Task.of(values, truth, recipe)
    return task.fit(_unfitted(recipe, _TOLERANCE), values.astype(np.float64), strength)


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


@dataclass(frozen=True, slots=True)
class _Task:
    """indices: (n,), into labels. weights: (n,), None where all weigh the same. mean, scale: (d,)."""

    indices: NDArray[np.intp]
    weights: Doubles | None
    labels: Truth
    mean: Doubles
    scale: Doubles

    @classmethod
    def of(cls, values: Values, truth: Truth, recipe: Recipe) -> "_Task":
        labels, indices = np.unique(truth, return_inverse=True)
        return cls(indices, _weights(indices) if recipe.balance else None, labels, *_spread(values))

    def fit(self, model: Any, values: Values, strength: float) -> Head:
        """Return the head; values are those that the task was made of, in the precision to compute in."""
        if len(self.labels) == 1:  # what a fold of few pictures may leave
            layer = Layer(np.zeros((len(self.mean), 1)), np.zeros(1))
            return Head(self.mean, self.scale, (layer,), self.labels)
        values -= self.mean.astype(values.dtype)
        values /= self.scale.astype(values.dtype)
        layers = tuple(_layer(*pair) for pair in self._fitted(model, values, strength))
        return Head(self.mean, self.scale, layers, self.labels)

    def _fitted(self, model: Any, values: Values, strength: float) -> Iterator[tuple[Values, Values]]:
        """Return weights and bias of each layer."""
        is_regression = hasattr(model, "C")
        model.set_params(**{"C" if is_regression else "alpha": strength})
        model.fit(values, self.indices, sample_weight=self.weights)
        if is_regression:
            return iter([(model.coef_.T, model.intercept_)])
        return zip(model.coefs_, model.intercepts_, strict=True)


def _spread(values: Values) -> tuple[Doubles, Doubles]:
    mean, scale = values.mean(axis=0, dtype=np.float64), values.std(axis=0, dtype=np.float64)
    still = scale <= 1e-7 * np.maximum(np.abs(mean), 1e-30)  # rounding, not variation
    return mean, np.where(still, 1.0, scale)


def _weights(indices: NDArray[np.intp]) -> Doubles:
    counts = np.bincount(indices)
    return np.asarray(len(indices) / (len(counts) * counts[indices]), np.float64)


def _layer(weights: Values, bias: Values) -> Layer:
    """Where there are two labels, scikit-learn keeps one score, for the second: the first then scores 0."""
    if len(bias) == 1:
        weights = np.concatenate([np.zeros_like(weights), weights], axis=1)
        bias = np.concatenate([np.zeros_like(bias), bias])
    return Layer(weights.astype(np.float64), bias.astype(np.float64))
