"""What the file of a classifier says of itself, in the metadata of its ONNX."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import onnx
from google.protobuf.message import DecodeError

from pipelines.classify.dataset import LabelInfo
from pipelines.classify.manifest import Manifest, from_dict
from pipelines.errors import BadInput

VERSION = 1
_PREFIX = "darkroom."
Plain = Mapping[str, Any]  # fit for JSON


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """labels: what the columns of the output stand for. manifest: what the whole, from patch to probabilities, wants.

    backbone, head, figures, libraries, dataset_sha256: how it was trained; empty where it was trained elsewhere.
    """

    labels: tuple[LabelInfo, ...]
    manifest: Manifest
    backbone: Plain = field(default_factory=dict)
    head: Plain = field(default_factory=dict)
    figures: Plain = field(default_factory=dict)
    libraries: Plain = field(default_factory=dict)
    dataset_sha256: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, fit for JSON."""
        return {
            "version": VERSION,
            "labels": [asdict(label) for label in self.labels],
            "manifest": self.manifest.as_dict(),
            "backbone": dict(self.backbone),
            "head": dict(self.head),
            "figures": dict(self.figures),
            "libraries": dict(self.libraries),
            "dataset_sha256": self.dataset_sha256,
        }


def write_info(model: Any, info: ModelInfo) -> bytes:
    """Return the ONNX file of a model with this metadata instead of what it said before; equal in, equal bytes out."""
    kept = [(one.key, one.value) for one in model.metadata_props if not one.key.startswith(_PREFIX)]
    said = [(_PREFIX + key, _text(value)) for key, value in info.as_dict().items()]
    del model.metadata_props[:]
    for key, value in sorted([*kept, *said]):
        model.metadata_props.add(key=key, value=value)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def read_info(path: Path) -> ModelInfo:
    """Read the metadata. Raises BadInput, bad_classifier, where the file is no classifier of ours."""
    try:
        said = {one.key: one.value for one in _load(path).metadata_props}
        values = {key.removeprefix(_PREFIX): json.loads(said[key]) for key in said if key.startswith(_PREFIX)}
        info = _info(values)
    except (DecodeError, OSError, ValueError, KeyError, TypeError) as error:
        raise _bad("is not a classifier that Darkroom wrote") from error
    _check_labels(info.labels, info.manifest)
    return info


def describe_model(path: Path) -> dict[str, Any]:
    """Return what the file says of itself, fit for JSON. Raises BadInput, bad_classifier."""
    return read_info(path).as_dict()


def embed(path_in: Path, path_out: Path, labels: Sequence[LabelInfo], manifest: Manifest) -> None:
    """Write a classifier that was trained elsewhere with our metadata: from then on it is like one of ours.

    Raises BadInput, bad_classifier, where the file is no ONNX, or the labels do not fit the manifest's length.
    """
    _check_labels(labels, manifest)
    try:
        model = _load(path_in)
    except DecodeError as error:
        raise _bad("is no ONNX file") from error
    path_out.write_bytes(write_info(model, ModelInfo(tuple(labels), manifest)))


def _info(values: Plain) -> ModelInfo:
    if values["version"] != VERSION:
        raise _bad(f"has version {values['version']}, where {VERSION} is read")
    return ModelInfo(
        labels=tuple(
            LabelInfo(int(one["id"]), str(one["code"]), str(one["name"])) for one in values["labels"]
        ),
        manifest=from_dict(values["manifest"]),
        backbone=values["backbone"],
        head=values["head"],
        figures=values["figures"],
        libraries=values["libraries"],
        dataset_sha256=str(values["dataset_sha256"]),
    )


def _check_labels(labels: Sequence[LabelInfo], manifest: Manifest) -> None:
    if len(labels) != manifest.length:
        raise _bad(f"has {len(labels)} labels where its output has {manifest.length} columns")
    if len({label.id for label in labels}) < len(labels):
        raise _bad("has two labels of one id")


def _load(path: Path) -> Any:
    """Without data in other files: a model of ours has none, and what a path in it points to is not to be read."""
    return onnx.load(path, load_external_data=False)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _bad(why: str) -> BadInput:
    return BadInput(f"the classifier {why}", code="bad_classifier")
