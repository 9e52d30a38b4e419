"""Pictures side by side in rows and columns."""

import math
from typing import NamedTuple

import numpy as np

from pipelines.errors import BadInput
from pipelines.stills.region import Bgr
from pipelines.stills.scale import Size, fit


class Grid(NamedTuple):
    """So many columns and rows of cells of one size (width, height) in pixels."""

    columns: int
    rows: int
    cell: Size

    @property
    def size(self) -> Size:
        """Give (width, height) of the whole."""
        return self.columns * self.cell[0], self.rows * self.cell[1]

    def corner(self, place: int) -> tuple[int, int]:
        """Give (x, y) of the top left pixel of cell `place`; cells are counted row by row."""
        row, column = divmod(place, self.columns)
        return column * self.cell[0], row * self.cell[1]


def columns_and_rows(count: int, columns: int | None, rows: int | None) -> tuple[int, int]:
    """Give the grid that was asked for, or one as square as may be: ceil(sqrt(count)) columns.

    Raises BadInput (grid_too_small) when it has fewer cells than there are pictures.
    """
    if columns is None:
        columns = math.ceil(math.sqrt(count)) if rows is None else math.ceil(count / max(1, rows))
    if rows is None:
        rows = math.ceil(count / max(1, columns))
    if columns < 1 or rows < 1 or columns * rows < count:
        raise BadInput(f"{columns} x {rows} cells do not hold {count} frames", code="grid_too_small")
    return columns, rows


class Montage:
    """A black picture that cells are put on; its pixels are allocated at once."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        width, height = grid.size
        self.picture: Bgr = np.zeros((height, width, 3), np.uint8)

    def put(self, place: int, picture: Bgr) -> None:
        """Lay a picture into a cell, scaled to fit when it has another size."""
        x, y = self.grid.corner(place)
        width, height = self.grid.cell
        self.picture[y : y + height, x : x + width] = fit(picture, self.grid.cell)
