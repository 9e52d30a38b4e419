"""Read the cells of a table of tracks, CSV or Parquet, and refuse what is not one."""

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipelines.errors import BadInput
from pipelines.track.columns import MEASURES, NAMES, REQUIRED, STABLE

BYTES_LIMIT = 256 << 20  # of the file, and of a Parquet file unpacked
ROWS_LIMIT = 2_000_000  # 10,000 frames of 200 points: about 200 MB in memory
FRAME_LIMIT = 1 << 40  # frame numbers above are a mistake
LABEL_LIMIT = 200  # characters
_PART_BYTES = 1 << 20  # of a file that should be text, looked at one by one
_WORDS = pa.dictionary(pa.int32(), pa.string())  # a text column that repeats itself, unpacked nowhere
_CSV_TYPES = {name: pa.string() for name in (*REQUIRED, *MEASURES, *STABLE)} | {
    "label": _WORDS,
    "status": _WORDS,
}


@dataclass(frozen=True, slots=True)
class Cells:
    """The columns of a table of r rows, each (r,).

    label, status: int64, index into `labels` and value of `Status`. NaN in the float64 columns: an empty cell.
    stable: (r, 2) float64, or None when the table has no such columns.
    """

    labels: tuple[str, ...]
    frame: NDArray[np.int64]
    seconds: NDArray[np.float64]
    label: NDArray[np.int64]
    status: NDArray[np.int64]
    places: NDArray[np.float64]
    err: NDArray[np.float64]
    score: NDArray[np.float64]
    stable: NDArray[np.float64] | None


def read_cells(path: Path) -> Cells:
    """Read a table; its first bytes say whether it is Parquet.

    Raises BadInput: table_unreadable, table_too_large, table_column, table_row, table_value; it names the column
    and the row, of which the first below the header is 1.
    """
    _check_bytes(path.stat().st_size)
    try:
        return _cells(_read_parquet(path) if _is_parquet(path) else _read_csv(path))
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise BadInput(f"the table cannot be read: {error}", code="table_unreadable") from error


def _cells(table: pa.Table) -> Cells:
    if table.num_rows == 0:
        raise BadInput("the table has no rows", code="table_empty")
    if table.num_rows > ROWS_LIMIT:
        raise _too_many_rows(table.num_rows)
    labels, label = _words(table, "label")
    names, status = _words(table, "status")
    for text in labels:
        if not 1 <= len(text) <= LABEL_LIMIT:
            row = int(np.argmax(label == labels.index(text)))
            raise _bad_cell(row, "label", f"has {len(text)} characters; it takes 1 to {LABEL_LIMIT}")
    known = np.array([NAMES.index(name) if name in NAMES else -1 for name in names], np.int64)[status]
    _refuse(known < 0, "status", f"is none of {', '.join(NAMES)}")
    frame = _whole(table, "frame")
    _refuse((frame < 0) | (frame > FRAME_LIMIT), "frame", f"is not from 0 to {FRAME_LIMIT}")
    seconds = _number(table, "time_seconds")
    _refuse(np.isnan(seconds), "time_seconds", "is empty")
    places = _pair(table, ("x", "y"))
    return Cells(
        labels=tuple(labels),
        frame=frame,
        seconds=seconds,
        label=label,
        status=known,
        places=places,
        err=_optional(table, "err"),
        score=_optional(table, "score"),
        stable=_pair(table, STABLE) if set(STABLE) <= set(table.column_names) else None,
    )


def _refuse_binary(path: Path) -> None:
    """Refuse a movie, say, before its bytes are quoted as rows."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while part := file.read(_PART_BYTES):
            if b"\0" in part:
                raise BadInput(
                    "the table cannot be read: it is neither Parquet nor text", code="table_unreadable"
                )
            decoder.decode(part)
        decoder.decode(b"", final=True)


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _read_csv(path: Path) -> pa.Table:
    _refuse_binary(path)
    ragged: list[Any] = []

    def keep(row: Any) -> str:  # an error raised in here would not come through
        ragged.append(row)
        return "skip"

    table = pa.csv.read_csv(
        path,
        read_options=pa.csv.ReadOptions(use_threads=False),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=keep),
        convert_options=pa.csv.ConvertOptions(column_types=_CSV_TYPES),
    )
    if ragged:
        row = ragged[0]
        raise BadInput(
            f"row {row.number - 1} has {row.actual_columns} cells, the header has {row.expected_columns}",
            code="table_row",
        )
    return table.select(_wanted(table.column_names))


def _read_parquet(path: Path) -> pa.Table:
    with pq.ParquetFile(path) as file:
        names = _parquet_columns(file.metadata, file.schema_arrow)
    with pq.ParquetFile(path, read_dictionary=["label", "status"]) as file:
        table = file.read(columns=names, use_threads=False)
    table.validate(full=True)  # a damaged file may point beyond its own texts
    return table


def _parquet_columns(metadata: pq.FileMetaData, schema: pa.Schema) -> list[str]:
    """Give the names of the columns to read, once it is sure that they are few and what they should be."""
    if metadata.num_rows > ROWS_LIMIT:
        raise _too_many_rows(metadata.num_rows)
    _check_bytes(sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups)))
    names = _wanted(schema.names)
    for name in names:
        _check_type(name, schema.field(name).type)
    return names


def _check_type(name: str, kind: pa.DataType) -> None:
    is_text = name in {"label", "status"}
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    if is_text and not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise BadInput(f"column {name!r} holds {kind}, not text", code="table_column")
    if not is_text and not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
        raise BadInput(f"column {name!r} holds {kind}, not numbers", code="table_column")


def _wanted(names: list[str]) -> list[str]:
    """Give the names of the columns that are to be read; others are passed over."""
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise BadInput(
            f"the table lacks the column {missing[0]!r}",
            code="table_column",
            hint=f"a table of tracks has the columns {', '.join(REQUIRED)}",
        )
    wanted = [name for name in (*REQUIRED, *MEASURES, *STABLE) if name in names]
    twice = [name for name in wanted if names.count(name) > 1]
    if twice:
        raise BadInput(f"the table has two columns {twice[0]!r}", code="table_column")
    return wanted


def _words(table: pa.Table, name: str) -> tuple[list[str], NDArray[np.int64]]:
    """Give the different texts of a column in the order of their appearance, and the index of each row's."""
    column = table[name].cast(_WORDS).unify_dictionaries().combine_chunks()
    array = column if isinstance(column, pa.DictionaryArray) else column.chunk(0)
    _refuse(array.is_null().to_numpy(zero_copy_only=False), name, "is empty")
    codes, first = np.unique(array.indices.to_numpy(), return_index=True)
    order = np.argsort(first)
    rank = np.zeros(len(array.dictionary), np.int64)
    rank[codes[order]] = np.arange(len(codes))
    return [array.dictionary[int(code)].as_py() for code in codes[order]], rank[array.indices.to_numpy()]


def _whole(table: pa.Table, name: str) -> NDArray[np.int64]:
    column = _cast(table[name], name, pa.int64(), "is not a whole number")
    _refuse(column.is_null().to_numpy(), name, "is empty")
    return column.to_numpy()  # type: ignore[no-any-return]


def _number(table: pa.Table, name: str) -> NDArray[np.float64]:
    column = _cast(table[name], name, pa.float64(), "is not a number")
    values = column.to_numpy()
    _refuse(~np.isfinite(values) & column.is_valid().to_numpy(), name, "is not a finite number")
    return values  # type: ignore[no-any-return]


def _optional(table: pa.Table, name: str) -> NDArray[np.float64]:
    return _number(table, name) if name in table.column_names else np.full(table.num_rows, np.nan)


def _pair(table: pa.Table, names: tuple[str, str]) -> NDArray[np.float64]:
    x, y = (_number(table, name) for name in names)
    _refuse(np.isnan(x) & ~np.isnan(y), names[0], f"is empty while {names[1]!r} is not")
    _refuse(np.isnan(y) & ~np.isnan(x), names[1], f"is empty while {names[0]!r} is not")
    return np.stack([x, y], axis=1)


def _cast(column: pa.ChunkedArray, name: str, kind: pa.DataType, complaint: str) -> pa.ChunkedArray:
    if pa.types.is_string(column.type):
        column = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
    if not _casts(column, kind):
        low, high = 0, len(column)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _casts(column.slice(low, middle - low), kind) else (low, middle)
        raise _bad_cell(low, name, f"{complaint}: {str(column[low].as_py())[:40]!r}")
    return column.cast(kind)


def _casts(column: pa.ChunkedArray, kind: pa.DataType) -> bool:
    try:
        column.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True


def _refuse(bad: NDArray[np.bool_], name: str, complaint: str) -> None:
    if bad.any():
        raise _bad_cell(int(np.argmax(bad)), name, complaint)


def _bad_cell(row: int, name: str, complaint: str) -> BadInput:
    return BadInput(f"column {name!r} of row {row + 1} {complaint}", code="table_value")


def _check_bytes(size_bytes: int) -> None:
    if size_bytes > BYTES_LIMIT:
        raise BadInput(
            f"the table has {size_bytes} bytes; the limit is {BYTES_LIMIT}", code="table_too_large"
        )


def _too_many_rows(rows: int) -> BadInput:
    return BadInput(f"the table has {rows} rows; the limit is {ROWS_LIMIT}", code="table_too_large")
