"""CoralNet's way to classify a picture, written anew from a description: what `bench classify` is measured against.

For every picture it builds the network and loads its weights, decodes with Pillow, pads the whole picture, cuts the
patches, runs them through PyTorch ten at a time, and asks scikit-learn about each point in a call of its own.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from bench import classify_b0
from bench.classify_pictures import Order
from bench.cost import Clock

BATCH = 10
SIDE = classify_b0.SIDE
TOP = 5
EPOCHS = 10

Scores = list[list[tuple[int, float]]]  # of each point: a label's place and its score, the highest first


def classify(clock: Clock, order: Order, weights: Path, head: Any, threads: int) -> Scores:
    """Classify each picture; a lap a picture. Return the scores of the last."""
    torch.set_num_threads(threads)
    scores: Scores = []
    for picture in order.pictures:
        with clock.lap():
            features = describe(picture, order.points, weights)
            scores = [_scored(head, row) for row in features]
    return scores


def fit_head(features: NDArray[np.float32], truth: NDArray[np.int64]) -> Any:
    """Fit what the upstream scores with: a hidden layer of 100, and a sigmoid per label."""
    from sklearn.calibration import CalibratedClassifierCV  # noqa: PLC0415 - only the parent fits
    from sklearn.frozen import FrozenEstimator  # noqa: PLC0415
    from sklearn.neural_network import MLPClassifier  # noqa: PLC0415

    fitted = MLPClassifier((100,), random_state=0)
    for _ in range(EPOCHS):
        fitted.partial_fit(features, truth, classes=np.unique(truth))
    return CalibratedClassifierCV(FrozenEstimator(fitted), method="sigmoid").fit(features, truth)


def describe(picture: Path, points: list[tuple[int, int]], weights: Path) -> NDArray[np.float32]:
    """Return the features of a picture file's points, (n, 1280)."""
    backbone = classify_b0.load(weights)
    pixels = np.array(Image.open(picture).convert("RGB"))
    patches = _cut(pixels, points)
    found = []
    with torch.no_grad():
        for start in range(0, len(patches), BATCH):
            some = [_tensor(patch) for patch in patches[start : start + BATCH]]
            found.append(backbone(torch.stack(some)).numpy())
    return np.concatenate(found)


def _cut(pixels: NDArray[np.uint8], points: list[tuple[int, int]]) -> list[NDArray[np.uint8]]:
    padded = np.pad(pixels, ((SIDE, SIDE), (SIDE, SIDE), (0, 0)), mode="reflect")
    half = SIDE // 2
    return [
        padded[row + half : row + half + SIDE, column + half : column + half + SIDE] for row, column in points
    ]


def _tensor(patch: NDArray[np.uint8]) -> Any:
    """Give (3, 224, 224) float32, 0 to 1."""
    return torch.from_numpy(np.ascontiguousarray(patch)).permute(2, 0, 1).contiguous().float().div(255)


def _scored(head: Any, features: NDArray[np.float32]) -> list[tuple[int, float]]:
    scores = head.predict_proba(features.reshape(1, -1))[0]
    return [(int(place), float(scores[place])) for place in np.argsort(scores)[::-1][:TOP]]
