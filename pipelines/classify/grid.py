"""Points laid over a whole picture, so that nobody need bring any."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import BadInput

Method = Literal["uniform", "random", "stratified"]
Ints = NDArray[np.int32]
POINTS_LIMIT = 1_000_000


def grid_points(  # noqa: PLR0917  # two pairs of sides, and how
    width: int, height: int, rows: int, columns: int, method: Method = "uniform", seed: int = 0
) -> tuple[Ints, Ints]:
    """Return the rows and the columns, each (n,) int32, of rows x columns distinct pixels, row by row.

    uniform: the middle of each cell of the grid. stratified: a pixel drawn from each cell. random: as many pixels drawn
    from the whole picture. Equal arguments give equal points: drawn by Philox (Salmon et al. 2011) from the seed.
    Raises BadInput, bad_grid, where the picture has fewer rows, columns or pixels than the grid.
    """
    if rows < 1 or columns < 1 or rows * columns > POINTS_LIMIT:
        raise BadInput(f"a grid has from 1 to {POINTS_LIMIT:,} points", code="bad_grid")
    if rows > height or columns > width:
        raise BadInput(
            f"a grid of {rows} rows and {columns} columns does not fit an image of {width}x{height} pixels",
            code="bad_grid",
        )
    draw = np.random.Generator(np.random.Philox(key=seed % 2**64))
    match method:
        case "uniform":
            return _crossed(_middles(height, rows), _middles(width, columns))
        case "stratified":
            return _one_per_cell(width, height, rows, columns, draw)
        case "random":
            return _anywhere(width, height, rows * columns, draw)


def _edges(length: int, cells: int) -> NDArray[np.int64]:
    """Return the first pixel of each cell, and the length: every cell has a pixel, for cells <= length."""
    return np.arange(cells + 1, dtype=np.int64) * length // cells


def _middles(length: int, cells: int) -> NDArray[np.int64]:
    edges = _edges(length, cells)
    middles: NDArray[np.int64] = (edges[:-1] + edges[1:] - 1) // 2
    return middles


def _crossed(rows: NDArray[np.int64], columns: NDArray[np.int64]) -> tuple[Ints, Ints]:
    return (
        np.repeat(rows, len(columns)).astype(np.int32),
        np.tile(columns, len(rows)).astype(np.int32),
    )


def _one_per_cell(
    width: int, height: int, rows: int, columns: int, draw: np.random.Generator
) -> tuple[Ints, Ints]:
    """Cells do not overlap, so that no pixel is drawn twice."""
    tops, lefts = _edges(height, rows), _edges(width, columns)
    first = _crossed(tops[:-1], lefts[:-1])
    after = _crossed(tops[1:], lefts[1:])
    row = draw.integers(first[0], after[0], dtype=np.int32)
    column = draw.integers(first[1], after[1], dtype=np.int32)
    return row, column


def _anywhere(width: int, height: int, count: int, draw: np.random.Generator) -> tuple[Ints, Ints]:
    places = np.sort(draw.choice(width * height, count, replace=False, shuffle=False))
    return (places // width).astype(np.int32), (places % width).astype(np.int32)
