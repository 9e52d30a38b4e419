"""Train a classifier: fit it, judge it on pictures it has not seen, and write it down."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.classify.calibration import calibrate_scores
from pipelines.classify.dataset import Dataset
from pipelines.classify.evaluation import evaluate
from pipelines.classify.export import merge_model
from pipelines.classify.features import Features, Tick
from pipelines.classify.fit import HeadKind, Learner, Recipe, calm, fit_head
from pipelines.classify.folds import deal_folds
from pipelines.classify.heads import Doubles, Head, negative_log_likelihood, softmax
from pipelines.classify.manifest import Manifest
from pipelines.classify.model_file import ModelInfo, write_info
from pipelines.classify.samples import Samples, gather_samples

MODEL, EVALUATION, CONFUSION = "model.onnx", "evaluation.json", "confusion.png"
Report = dict[str, Any]
_VERSION = 1  # of evaluation.json
_FIGURES = ("points", "images", "accuracy", "balanced_accuracy", "macro_f1", "kappa", "calibration_error")
_TOLD = ("labels_without_points", "left_out", "head", "calibration", "suggested_threshold")
_LIBRARIES = ("numpy", "onnx", "scikit-learn")


@dataclass(frozen=True, slots=True)
class Trained:
    """What came out. evaluation: what stands in evaluation.json."""

    evaluation: Report
    files: tuple[str, ...] = (MODEL, EVALUATION, CONFUSION)

    def as_dict(self) -> Report:
        """Return the summary, fit for JSON: the figures, what was chosen, and what is missing."""
        rows = self.evaluation["labels"]
        return {
            **{name: self.evaluation[name] for name in (*_FIGURES, *_TOLD)},
            "labels": len(rows),
            "not_evaluated": [row["code"] for row in rows if not row["is_evaluated"]],
            "files": list(self.files),
        }


def train_classifier(
    dataset: Dataset,
    features: Mapping[str, Features],
    out_dir: Path,
    *,
    backbone: bytes | Path,
    manifest: Manifest,
    backbone_sha256: str,
    head: HeadKind = "logistic",
    calibrate: bool = True,
    balance: bool = False,
    seed: int = 0,
    lacking: Mapping[str, str] | None = None,
    tick: Tick | None = None,
) -> Trained:
    """Write model.onnx, evaluation.json and confusion.png into out_dir; equal arguments give equal bytes.

    features: by the sha256 of the picture; points that it lacks are left out, and told, with the reason if `lacking` has
    one for the picture. Every label with a point is kept. The figures are of points whose picture was left out of the fit; the classifier itself is fitted to all.
    Raises BadInput: no_points, one_label, one_image, bad_features, bad_network.
    """
    from pipelines.classify.confusion import plot_confusion  # noqa: PLC0415 - Matplotlib costs who never trains

    samples = gather_samples(dataset, features, lacking or {})
    with calm():
        fitted, evaluation = _fit_and_judge(
            samples, Recipe(head, balance, seed), calibrate=calibrate, tick=tick
        )
    merged, whole = merge_model(backbone, manifest, fitted)
    info = ModelInfo(
        samples.labels,
        whole,
        backbone={"name": manifest.name, "sha256": backbone_sha256, "length": manifest.length},
        head={**evaluation["head"], "temperature": fitted.temperature},
        figures={name: evaluation[name] for name in _FIGURES},
        libraries={name: version(name) for name in _LIBRARIES},
        dataset_sha256=dataset.sha256,
    )
    (out_dir / MODEL).write_bytes(write_info(merged, info))
    written = json.dumps(evaluation, indent=1, ensure_ascii=False, allow_nan=False)
    (out_dir / EVALUATION).write_text(written + "\n", "utf-8")
    counts = np.array(evaluation["confusion"]["counts"])
    plot_confusion(counts, [label.code for label in samples.labels], out_dir / CONFUSION)
    return Trained(evaluation)


def _fit_and_judge(
    samples: Samples, recipe: Recipe, *, calibrate: bool, tick: Tick | None
) -> tuple[Head, Report]:
    """Choose the strength by how likely it finds the labels of pictures left out, then fit once more, to all."""
    folds = deal_folds(samples.sha256s)[samples.images]
    steps = len(recipe.strengths) * len(np.unique(folds)) + 1

    def tell(done: int) -> None:
        if tick is not None:
            tick(done, steps, "fits")

    found, losses = _out_of_fold(samples, folds, recipe, tell)
    best = int(np.argmin(losses))
    probabilities, calibration = calibrate_scores(found[best], samples.truth, folds, wanted=calibrate)
    fitted = fit_head(samples.values, samples.truth, recipe, recipe.strengths[best])
    tell(steps)
    chosen = {"strength": recipe.strengths[best], "losses": [round(loss, 6) for loss in losses]}
    report = {
        "version": _VERSION,
        **evaluate(probabilities, samples.truth, samples.images, folds, samples.labels),
        "calibration": asdict(calibration),
        "head": {**asdict(recipe), "strengths": list(recipe.strengths[: len(losses)]), **chosen},
        "labels_without_points": [asdict(label) for label in samples.silent],
        "left_out": [asdict(one) for one in samples.left_out],
    }
    return fitted.at(calibration.temperature), report


def _out_of_fold(
    samples: Samples, folds: NDArray[np.int64], recipe: Recipe, tell: Callable[[int], None]
) -> tuple[list[Doubles], list[float]]:
    """Return (n, k), the scores of each point by the head of the other folds, and their loss, of each strength tried.

    They are tried until the loss rises. A label that has no point in the other folds is one that the head does not
    know: it scores minus infinity.
    """
    places = [folds == fold for fold in np.unique(folds)]
    learners = [Learner(samples.values, samples.truth, ~here, recipe) for here in places]
    found: list[Doubles] = []
    losses: list[float] = []
    for strength in recipe.strengths:
        scores = np.full((len(samples.truth), len(samples.labels)), -np.inf)
        for done, (here, learner) in enumerate(zip(places, learners, strict=True), start=1):
            head = learner.fit(strength)
            scores[np.ix_(here, head.labels)] = head.scores(samples.values[here])
            tell(len(found) * len(places) + done)
        found.append(scores)
        losses.append(negative_log_likelihood(softmax(scores), samples.truth))
        if losses[-1] > min(losses):
            break
    return found, losses
