"""The features of several pictures in one file: what one part of a job hands to the part that joins."""

import json
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.classify.features import Features
from pipelines.errors import BadInput

_LACKING = b"darkroom.lacking"


@dataclass(frozen=True, slots=True)
class Bundle:
    """features: by the sha256 of their picture. lacking: why other points of a picture have none, by its sha256."""

    features: dict[str, Features] = field(default_factory=dict)
    lacking: dict[str, str] = field(default_factory=dict)

    def add(self, sha256: str, found: Features) -> None:
        """Add what is known of a picture, which may be two images of a source."""
        known = self.features.get(sha256)
        self.features[sha256] = found if known is None else unite(known, found)


def unite(first: Features, second: Features) -> Features:
    """Return the features of both, of points of one picture by one backbone; where both have a point, the first's."""
    known = set(zip(first.rows.tolist(), first.columns.tolist(), strict=True))
    places = zip(second.rows.tolist(), second.columns.tolist(), strict=True)
    fresh = np.array([place not in known for place in places], bool)
    return Features(
        rows=np.concatenate([first.rows, second.rows[fresh]]),
        columns=np.concatenate([first.columns, second.columns[fresh]]),
        values=np.concatenate([first.values, second.values[fresh]]),
    )


def encode_bundle(bundle: Bundle, length: int) -> bytes:
    """Return a bundle as one Arrow IPC file. length: of each row of values."""
    ordered = sorted(bundle.features.items())
    names = np.repeat([sha256 for sha256, _ in ordered], [len(one.rows) for _, one in ordered])
    values = np.concatenate([np.empty((0, length), np.float32), *(one.values for _, one in ordered)])
    columns = [
        pa.array(names.tolist(), pa.string()).dictionary_encode(),
        pa.array(np.concatenate([np.empty(0, np.int32), *(one.rows for _, one in ordered)]), pa.int32()),
        pa.array(np.concatenate([np.empty(0, np.int32), *(one.columns for _, one in ordered)]), pa.int32()),
        pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1), pa.float32()), length),
    ]
    lacking = json.dumps(bundle.lacking, sort_keys=True).encode()
    batch = pa.record_batch(columns, schema=_schema(length).with_metadata({_LACKING: lacking}))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def decode_bundle(content: bytes) -> Bundle:
    """Read what `encode_bundle` wrote. Raises BadInput, bad_features, for anything else."""
    try:
        table = pa.ipc.open_file(pa.py_buffer(content)).read_all()
        length = table.schema.field("values").type.list_size
        lacking = json.loads((table.schema.metadata or {})[_LACKING])
    except (pa.ArrowException, KeyError, AttributeError, OSError, ValueError) as error:
        raise BadInput("this is no bundle of features", code="bad_features") from error
    if not len(table):
        return Bundle({}, lacking)
    table = table.combine_chunks()
    images = table.column("image").combine_chunks()
    numbers, names = images.indices.to_numpy(), images.dictionary.to_pylist()
    rows, columns = table.column("row").to_numpy(), table.column("column").to_numpy()
    values = table.column("values").combine_chunks().flatten().to_numpy().reshape(-1, length)
    starts = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(numbers)]
    spans = [slice(start, end) for start, end in pairwise(starts)]
    features = {
        names[numbers[span.start]]: Features(rows[span], columns[span], values[span]) for span in spans
    }
    return Bundle(features, lacking)


def _schema(length: int) -> Any:
    return pa.schema(
        [
            pa.field("image", pa.dictionary(pa.int32(), pa.string()), nullable=False),
            pa.field("row", pa.int32(), nullable=False),
            pa.field("column", pa.int32(), nullable=False),
            pa.field("values", pa.list_(pa.float32(), length), nullable=False),
        ]
    )
