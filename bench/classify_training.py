"""Training on seabeds: what it costs from pictures, and from features that were kept."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Literal

import numpy as np

from bench.classify_ours import read
from bench.classify_pictures import Seabeds
from bench.cost import Clock, fresh
from bench.rows import Row, all_of, faster
from pipelines.classify.features import Features, decode_features, describe, encode_features
from pipelines.classify.manifest import Manifest
from pipelines.classify.network import Network
from pipelines.classify.train import train_classifier

ROUNDS = 3

Head = Literal["logistic", "mlp"]


@dataclass(frozen=True)
class Backbone:
    """A network that gives features, as a file."""

    path: Path
    manifest: Manifest

    @cached_property
    def sha256(self) -> str:
        return sha256(self.path.read_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class School:
    """What is learned, by which network, where its features are kept."""

    sea: Seabeds
    backbone: Backbone
    head: Head
    kept: Path

    def features_at(self, digest: str) -> Path:
        return self.kept / f"{digest}.{self.backbone.manifest.name}.arrow"


def retraining(school: School, folder: Path, goal: float | None) -> Iterator[Row]:
    """Train from pictures, which keeps their features, then from those; the last classifier lies in `folder`."""
    name = f"{school.backbone.manifest.name}, {school.head}, {len(school.sea.dataset.images)} images"
    first = fresh(train_from_pictures, school, folder)
    again = [fresh(train_from_features, school, folder) for _ in range(ROUNDS)]
    seconds = statistics.median(outcome.laps[0].wall_seconds for outcome in again)
    yield faster(
        f"{name}: training from kept features, against from images",
        seconds,
        first.laps[0].wall_seconds,
        goal,
    )
    cpu = statistics.median(outcome.laps[0].cpu_seconds for outcome in again)
    yield faster(f"{name}: the same, CPU", cpu, first.laps[0].cpu_seconds)
    same = sum(outcome.answer == first.answer for outcome in again)
    yield all_of(f"{name}: trainings again that give the same bytes", same, ROUNDS)


def with_hidden_layer(school: School, folder: Path) -> Iterator[Row]:
    """Train from kept features what the peer's classifiers are, too: a head with a hidden layer."""
    lap = fresh(train_from_features, school, folder).laps[0]
    name = f"{school.backbone.manifest.name}, {school.head}, {len(school.sea.dataset.images)} images"
    yield Row(f"{name}: training from kept features, CPU", f"{lap.cpu_seconds:.1f} s")


def train_from_pictures(clock: Clock, school: School, folder: Path) -> dict[str, str]:
    """Describe every picture, keep its features, train; a lap. Return the digest of each file that is made."""
    network = Network(school.backbone.path, school.backbone.manifest, device="cpu", threads=1)
    _import_what_fits()
    with clock.lap():
        for image in school.sea.dataset.images:
            rows, columns = np.array(image.rows, np.int32), np.array(image.columns, np.int32)
            values = describe(read(school.sea.path(image)), rows, columns, network)
            school.features_at(image.sha256).write_bytes(encode_features(Features(rows, columns, values)))
        _train(school, folder)
    return _digests(folder)


def train_from_features(clock: Clock, school: School, folder: Path) -> dict[str, str]:
    """Train from what is kept; a lap. Return the digest of each file that is made."""
    _import_what_fits()
    with clock.lap():
        _train(school, folder)
    return _digests(folder)


def _import_what_fits() -> None:
    """Import what training imports when it begins, for imports are not measured."""
    for name in ("sklearn.linear_model", "sklearn.neural_network"):
        import_module(name)


def kept_features(school: School) -> dict[str, Features]:
    """Read the features of the school's pictures, by their digests."""
    images = school.sea.dataset.images
    return {image.sha256: decode_features(school.features_at(image.sha256).read_bytes()) for image in images}


def _train(school: School, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    train_classifier(
        school.sea.dataset,
        kept_features(school),
        folder,
        backbone=school.backbone.path,
        manifest=school.backbone.manifest,
        backbone_sha256=school.backbone.sha256,
        head=school.head,
        calibrate=True,
        balance=False,
        seed=0,
        tick=ignore,
    )


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def ignore(done: int, total: int, phase: str = "") -> None:
    """Take a tick that nobody waits for."""
