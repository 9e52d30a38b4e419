"""Write tracks as tables: one row per frame and point, as CSV for people and Parquet for programs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isnan
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipelines.track.columns import NAMES, STABLE, Row, columns, schema

GROUP_ROWS = 1 << 14  # rows that are held in memory before they are written


class CsvTable:
    """A CSV file that grows row by row; see `open_csv`."""

    def __init__(self, file: TextIO, labels: Sequence[str], stabilised: bool) -> None:
        self._file = file
        self._labels = [quoted(label) for label in labels]
        self._stabilised = stabilised
        file.write(",".join(columns(stabilised)) + "\n")

    def add(self, row: Row) -> None:
        """Append one line per point that has a place."""
        head = f"{row.index},{row.seconds:.6f},"
        tails = self._tails(row)
        for label, (x, y), status, err, score, tail in zip(
            self._labels,
            row.positions.tolist(),
            row.status.tolist(),
            row.err.tolist(),
            row.score.tolist(),
            tails,
            strict=True,
        ):
            if not isnan(x):
                measures = f"{_decimal(err)},{_decimal(score)}"
                self._file.write(f"{head}{label},{x:.4f},{y:.4f},{NAMES[status]},{measures}{tail}\n")

    def _tails(self, row: Row) -> list[str]:
        if not self._stabilised:
            return [""] * len(self._labels)
        return [f",{_decimal(x)},{_decimal(y)}" for x, y in _stable(row).tolist()]


class ParquetTable:
    """A Parquet file that grows by groups of rows; see `open_parquet`."""

    def __init__(self, writer: Any, labels: Sequence[str], stabilised: bool) -> None:
        self._writer = writer
        self._labels = np.array(labels, object)
        self._stabilised = stabilised
        self._held: list[tuple[Any, ...]] = []

    def add(self, row: Row) -> None:
        """Append one line per point that has a place."""
        stable = _stable(row) if self._stabilised else row.positions
        self._held.append((row.index, row.seconds, row.positions, row.status, row.err, row.score, stable))
        if len(self._held) * len(self._labels) >= GROUP_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        if not self._held:
            return
        count, frames = len(self._labels), len(self._held)
        index, seconds, positions, status, err, score, stable = zip(*self._held, strict=True)
        places, steady = np.concatenate(positions), np.concatenate(stable)
        known = ~np.isnan(places[:, 0])
        every = {
            "frame": np.repeat(index, count),
            "time_seconds": np.repeat(seconds, count),
            "label": np.tile(self._labels, frames),
            "x": places[:, 0],
            "y": places[:, 1],
            "status": np.array(NAMES, object)[np.concatenate(status)],
            "err": np.concatenate(err),
            "score": np.concatenate(score),
            **dict(zip(STABLE, steady.T, strict=True)),
        }
        names = columns(self._stabilised)
        arrays = {name: pa.array(every[name][known], from_pandas=True) for name in names}  # NaN is null
        self._writer.write_table(_cast(arrays, schema(self._stabilised)))
        self._held.clear()


@contextmanager
def open_csv(path: Path, labels: Sequence[str], *, stabilised: bool = False) -> Iterator[CsvTable]:
    """Give a table that is whole once the block is left without an error.

    stabilised: it also has the columns `x_stable` and `y_stable`.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        yield CsvTable(file, labels, stabilised)


@contextmanager
def open_parquet(path: Path, labels: Sequence[str], *, stabilised: bool = False) -> Iterator[ParquetTable]:
    """Give a table that is whole once the block is left without an error; see `open_csv`."""
    with pq.ParquetWriter(path, schema(stabilised), compression="zstd") as writer:
        table = ParquetTable(writer, labels, stabilised)
        yield table
        table.flush()


def quoted(label: str) -> str:
    """Give a label as a CSV field. Source: RFC 4180, 2.6."""
    needs_quotes = any(sign in label for sign in ',"\r\n')
    return '"' + label.replace('"', '""') + '"' if needs_quotes else label


def _cast(arrays: dict[str, pa.Array], to: pa.Schema) -> pa.Table:
    return pa.table([arrays[field.name].cast(field.type) for field in to], schema=to)


def _stable(row: Row) -> NDArray[np.floating]:
    return np.full(row.positions.shape, np.nan) if row.stable is None else row.stable


def _decimal(value: float) -> str:
    return "" if isnan(value) else f"{value:.4f}"
