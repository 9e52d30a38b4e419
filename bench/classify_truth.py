"""How right classifiers are on seabeds that they have not seen, and whether their files say what scikit-learn says."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.classify_ours import read
from bench.classify_pictures import LABELS, Seabeds
from bench.classify_training import School, kept_features, train_from_features
from bench.cost import Clock, fresh
from bench.rows import Row, all_of
from pipelines.classify.calibration import calibration_error
from pipelines.classify.classifier import Classifier
from pipelines.classify.features import describe
from pipelines.classify.model_file import read_info
from pipelines.classify.network import Network

APART_GOAL = 2e-6  # of a probability

Doubles = NDArray[np.float64]


def accuracy(school: School, unseen: Seabeds, folder: Path, goal: float) -> Iterator[Row]:
    """Train from kept features, and classify other seabeds from their files."""
    fresh(train_from_features, school, folder)
    name = f"{school.backbone.manifest.name} from {len(school.sea.dataset.images)} images"
    scores, truth = fresh(classify_all, folder / "model.onnx", unseen).answer
    right = 100 * float((scores.argmax(axis=1) == truth).mean())
    yield Row(
        f"{name}: right of {len(truth)} points of {len(unseen.dataset.images)} unseen images",
        f"{right:.1f} %",
        goal=f">= {goal:g} %",
        met=right >= goal,
    )
    told = json.loads((folder / "evaluation.json").read_bytes())
    yield Row(f"{name}: what its own evaluation foretold", f"{100 * told['accuracy']:.1f} %")
    yield Row(
        f"{name}: calibration error, unseen images and evaluation",
        f"{100 * calibration_error(scores, truth):.1f} %, {100 * told['calibration_error']:.1f} %",
    )
    kept = len(told["confusion"]["labels"])
    yield all_of(f"{name}: labels kept", kept, len(LABELS))


def classify_all(clock: Clock, model: Path, sea: Seabeds) -> tuple[Doubles, NDArray[np.int64]]:
    """Return the score of every label (n, k) and the true label (n,) as its place, of all labelled points."""
    classifier = Classifier(model, device="cpu", threads=1)
    scores: list[list[float]] = []
    truth: list[int] = []
    for image in sea.dataset.images:
        found = classifier.classify(read(sea.path(image)), image.rows, image.columns, top=len(LABELS))
        scores += [[score for _, score in sorted(classes)] for classes in found]
        truth += image.labels
    return np.array(scores), np.array(truth) - LABELS[0].id


def against_scikit_learn(school: School, unseen: Seabeds, folder: Path) -> Iterator[Row]:
    """Compare the model file in `folder`, from picture files on, with scikit-learn's own fit to the kept features."""
    ours, _ = fresh(classify_all, folder / "model.onnx", unseen).answer
    theirs = fresh(classify_by_scikit_learn, school, unseen, folder / "model.onnx").answer
    apart = float(np.abs(ours - theirs).max())
    name = "model file against scikit-learn"
    yield Row(f"{name}: most apart", f"{apart:.1e}", goal=f"<= {APART_GOAL:g}", met=apart <= APART_GOAL)
    same = int((ours.argmax(axis=1) == theirs.argmax(axis=1)).sum())
    yield all_of(f"{name}: points of one likeliest label", same, len(ours))


def classify_by_scikit_learn(clock: Clock, school: School, unseen: Seabeds, model: Path) -> Doubles:
    """Return the score of every label (n, k) at the model's strength and temperature, by a fit of its own."""
    from scipy.special import softmax  # noqa: PLC0415 - only this process needs them
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    head, images, kept = read_info(model).head, school.sea.dataset.images, kept_features(school)
    values = np.concatenate([kept[image.sha256].values for image in images])
    truth = np.concatenate([image.labels for image in images])
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=head["strength"], max_iter=1000))
    pipeline.fit(values.astype(np.float64), truth)
    network = Network(school.backbone.path, school.backbone.manifest, device="cpu", threads=1)
    features = [
        describe(read(unseen.path(image)), image.rows, image.columns, network)
        for image in unseen.dataset.images
    ]
    scores = pipeline.decision_function(np.concatenate(features).astype(np.float64))
    found: Doubles = softmax(scores / head["temperature"], axis=1)
    return found
