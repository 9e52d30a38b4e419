"""A whole track in memory, as its table keeps it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import BadInput
from pipelines.track.cells import Cells, read_cells
from pipelines.track.status import Status

GRID_LIMIT = 4_000_000  # frames times points
SAME_SECONDS = 1e-5  # a table writes times with six decimals


@dataclass(frozen=True, slots=True)
class FrameRow:
    """One frame of a `Tracks`: what a table takes to write it; see `columns.Row`."""

    index: int
    seconds: float
    positions: NDArray[np.float64]
    status: NDArray[np.uint8]
    err: NDArray[np.float64]
    score: NDArray[np.float64]
    stable: NDArray[np.float64] | None


@dataclass(frozen=True, slots=True)
class Tracks:
    """Where n points are on f frames.

    frames: (f,) int64, rising. seconds: (f,) float64 since the movie's first frame. labels: n names.
    places: (f, n, 2) float64, (x, y) in pixels, origin top left, y down, NaN where the table has no place.
    status: (f, n) uint8, see `Status`; LOST where the table has no row. err: (f, n) float64, px; score: (f, n)
    float64, 0 to 1; NaN where not measured. stable: as places, without the camera's shake; None if not stabilised.
    """

    frames: NDArray[np.int64]
    seconds: NDArray[np.float64]
    labels: tuple[str, ...]
    places: NDArray[np.float64]
    status: NDArray[np.uint8]
    err: NDArray[np.float64]
    score: NDArray[np.float64]
    stable: NDArray[np.float64] | None = None

    def rows(self) -> Iterator[FrameRow]:
        """Give the frames one by one, as a table's `add` takes them."""
        for at, (index, seconds) in enumerate(zip(self.frames.tolist(), self.seconds.tolist(), strict=True)):
            stable = None if self.stable is None else self.stable[at]
            yield FrameRow(
                index, seconds, self.places[at], self.status[at], self.err[at], self.score[at], stable
            )

    def before(self, frame: int) -> "Tracks":
        """Give the part on frames < `frame`."""
        return self._on(slice(0, int(np.searchsorted(self.frames, frame))))

    def between(self, start: int, end: int) -> "Tracks":
        """Give the part on frames from `start` up to but not including `end`."""
        first, last = np.searchsorted(self.frames, [start, end]).tolist()
        return self._on(slice(first, last))

    def arranged(self, labels: Sequence[str]) -> "Tracks":
        """Give the points of these labels, in this order; one that the track does not know has no place."""
        known = {label: at for at, label in enumerate(self.labels)}
        columns = np.array([known.get(label, -1) for label in labels], np.int64)
        strange = columns < 0
        places, err, score = (_holed(part, columns) for part in (self.places, self.err, self.score))
        status = np.where(strange, np.uint8(Status.LOST), self.status[:, columns])
        stable = None if self.stable is None else _holed(self.stable, columns)
        return Tracks(self.frames, self.seconds, tuple(labels), places, status, err, score, stable)

    def _on(self, rows: slice) -> "Tracks":
        return Tracks(
            self.frames[rows],
            self.seconds[rows],
            self.labels,
            self.places[rows],
            self.status[rows],
            self.err[rows],
            self.score[rows],
            None if self.stable is None else self.stable[rows],
        )


def read_tracks(path: Path) -> Tracks:
    """Read `track.csv` or `track.parquet`; the file's first bytes tell which.

    Rows may stand in any order. Raises BadInput as `read_cells` does, and: table_twice (two rows of one frame and
    label), table_times (one frame at two times, or time going back), table_too_large (GRID_LIMIT).
    """
    cells = read_cells(path)
    frames, first, at = np.unique(cells.frame, return_index=True, return_inverse=True)
    count, points = len(frames), len(cells.labels)
    if count * points > GRID_LIMIT:
        raise BadInput(
            f"the table has {points} points on {count} frames; the limit is {GRID_LIMIT} for their product",
            code="table_too_large",
        )
    _refuse_twins(cells, at * points + cells.label)
    seconds = cells.seconds[first]
    _check_times(cells, frames, seconds, at)
    spot = (at, cells.label)
    return Tracks(
        frames=frames,
        seconds=seconds,
        labels=cells.labels,
        places=_grid(cells.places, spot, (count, points, 2)),
        status=_grid(cells.status, spot, (count, points), Status.LOST).astype(np.uint8),
        err=_grid(cells.err, spot, (count, points)),
        score=_grid(cells.score, spot, (count, points)),
        stable=None if cells.stable is None else _grid(cells.stable, spot, (count, points, 2)),
    )


def _grid(
    values: NDArray[np.generic],
    spot: tuple[NDArray[np.int64], NDArray[np.int64]],
    shape: tuple[int, ...],
    empty: float = np.nan,
) -> NDArray[np.float64]:
    grid = np.full(shape, empty, np.float64)
    grid[spot] = values
    return grid


def _holed(part: NDArray[np.float64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give these columns (f, m, …) of a part (f, n, …), NaN for the column -1."""
    taken = part[:, columns]
    taken[:, columns < 0] = np.nan
    return taken


def _refuse_twins(cells: Cells, keys: NDArray[np.int64]) -> None:
    order = np.argsort(keys, kind="stable")
    twins = order[1:][np.diff(keys[order]) == 0]
    if len(twins):
        row = int(twins.min())
        label = cells.labels[cells.label[row]]
        raise BadInput(
            f"row {row + 1} is the second of frame {cells.frame[row]} and label {label!r}", code="table_twice"
        )


def _check_times(
    cells: Cells, frames: NDArray[np.int64], seconds: NDArray[np.float64], at: NDArray[np.int64]
) -> None:
    other = np.abs(cells.seconds - seconds[at]) > SAME_SECONDS
    if other.any():
        row = int(np.argmax(other))
        raise BadInput(
            f"column 'time_seconds' of row {row + 1} differs from that of another row of frame {cells.frame[row]}",
            code="table_times",
        )
    back = np.diff(seconds) < 0
    if back.any():
        frame = frames[1:][back][0]
        raise BadInput(f"column 'time_seconds' goes back at frame {frame}", code="table_times")
