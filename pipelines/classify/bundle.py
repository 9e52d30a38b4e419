"""The features of several pictures in one file: what one part of a job hands to the part that joins."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.classify.features import Features
from pipelines.errors import BadInput


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


def encode_bundle(features: Mapping[str, Features], length: int) -> bytes:
    """Return features by the sha256 of their picture as one Arrow IPC file. length: of each row of values."""
    ordered = sorted(features.items())
    names = np.repeat([sha256 for sha256, _ in ordered], [len(one.rows) for _, one in ordered])
    values = np.concatenate([np.empty((0, length), np.float32), *(one.values for _, one in ordered)])
    columns = [
        pa.array(names.tolist(), pa.string()).dictionary_encode(),
        pa.array(np.concatenate([np.empty(0, np.int32), *(one.rows for _, one in ordered)]), pa.int32()),
        pa.array(np.concatenate([np.empty(0, np.int32), *(one.columns for _, one in ordered)]), pa.int32()),
        pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1), pa.float32()), length),
    ]
    batch = pa.record_batch(columns, schema=_schema(length))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def decode_bundle(content: bytes) -> dict[str, Features]:
    """Return features by the sha256 of their picture. Raises BadInput, bad_features, for anything else."""
    try:
        table = pa.ipc.open_file(pa.py_buffer(content)).read_all()
        length = table.schema.field("values").type.list_size
    except (pa.ArrowException, KeyError, AttributeError, OSError) as error:
        raise BadInput("this is no bundle of features", code="bad_features") from error
    if not len(table):
        return {}
    table = table.combine_chunks()
    images = table.column("image").combine_chunks()
    numbers, names = images.indices.to_numpy(), images.dictionary.to_pylist()
    rows, columns = table.column("row").to_numpy(), table.column("column").to_numpy()
    values = table.column("values").combine_chunks().flatten().to_numpy().reshape(-1, length)
    starts = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(numbers)]
    spans = [slice(start, end) for start, end in pairwise(starts)]
    return {names[numbers[span.start]]: Features(rows[span], columns[span], values[span]) for span in spans}


def _schema(length: int) -> Any:
    return pa.schema(
        [
            pa.field("image", pa.dictionary(pa.int32(), pa.string()), nullable=False),
            pa.field("row", pa.int32(), nullable=False),
            pa.field("column", pa.int32(), nullable=False),
            pa.field("values", pa.list_(pa.float32(), length), nullable=False),
        ]
    )
