"""Uploads as CSV: a header, then a time and a cell for each channel in every row."""

import csv
import io
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from pipelines.errors import BadInput
from pipelines.tiles.parse.gather import DELETE, Gather, Odd
from pipelines.tiles.parse.json_body import Reader
from pipelines.tiles.parse.names import channel_names
from pipelines.tiles.values import Batch, Floats

PIECE = 1 << 20  # bytes
NUMBER = r"^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$"
REFUSED = ("true", "nan", "inf", "-inf", "+inf", "infinity", "-infinity")


def parse_csv(body: bytes | Reader) -> Batch:
    """Read CSV whose first column is the time in seconds, and whose header names the channels of the others.

    A cell is a number, a text, nothing, or `false` (delete). Raises BadInput: not_csv, ragged, bad_cell (not UTF-8,
    too), bad_name, name_twice, each naming row and column where there is one; row 1 is the one after the header.
    """
    source = _Rest(io.BytesIO(body) if isinstance(body, bytes) else body)
    header = source.header()
    names = channel_names(header[1:])
    gather = Gather(len(header), names)
    ragged: list[BadInput] = []

    def refuse(row: Any) -> str:
        ragged.append(gather.ragged(row.number, row.actual_columns))
        return "error"

    try:
        for batch in _opened(source, len(header), refuse):
            _add(gather, batch)
    except pa.ArrowInvalid as error:
        if ragged:
            raise ragged[0] from error
        raise BadInput(f"this is not a CSV of samples: {error}", code="not_csv") from error
    return gather.finish(names)


class _Rest:
    """What follows the header of a CSV, as a file that Arrow reads."""

    closed = False

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._held = b""

    def header(self) -> list[str]:
        """Read the first line. Raises BadInput not_csv."""
        while b"\n" not in self._held:
            piece = self._reader.read(PIECE)
            self._held += piece
            if not piece or len(self._held) > PIECE:
                break
        line, _, self._held = self._held.partition(b"\n")
        try:
            return next(csv.reader([line.decode("utf-8-sig").rstrip("\r")]), [])
        except (UnicodeDecodeError, csv.Error) as error:
            raise BadInput(f"the header of this CSV cannot be read: {error}", code="not_csv") from error

    def read(self, size: int, /) -> bytes:
        """Give up to `size` bytes; empty at the end."""
        if not self._held:
            return self._reader.read(size)
        data, self._held = self._held[:size], self._held[size:]
        return data

    def put_back(self, data: bytes) -> None:
        """Let what was read be read again."""
        self._held = data + self._held


def _opened(source: _Rest, columns: int, refuse: Callable[[Any], str]) -> Iterable[Any]:
    first = source.read(PIECE)
    if not first.strip():
        return []
    source.put_back(first)
    names = [str(at) for at in range(columns)]
    reader: Iterable[Any] = pa_csv.open_csv(
        pa.PythonFile(source, mode="r"),
        read_options=pa_csv.ReadOptions(block_size=PIECE, use_threads=False, column_names=names),
        parse_options=pa_csv.ParseOptions(invalid_row_handler=refuse),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.binary()), strings_can_be_null=False
        ),
    )
    return reader


def _add(gather: Gather, batch: Any) -> None:
    odd: list[Odd] = []
    columns = [_column(gather, batch.column(at), at, odd) for at in range(batch.num_columns)]
    missing = np.isnan(columns[0])
    if missing.any():
        raise gather.refusal(int(np.argmax(missing)), 0, "there is no time")
    gather.add(columns, odd)


def _column(gather: Gather, cells: Any, column: int, odd: list[Odd]) -> Floats:
    words = pc.utf8_trim_whitespace(_texts(gather, cells, column))
    is_number = pc.match_substring_regex(words, NUMBER)
    strange = pc.invert(pc.or_kleene(is_number, pc.equal(words, "")))
    for row in np.flatnonzero(strange.to_numpy(zero_copy_only=False)).tolist():
        word = words[row].as_py()
        if column == 0 or word.lower() in REFUSED:
            wanted = "a number of seconds" if column == 0 else "a finite number, a text, nothing or false"
            raise gather.refusal(row, column, f"{word[:40]!r} is not {wanted}")
        odd.append(Odd(row, column - 1, DELETE if word == "false" else word))
    numbers: Floats = pc.if_else(is_number, words, None).cast(pa.float64()).to_numpy(zero_copy_only=False)
    return numbers


def _texts(gather: Gather, cells: Any, column: int) -> Any:
    try:
        return cells.cast(pa.string())
    except pa.ArrowInvalid as error:
        row = next(at for at, cell in enumerate(cells.to_pylist()) if not _is_utf8(cell))
        raise gather.refusal(row, column, "this is not UTF-8") from error


def _is_utf8(cell: bytes) -> bool:
    try:
        cell.decode()
    except UnicodeDecodeError:
        return False
    return True
