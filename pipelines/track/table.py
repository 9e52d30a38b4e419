"""Write tracks as tables: one row per frame and point, as CSV for people and Parquet for programs."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.track.status import Status
from pipelines.track.tracker import FrameTrack

HEADER = "frame,time_seconds,label,x,y,status,err\n"
GROUP_ROWS = 1 << 14  # rows that are held in memory before they are written
UNITS = {
    "frame": "index of the shown frame, the movie's first is 0",
    "time_seconds": "seconds since the movie's first frame is shown",
    "x": "pixels of the upright source picture, the centre of the top left pixel is 0",
    "y": "pixels of the upright source picture, downwards, the centre of the top left pixel is 0",
    "status": "tracked, lost (the last place is kept) or out_of_frame",
    "err": "mean absolute difference of luma over the window; null when lost",
}
_TYPES = {
    "frame": pa.int64(),
    "time_seconds": pa.float64(),
    "label": pa.string(),
    "x": pa.float32(),
    "y": pa.float32(),
    "status": pa.string(),
    "err": pa.float32(),
}
SCHEMA = pa.schema(
    [pa.field(name, kind, metadata={"unit": UNITS.get(name, "")}) for name, kind in _TYPES.items()],
    metadata={"darkroom.units": json.dumps(UNITS, sort_keys=True)},
)
_NAMES = [status.name.lower() for status in Status]


class CsvTable:
    """A CSV file that grows row by row; see `open_csv`."""

    def __init__(self, file: TextIO, labels: Sequence[str]) -> None:
        self._file = file
        self._labels = [_quoted(label) for label in labels]
        file.write(HEADER)

    def add(self, track: FrameTrack) -> None:
        """Append one row per point."""
        head = f"{track.index},{track.seconds:.6f},"
        for label, (x, y), status, err in zip(
            self._labels, track.positions.tolist(), track.status.tolist(), track.err.tolist(), strict=True
        ):
            error = "" if np.isnan(err) else f"{err:.4f}"
            self._file.write(f"{head}{label},{x:.4f},{y:.4f},{_NAMES[status]},{error}\n")


class ParquetTable:
    """A Parquet file that grows by groups of rows; see `open_parquet`."""

    def __init__(self, writer: Any, labels: Sequence[str]) -> None:
        self._writer = writer
        self._labels = list(labels)
        self._tracks: list[tuple[int, float, Any, Any, Any]] = []

    def add(self, track: FrameTrack) -> None:
        """Append one row per point."""
        self._tracks.append((track.index, track.seconds, track.positions, track.status, track.err))
        if len(self._tracks) * len(self._labels) >= GROUP_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        if not self._tracks:
            return
        count = len(self._labels)
        index, seconds, positions, status, err = zip(*self._tracks, strict=True)
        places, errors = np.concatenate(positions), np.concatenate(err)
        columns = {
            "frame": np.repeat(index, count),
            "time_seconds": np.repeat(seconds, count),
            "label": self._labels * len(index),
            "x": places[:, 0],
            "y": places[:, 1],
            "status": [_NAMES[value] for value in np.concatenate(status)],
            "err": pa.array(errors, mask=np.isnan(errors)),
        }
        self._writer.write_table(pa.table(columns, schema=SCHEMA))
        self._tracks.clear()


@contextmanager
def open_csv(path: Path, labels: Sequence[str]) -> Iterator[CsvTable]:
    """Give a table that is whole once the block is left without an error."""
    with path.open("w", encoding="utf-8", newline="") as file:
        yield CsvTable(file, labels)


@contextmanager
def open_parquet(path: Path, labels: Sequence[str]) -> Iterator[ParquetTable]:
    """Give a table that is whole once the block is left without an error."""
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        table = ParquetTable(writer, labels)
        yield table
        table.flush()


def _quoted(label: str) -> str:
    """Give a label as a CSV field. Source: RFC 4180, 2.6."""
    needs_quotes = any(sign in label for sign in ',"\r\n')
    return '"' + label.replace('"', '""') + '"' if needs_quotes else label
