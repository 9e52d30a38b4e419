"""The head of a classifier: from features to one probability per label."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Layer:
    """weights: (inputs, outputs) float64. bias: (outputs,) float64."""

    weights: Doubles
    bias: Doubles


@dataclass(frozen=True, slots=True)
class Head:
    """Standardise, then layers with max(0, x) between them, then softmax of what is left over the temperature.

    mean, scale: (d,) float64; a feature that never varies has scale 1. labels: (k,) int64, which labels (by index) the
    outputs stand for. One layer is a multinomial logistic regression, two are a perceptron with a hidden layer.
    """

    mean: Doubles
    scale: Doubles
    layers: tuple[Layer, ...]
    labels: NDArray[np.int64]
    temperature: float = 1.0

    def scores(self, values: NDArray[np.floating]) -> Doubles:
        """Return (n, k) float64, one score per label of the head, before temperature and softmax."""
        found = (values.astype(np.float64) - self.mean) / self.scale
        for layer in self.layers[:-1]:
            found = np.maximum(found @ layer.weights + layer.bias, 0)
        return np.asarray(found @ self.layers[-1].weights + self.layers[-1].bias)

    def probabilities(self, values: NDArray[np.floating]) -> Doubles:
        """Return (n, k) float64; each row sums to 1."""
        return softmax(self.scores(values) / self.temperature)

    def at(self, temperature: float) -> "Head":
        """Return the head at another temperature: bolder below 1, more careful above."""
        return replace(self, temperature=temperature)


def softmax(scores: Doubles) -> Doubles:
    """Return (n, k) float64 of scores; a score of minus infinity is a probability of 0."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def negative_log_likelihood(probabilities: Doubles, truth: NDArray[np.int64]) -> float:
    """Return the mean of -ln p of the true labels; a probability of 0 counts as one in a million."""
    return float(-np.log(np.maximum(probabilities[np.arange(len(truth)), truth], 1e-6)).mean())
