"""Points of pictures named by a network of EfficientNet-B0's shape, and by the built-in one, against CoralNet's way."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import (
    classify_b0,
    classify_cuda,
    classify_service,
    classify_speed,
    classify_truth,
    classify_upstream,
)
from bench.classify_ours import read
from bench.classify_pictures import CAMERA, LARGE, Seabeds, photograph, seabeds
from bench.classify_training import Backbone, School, kept_features, retraining, with_hidden_layer
from bench.rows import Row
from pipelines.classify.bank import BANK, bank_network
from pipelines.classify.patches import cut_patches

POINTS, MANY_POINTS = 50, 200  # of a picture
MANY, FEW, UNSEEN = 140, 20, 70  # seabeds
MANY_GOAL, FEW_GOAL = 93.0, 85.0  # percent of unseen points
AGAIN_GOAL = 50.0
CALIBRATED_BY = 16  # seabeds, two patches each


def run() -> Iterator[Row]:
    """Measure, row by row."""
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder:
        place = Path(folder)
        sea = seabeds(place, range(MANY + UNSEEN))
        seen, unseen = sea.part(slice(MANY)), sea.part(slice(MANY, None))
        weights, exported = classify_b0.save(_patches(seen), place)
        (place / "bank.onnx").write_bytes(bank_network())
        b0 = School(seen, Backbone(exported, classify_b0.MANIFEST), "logistic", place)
        bank = School(seen, Backbone(place / "bank.onnx", BANK), "logistic", place)
        yield from retraining(b0, place / "b0-logistic", AGAIN_GOAL)
        yield from retraining(bank, place / "bank", None)
        yield from with_hidden_layer(replace(b0, head="mlp"), place / "b0")
        models = classify_speed.Models(
            weights, _peers_head(b0), place / "b0" / "model.onnx", place / "bank" / "model.onnx"
        )
        camera = photograph(place / "camera.jpg", CAMERA, POINTS)
        yield from classify_speed.against_upstream(models, camera)
        yield from classify_speed.built_in(models, photograph(place / "many.jpg", CAMERA, MANY_POINTS))
        yield from classify_speed.memory(models, photograph(place / "large.jpg", LARGE, POINTS))
        yield from classify_truth.accuracy(bank, unseen, place / "bank", MANY_GOAL)
        yield from classify_truth.against_scikit_learn(bank, unseen, place / "bank")
        few = replace(bank, sea=seen.part(slice(FEW)))
        yield from classify_truth.accuracy(few, unseen, place / "few", FEW_GOAL)
        yield from classify_cuda.run(models.b0, camera)
        yield from classify_service.run(seen.part(slice(FEW)))


def _patches(sea: Seabeds) -> NDArray[np.uint8]:
    """Cut what sets the network's normalisations."""
    side = classify_b0.SIDE
    return np.concatenate(
        [
            cut_patches(read(sea.path(image)), image.rows[:2], image.columns[:2], side)
            for image in sea.dataset.images[:CALIBRATED_BY]
        ]
    )


def _peers_head(school: School) -> Any:
    """Fit the peer's head to the features that were kept."""
    kept, images = kept_features(school), school.sea.dataset.images
    values = np.concatenate([kept[image.sha256].values for image in images])
    return classify_upstream.fit_head(values, np.concatenate([image.labels for image in images]))
