"""Our way from picture files to scores, as a worker's child goes it: what `bench classify` measures, without PyTorch."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.classify_pictures import Order
from bench.cost import Clock
from pipelines.classify.classifier import Classifier
from pipelines.classify.network import Device
from pipelines.classify.picture import read_picture

BYTES_LIMIT, PIXELS_LIMIT, SIDE_LIMIT = 64 * 2**20, 64_000_000, 30_000
TOP = 5

Scores = list[list[tuple[int, float]]]  # of each point: a label's id and its score, the highest first


def classify(
    clock: Clock,
    order: Order,
    model: Path,
    device: Device = "cpu",
    wait: Callable[[], object] | None = None,
) -> Scores:
    """Open a classifier, then classify each picture; the first lap is the opening. Return the scores of the last.

    wait: called before the pictures' laps, to begin with others.
    """
    with clock.lap():
        classifier = Classifier(model, device=device, threads=1)
    if wait is not None:
        wait()
    scores: Scores = []
    for picture in order.pictures:
        with clock.lap():
            pixels = read(picture)
            scores = classifier.classify(pixels, order.rows(), order.columns(), top=TOP)
    return scores


def classify_decoded(clock: Clock, order: Order, model: Path, device: Device = "cpu") -> None:
    """Classify pictures; only what comes after their decoding is in the laps."""
    classifier = Classifier(model, device=device, threads=1)
    for picture in order.pictures:
        pixels = read(picture)
        with clock.lap():
            classifier.classify(pixels, order.rows(), order.columns(), top=TOP)


def read(path: Path) -> NDArray[np.uint8]:
    """Decode a picture within the limits that a worker has by default."""
    return read_picture(
        path, bytes_limit=BYTES_LIMIT, pixels_limit=PIXELS_LIMIT, side_limit=SIDE_LIMIT
    ).pixels
