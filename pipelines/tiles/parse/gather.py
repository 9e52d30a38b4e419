"""Gather the rows of an upload, block by block, by channel."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from pipelines.errors import BadInput
from pipelines.tiles.merge import latest
from pipelines.tiles.values import (
    TEXT_LIMIT,
    TIME_LIMIT,
    VALUE_LIMIT,
    Batch,
    Floats,
    Samples,
    Texts,
    Uploaded,
    stamp,
)

CELLS_LIMIT = 1 << 27  # of one upload, times too: a gigabyte of numbers, whatever they were packed to
DELETE: Final = None  # in place of a text: both the number and the text of this time are to go


@dataclass(frozen=True, slots=True)
class Odd:
    """A cell that is no number: a text, or DELETE. row: within its block; column: 0 is the first channel."""

    row: int
    column: int
    text: str | None


class Column:
    """A column that grows in place: lists of blocks, joined at the end, would need its memory twice."""

    def __init__(self) -> None:
        self._held = np.empty(0)
        self._count = 0

    def extend(self, values: Floats) -> None:
        """Append values."""
        needed = self._count + len(values)
        if needed > len(self._held):
            self._held.resize(needed + (needed >> 3) * bool(self._count), refcheck=False)
        self._held[self._count : needed] = values
        self._count = needed

    def whole(self) -> Floats:
        """Give all values, (n,) float64; the column must not grow after."""
        self._held.resize(self._count, refcheck=False)
        return self._held


@dataclass(slots=True)
class Gather:
    """The columns of an upload, the first being time.

    names: of the channels, for messages, where they are known yet. rows: how many have come.
    """

    columns: int
    names: Sequence[str] | None = None
    rows: int = 0
    _grown: list[Column] = field(init=False)
    _odd: list[list[tuple[int, str | None]]] = field(init=False)

    def __post_init__(self) -> None:
        self._grown = [Column() for _ in range(self.columns)]
        self._odd = [[] for _ in range(self.columns - 1)]

    def add(self, block: Sequence[Floats], odd: Sequence[Odd] = ()) -> None:
        """Append a block of rows: its times, then a column per channel, NaN where a row has no number.

        Raises BadInput bad_cell, naming row and column, for what no channel takes.
        """
        self.check_size(self.rows + len(block[0]))
        times, *columns = (column + 0.0 for column in block)  # -0.0 becomes 0.0: they are one time
        self._check(times, 0, np.abs(times) < TIME_LIMIT, f"a time below {TIME_LIMIT:.0f} s")
        for number, column in enumerate(columns, 1):
            fits = (np.abs(column) <= VALUE_LIMIT) | np.isnan(column)
            self._check(column, number, fits, f"a number of at most {VALUE_LIMIT:g}")
        for cell in odd:
            if cell.text is not None and len(cell.text) > TEXT_LIMIT:
                raise self.refusal(
                    cell.row, cell.column + 1, f"has {len(cell.text)} characters; the limit is {TEXT_LIMIT}"
                )
            self._odd[cell.column].append((self.rows + cell.row, cell.text))
        for grown, column in zip(self._grown, (times, *columns), strict=True):
            grown.extend(column)
        self.rows += len(times)

    def finish(self, names: Sequence[str]) -> Batch:
        """Give what the rows say by channel; none may be added after."""
        t, *columns = (grown.whole() for grown in self._grown)
        said = zip(names, columns, self._odd, strict=True)
        return Batch({name: _uploaded(t, column, odd) for name, column, odd in said}, self.rows)

    def check_size(self, rows: int) -> None:
        """Raise BadInput too_many_cells if an upload of so many rows is too large."""
        if rows * self.columns > CELLS_LIMIT:
            raise BadInput(
                f"{rows} rows of {self.columns} columns are above the limit of {CELLS_LIMIT} cells in one upload",
                code="too_many_cells",
            )

    def refusal(self, row: int, column: int, why: str) -> BadInput:
        """Give the error that names a cell; row: within the block that comes next; column: 0 is time."""
        return BadInput(
            f"row {self.rows + row + 1}, column {self.column_name(column)}: {why}", code="bad_cell"
        )

    def ragged(self, row: int, cells: int) -> BadInput:
        """Give the error that names a row of too many or too few cells; row: of the upload, the first is 1."""
        where = f"row {row} has {cells} cells, not {self.columns}"
        if cells > self.columns:
            return BadInput(f"{where}: column {self.columns} is one too many", code="ragged")
        missing = self.column_name(cells)
        return BadInput(
            f"{where}: column {missing} is missing; null, in CSV nothing, would do", code="ragged"
        )

    def column_name(self, column: int) -> str:
        """Give what a message calls a column; 0 is time."""
        if column == 0:
            return "0 (time)"
        return str(column) if self.names is None else f"{column} ({self.names[column - 1]!r})"

    def _check(
        self, values: Floats, column: int, fits: np.ndarray[tuple[int], np.dtype[np.bool_]], wanted: str
    ) -> None:
        if not fits.all():
            row = int(np.argmin(fits))
            value = values[row]
            said = "is missing" if np.isnan(value) else f"is {value:g}"
            raise self.refusal(row, column, f"{said}, not {wanted}")


def joined_uploads(batches: Sequence[Batch]) -> Batch:
    """Give several parts of one upload as one: of two rows at one time that of the later part wins."""
    if len(batches) == 1:
        return batches[0]
    parts: dict[str, list[Uploaded]] = {}
    for batch in batches:
        for name, part in batch.channels.items():
            parts.setdefault(name, []).append(part)
    channels = {
        name: Uploaded(
            latest(Samples.joined([part.samples for part in said])),
            latest(Texts.joined([part.texts for part in said])),
        )
        for name, said in parts.items()
    }
    return Batch(channels, sum(batch.rows for batch in batches))


def _uploaded(t: Floats, v: Floats, odd: Sequence[tuple[int, str | None]]) -> Uploaded:
    said = ~np.isnan(v)
    said[[row for row, text in odd if text is DELETE]] = True
    times, values = (t, v) if said.all() else (t[said], v[said])
    words = np.empty(len(odd), object)
    words[:] = [text for _, text in odd]
    texts = Texts(t[[row for row, _ in odd]], words, stamp(0, len(odd)))
    return Uploaded(latest(Samples(times, values, stamp(0, len(times)))), latest(texts))
