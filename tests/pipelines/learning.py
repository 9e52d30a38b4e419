"""Made points to learn from: features drawn round a place of their own for each label."""

import hashlib

import numpy as np

from pipelines.classify.dataset import Dataset, LabelInfo, LabelledImage
from pipelines.classify.features import Features


def digest(number):
    return hashlib.sha256(f"picture {number}".encode()).hexdigest()


def labels(count):
    """Ids from 10 on, in steps of 10."""
    return tuple(LabelInfo(10 * (index + 1), f"L{index}", f"Label {index}") for index in range(count))


def image(number, truth, *, first_row=0):
    """A picture whose points stand below each other, each with the label of that index."""
    rows = tuple(range(first_row, first_row + len(truth)))
    columns = (7,) * len(truth)
    return LabelledImage(
        digest(number), f"{number}.jpg", rows, columns, tuple(10 * (index + 1) for index in truth)
    )


def features_of(images, length=6, seed=0, noise=0.6):
    """By sha256: values near a corner that goes with the label."""
    rng = np.random.default_rng(seed)
    corners = np.random.default_rng(99).normal(0, 1.5, (100, length))
    return {
        one.sha256: Features(
            rows=np.array(one.rows, np.int32),
            columns=np.array(one.columns, np.int32),
            values=np.array(
                [corners[label // 10] + rng.normal(0, noise, length) for label in one.labels], np.float32
            ).reshape(-1, length),
        )
        for one in images
    }


def survey(images=12, points=10, label_count=3, seed=0):
    """A dataset and its features: labels drawn at random."""
    rng = np.random.default_rng(seed)
    pictures = [image(number, rng.integers(0, label_count, points).tolist()) for number in range(images)]
    dataset = Dataset(labels(label_count), tuple(sorted(pictures, key=lambda one: one.sha256)))
    return dataset, features_of(pictures, seed=seed)
