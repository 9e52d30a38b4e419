"""Sheets of many small frames, with a WebVTT that tells a player which piece belongs to which time."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pipelines.errors import BadInput
from pipelines.stills.clock import vtt_clock
from pipelines.stills.grid import Grid, Montage
from pipelines.stills.image import SUFFIX_BY_FORMAT, ImageFormat, check_side, encode_picture
from pipelines.stills.scale import check_pixels
from pipelines.stills.tray import Tray

WIDTH_PX = 160  # of a frame, where no size is said: what players show above their bar
COLUMNS = 10
SHEET_PIXELS = 4_000_000  # of a sheet, where no rows are said: 16 MB once a browser has decoded it
VTT_NAME = "sprites.vtt"


class Sheets(NamedTuple):
    """How many frames go onto a sheet, and what its files are named."""

    grid: Grid
    image_format: ImageFormat

    @property
    def cells(self) -> int:
        return self.grid.columns * self.grid.rows

    def name(self, place: int) -> str:
        """Give the name of the sheet that a place lies on."""
        return f"sprite-{place // self.cells:03}.{SUFFIX_BY_FORMAT[self.image_format]}"


def sheets_of(
    tray: Tray, columns: int | None, rows: int | None, image_format: ImageFormat, pixels_limit: int
) -> Sheets:
    """Give sheets of the size that was asked for, or of ten columns and SHEET_PIXELS at most.

    Raises BadInput: grid_too_small, too_many_pixels.
    """
    for name, number in (("columns", columns), ("rows", rows)):
        if number is not None and number < 1:
            raise BadInput(f"{name} {number}: a sheet has at least 1", code="grid_too_small")
    cell = tray.size(0)
    columns = columns or min(COLUMNS, len(tray), max(1, SHEET_PIXELS // (cell[0] * cell[1])))
    rows = rows or max(1, SHEET_PIXELS // (columns * cell[0] * cell[1]))
    grid = Grid(columns, min(rows, math.ceil(len(tray) / columns)), cell)
    check_pixels(grid.size, pixels_limit, "a sheet")
    check_side(grid.size, image_format)
    return Sheets(grid, image_format)


def write_sprites(
    tray: Tray, folder: Path, sheets: Sheets, quality: int, *, starts: Sequence[float], end: float
) -> list[str]:
    """Leave the sheets and `sprites.vtt` in `folder`, one sheet in memory at a time; give their names.

    starts: from when on each frame stands for the movie; the last one does until `end`.
    """
    names = []
    for first in range(0, len(tray), sheets.cells):
        places = range(first, min(first + sheets.cells, len(tray)))
        used = sheets.grid._replace(rows=math.ceil(len(places) / sheets.grid.columns))
        montage = Montage(used)
        for place, cell in tray.cells(places):
            montage.put(place - first, cell)
        names.append(sheets.name(first))
        (folder / names[-1]).write_bytes(encode_picture(montage.picture, sheets.image_format, quality))
    (folder / VTT_NAME).write_text(_vtt(sheets, starts, end), encoding="utf-8")
    return [*names, VTT_NAME]


def _vtt(sheets: Sheets, starts: Sequence[float], end: float) -> str:
    """Write the cues, ascending in time whatever the order on the sheets; of two at one time the last counts."""
    places = sorted(range(len(starts)), key=lambda place: starts[place])
    ends = [*(starts[place] for place in places[1:]), end]
    cues = [
        _cue(sheets, place, starts[place], until)
        for place, until in zip(places, ends, strict=True)
        if round(until * 1000) > round(starts[place] * 1000)
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _cue(sheets: Sheets, place: int, start: float, end: float) -> str:
    x, y = sheets.grid.corner(place % sheets.cells)
    width, height = sheets.grid.cell
    where = f"{sheets.name(place)}#xywh={x},{y},{width},{height}"
    return f"{vtt_clock(start)} --> {vtt_clock(end)}\n{where}\n"
