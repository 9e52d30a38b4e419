"""The features of a picture's points: computed by a network, and kept so that no picture need be read twice."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.classify.network import Network
from pipelines.classify.patches import Pixels, Whole, check_points, cut_patches
from pipelines.errors import BadInput

FEATURES_VERSION = 1  # counted up when equal points of equal pictures get other numbers
_DIGEST_BYTES = 32
_BATCH = 16  # points between two ticks, at least
Tick = Callable[[int, int, str], None]  # (points done, points in all, phase); may raise to stop the work


@dataclass(frozen=True, slots=True)
class Features:
    """What a backbone found at points of one picture.

    rows, columns: (n,) int32, in pixels from the top left, 0 the first. values: (n, d) float32, one row per point.
    """

    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    values: NDArray[np.float32]


def describe(
    pixels: Pixels, rows: Whole, columns: Whole, network: Network, *, tick: Tick | None = None
) -> NDArray[np.float32]:
    """Return (n, length) float32: what the network gives for the patch round each point, in the order of the points.

    pixels: (h, w, 3) uint8 RGB. A point that is named twice is computed once. Memory: the picture and one batch.
    Raises BadInput: point_outside, bad_network.
    """
    check_points(rows, columns, pixels.shape[1], pixels.shape[0])
    places = np.stack([np.asarray(rows, np.int64), np.asarray(columns, np.int64)], axis=1).reshape(-1, 2)
    points, where = np.unique(places, axis=0, return_inverse=True)
    found = np.empty((len(points), network.manifest.length), np.float32)
    side = network.manifest.patch_px
    batch = max(network.batch, _BATCH)
    buffer = np.empty((batch, side, side, 3), np.uint8)
    for start in range(0, len(points), batch):
        some = points[start : start + batch]
        patches = cut_patches(pixels, some[:, 0], some[:, 1], side, buffer)
        found[start : start + len(some)] = network.run(patches)
        if tick is not None:
            tick(start + len(some), len(points), "points")
    ordered: NDArray[np.float32] = found[where.reshape(-1)]
    return ordered


def encode_features(features: Features) -> bytes:
    """Return the features as the SHA-256 (32 bytes) of an Arrow IPC file, then that file.

    Its columns are `row`, `column`, and `values`, a list of one length.
    """
    length = features.values.shape[1]
    values = pa.FixedSizeListArray.from_arrays(pa.array(features.values.reshape(-1), pa.float32()), length)
    rows, columns = pa.array(features.rows, pa.int32()), pa.array(features.columns, pa.int32())
    batch = pa.record_batch([rows, columns, values], schema=_schema(length))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)
    content: bytes = sink.getvalue().to_pybytes()
    return hashlib.sha256(content).digest() + content


def decode_features(content: bytes) -> Features:
    """Read what `encode_features` wrote. Raises BadInput, bad_features, for anything else, one changed bit included."""
    digest, file = content[:_DIGEST_BYTES], memoryview(content)[_DIGEST_BYTES:]
    if hashlib.sha256(file).digest() != digest:
        raise BadInput("these features are damaged", code="bad_features")
    try:
        table = pa.ipc.open_file(pa.py_buffer(file)).read_all().combine_chunks()
        kind = table.schema.field("values").type
        if not pa.types.is_fixed_size_list(kind) or table.schema != _schema(kind.list_size):
            raise BadInput("these are features of another layout", code="bad_features")
        values = table.column("values").combine_chunks()
    except (pa.ArrowException, KeyError, OSError) as error:
        raise BadInput("this is no file of features", code="bad_features") from error
    return Features(
        rows=table.column("row").to_numpy(),
        columns=table.column("column").to_numpy(),
        values=values.flatten().to_numpy().reshape(len(table), kind.list_size),
    )


def _schema(length: int) -> Any:
    fields = [
        pa.field("row", pa.int32(), nullable=False),
        pa.field("column", pa.int32(), nullable=False),
        pa.field("values", pa.list_(pa.float32(), length), nullable=False),
    ]
    return pa.schema(fields, metadata={"darkroom.features": str(FEATURES_VERSION)})
