"""The points that can be learned from: each with its features, its label and its picture."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.classify.dataset import Dataset, LabelInfo, LabelledImage
from pipelines.classify.features import Features
from pipelines.errors import BadInput

_UNKNOWN = "no features are known of these points"

LARGEST = 1e30  # of a feature, either way: differences are to be finite too, in 32 bits


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Points of a picture that are not learned from, and why."""

    image: str
    points: int
    why: str


@dataclass(frozen=True, slots=True)
class Samples:
    """values: (n, d) float32. truth: (n,) int64, an index into labels. images: (n,) int64, an index into sha256s.

    labels: those of the set that have points, in the order of their ids; silent: those that have none.
    """

    values: NDArray[np.float32]
    truth: NDArray[np.int64]
    images: NDArray[np.int64]
    sha256s: tuple[str, ...]
    labels: tuple[LabelInfo, ...]
    silent: tuple[LabelInfo, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class _Taken:
    """What is learned from one picture: values (n, d) float32, and the label id of each."""

    sha256: str
    values: NDArray[np.float32]
    ids: list[int]


def gather_samples(dataset: Dataset, features: Mapping[str, Features], lacking: Mapping[str, str]) -> Samples:
    """Bring labels and features together, picture by picture; of a place that is named twice the first counts.

    lacking: why points of a picture have no features, by its sha256, where that is known.

    Raises BadInput: no_points, one_image, one_label (fewer than two of which points are left), bad_features.
    """
    left_out: list[LeftOut] = []
    seen: dict[str, set[tuple[int, int]]] = {}
    taken = [
        _take(
            image,
            features.get(image.sha256),
            lacking.get(image.sha256, _UNKNOWN),
            seen.setdefault(image.sha256, set()),
            left_out,
        )
        for image in dataset.images
    ]
    usable = [one for one in taken if one.ids]
    _check(usable, left_out)
    ids = np.array([label for one in usable for label in one.ids], np.int64)
    sha256s = tuple(dict.fromkeys(one.sha256 for one in usable))
    number = {sha256: index for index, sha256 in enumerate(sha256s)}
    found, truth = np.unique(ids, return_inverse=True)
    by_id = {label.id: label for label in dataset.labels}
    return Samples(
        values=np.concatenate([one.values for one in usable]),
        truth=truth.astype(np.int64),
        images=np.repeat([number[one.sha256] for one in usable], [len(one.ids) for one in usable]),
        sha256s=sha256s,
        labels=tuple(by_id[label] for label in found.tolist()),
        silent=tuple(by_id[label] for label in sorted(set(by_id) - set(found.tolist()))),
        left_out=tuple(left_out),
    )


def _take(
    image: LabelledImage,
    known: Features | None,
    why: str,
    seen: set[tuple[int, int]],
    left_out: list[LeftOut],
) -> _Taken:
    """Return what of a picture can be learned from; what cannot is added to left_out, what is taken to seen."""
    places = list(zip(image.rows, image.columns, strict=True))
    fresh = {
        place: label
        for place, label in zip(places[::-1], image.labels[::-1], strict=True)
        if place not in seen
    }
    if twice := len(places) - len(fresh):
        left_out.append(LeftOut(image.name, twice, "this place is named more than once"))
    seen.update(fresh)
    where = {} if known is None else _where(known)
    described = {place: label for place, label in fresh.items() if place in where}
    if lost := len(fresh) - len(described):
        left_out.append(LeftOut(image.name, lost, why))
    chosen = [place for place in dict.fromkeys(places) if place in described]
    values = (
        np.empty((0, 0), np.float32) if known is None else known.values[[where[place] for place in chosen]]
    )
    return _Taken(image.sha256, values, [described[place] for place in chosen])


def _where(known: Features) -> dict[tuple[int, int], int]:
    """Return the index of each place."""
    places = zip(known.rows.tolist(), known.columns.tolist(), strict=True)
    return {place: index for index, place in enumerate(places)}


def _check(usable: list[_Taken], left_out: list[LeftOut]) -> None:
    if not usable:
        why = f": {left_out[0].image!r}, for one: {left_out[0].why}" if left_out else ""
        raise BadInput(f"there are no labelled points to learn from{why}", code="no_points")
    if len({one.values.shape[1] for one in usable}) > 1:
        raise BadInput("the features are of several lengths, so of several backbones", code="bad_features")
    if not all((np.abs(one.values) <= LARGEST).all() for one in usable):  # false of what is no number, too
        raise BadInput(
            f"the features hold numbers that are not finite, or beyond {LARGEST:g}", code="bad_features"
        )
    if len({label for one in usable for label in one.ids}) < 2:
        raise BadInput(
            "all labelled points have one label: a classifier needs at least two", code="one_label"
        )
    if len({one.sha256 for one in usable}) < 2:
        raise BadInput(
            "all labelled points lie in one image: a classifier needs at least two, to be tested on another",
            code="one_image",
        )
