"""Uploads as Arrow or Parquet: a first column of times, then one per channel."""

import io
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.errors import BadInput
from pipelines.tiles.parse.gather import Gather, Odd
from pipelines.tiles.parse.json_body import Reader
from pipelines.tiles.parse.names import channel_names
from pipelines.tiles.values import Batch, Floats

BROKEN = (pa.ArrowException, OSError, UnicodeDecodeError)  # what Arrow raises for damaged bytes
ROWS = 1 << 16  # per block
UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def parse_arrow(body: bytes | Reader) -> Batch:
    """Read an Arrow IPC stream: a first column of times (numbers of seconds, or timestamps), then one per channel.

    Other columns hold numbers or strings; null is nothing. Raises BadInput: not_arrow, bad_column (a type that is
    neither), bad_cell, bad_name, name_twice.
    """
    source = io.BytesIO(body) if isinstance(body, bytes) else pa.PythonFile(body, mode="r")
    try:
        reader = pa.ipc.open_stream(source)
        return _gathered(reader.schema, 0, reader)
    except BROKEN as error:
        raise BadInput(f"this is not an Arrow IPC stream: {error}", code="not_arrow") from error


def parse_parquet(body: bytes | Any) -> Batch:
    """Read Parquet from bytes or a seekable file; see `parse_arrow`. Raises BadInput not_parquet and as that does."""
    source = io.BytesIO(body) if isinstance(body, bytes) else body
    try:
        file = pq.ParquetFile(source)
        return _gathered(
            file.schema_arrow, file.metadata.num_rows, file.iter_batches(batch_size=ROWS, use_threads=False)
        )
    except BROKEN as error:
        raise BadInput(f"this is not a readable Parquet file: {error}", code="not_parquet") from error


def _pieces(batch: Any) -> Iterable[Any]:
    batch.validate(full=True)  # else offsets that lead outside a damaged batch are followed
    return (batch.slice(at, ROWS) for at in range(0, batch.num_rows, ROWS))


def _gathered(schema: Any, rows: int, batches: Iterable[Any]) -> Batch:
    names = channel_names(schema.names[1:])
    gather = Gather(len(schema.names), names)
    gather.check_size(rows)
    _check_types(schema)
    for batch in (part for whole in batches for part in _pieces(whole)):
        odd: list[Odd] = []
        times = _times(gather, batch.column(0))
        columns = [_column(gather, batch.column(at), at, odd) for at in range(1, batch.num_columns)]
        gather.add([times, *columns], odd)
    return gather.finish(names)


def _check_types(schema: Any) -> None:
    first, *rest = schema
    if not (_is_number(first.type) or pa.types.is_timestamp(first.type)):
        raise BadInput(
            f"column 0 ({first.name!r}) has type {first.type}; times are numbers of seconds or timestamps",
            code="bad_column",
        )
    for number, column in enumerate(rest, 1):
        if not (_is_number(column.type) or _is_text(column.type) or pa.types.is_null(column.type)):
            raise BadInput(
                f"column {number} ({column.name!r}) has type {column.type}; channels hold numbers or strings",
                code="bad_column",
            )


def _is_number(type: Any) -> bool:
    return bool(pa.types.is_integer(type) or pa.types.is_floating(type))


def _is_text(type: Any) -> bool:
    value = type.value_type if pa.types.is_dictionary(type) else type
    return bool(pa.types.is_string(value) or pa.types.is_large_string(value))


def _times(gather: Gather, cells: Any) -> Floats:
    if cells.null_count:
        row = int(np.argmax(cells.is_null().to_numpy(zero_copy_only=False)))
        raise gather.refusal(row, 0, "null is not a number of seconds")
    if not pa.types.is_timestamp(cells.type):
        return _floats(cells)
    per_second = UNITS[cells.type.unit]
    ticks = cells.cast(pa.int64()).to_numpy(zero_copy_only=False)
    whole, rest = np.divmod(ticks, per_second)
    times: Floats = whole + rest / per_second
    return times


def _column(gather: Gather, cells: Any, column: int, odd: list[Odd]) -> Floats:
    if not _is_text(cells.type):
        return _finite(gather, cells, column)
    for row, word in enumerate(cells.cast(pa.string()).to_pylist()):
        if word is not None:
            odd.append(Odd(row, column - 1, word))
    return np.full(len(cells), np.nan)


def _finite(gather: Gather, cells: Any, column: int) -> Floats:
    if pa.types.is_floating(cells.type):
        strange = pc.fill_null(pc.invert(pc.is_finite(cells)), fill_value=False).to_numpy(
            zero_copy_only=False
        )
        if strange.any():
            row = int(np.argmax(strange))
            raise gather.refusal(
                row, column, f"{cells[row].as_py()} is not a finite number; null says nothing"
            )
    return _floats(cells)


def _floats(cells: Any) -> Floats:
    numbers: Floats = cells.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return numbers
