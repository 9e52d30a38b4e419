"""What a classifier is trained on: a label set, and pictures with labelled points."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import BadInput

VERSION = 1


@dataclass(frozen=True, slots=True)
class LabelInfo:
    """A label: its id, which is never given again, its short code, and its name."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """A picture and its points: rows, columns in pixels, 0 the first, and the label id of each."""

    sha256: str
    name: str
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A snapshot of a source: what is learned from it can be learned again."""

    labels: tuple[LabelInfo, ...]
    images: tuple[LabelledImage, ...]

    @property
    def sha256(self) -> str:
        """The digest of the canonical document."""
        return hashlib.sha256(encode_dataset(self)).hexdigest()


def encode_dataset(dataset: Dataset) -> bytes:
    """Return the canonical document: JSON without spaces, keys in the order in which they are declared, UTF-8."""
    document = {
        "version": VERSION,
        "labels": [asdict(label) for label in dataset.labels],
        "images": [asdict(image) for image in dataset.images],
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def read_dataset(source: Path | bytes) -> Dataset:
    """Read the document of a dataset. Raises BadInput, bad_dataset."""
    try:
        document = json.loads(source if isinstance(source, bytes) else source.read_bytes())
        if document["version"] != VERSION:
            raise BadInput(
                f"this dataset has version {document['version']}, not {VERSION}", code="bad_dataset"
            )
        labels = tuple(_label(one) for one in document["labels"])
        images = tuple(_image(one) for one in document["images"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput("this is no dataset of labelled points", code="bad_dataset") from error
    _check(labels, images)
    return Dataset(labels, images)


def _label(values: Mapping[str, Any]) -> LabelInfo:
    return LabelInfo(int(values["id"]), str(values["code"]), str(values["name"]))


def _image(values: Mapping[str, Any]) -> LabelledImage:
    rows, columns, labels = (tuple(map(int, values[name])) for name in ("rows", "columns", "labels"))
    return LabelledImage(str(values["sha256"]), str(values["name"]), rows, columns, labels)


def _check(labels: tuple[LabelInfo, ...], images: tuple[LabelledImage, ...]) -> None:
    known = {label.id for label in labels}
    if len(known) < len(labels):
        raise BadInput("this dataset has two labels of one id", code="bad_dataset")
    for image in images:
        if not len(image.rows) == len(image.columns) == len(image.labels):
            raise BadInput(
                f"image {image.name!r} has unlike numbers of rows, columns and labels", code="bad_dataset"
            )
        if strange := set(image.labels) - known:
            raise BadInput(
                f"image {image.name!r} names label {min(strange)}, which is not in the set",
                code="bad_dataset",
            )
