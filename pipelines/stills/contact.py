"""A contact sheet: the frames in a grid, each with its time and number below, and what movie it is above."""

from dataclasses import dataclass

import numpy as np

from pipelines.stills.clock import clock
from pipelines.stills.grid import Grid
from pipelines.stills.lettering import Weight, shortened, width_px, write
from pipelines.stills.region import Bgr
from pipelines.stills.scale import Size, fit
from pipelines.stills.selection import duration_seconds
from pipelines.video.index import Index

WIDTH_PX = 320  # of a frame, where no size is said

GROUND = (28, 26, 24)
LIGHT = (240, 240, 240)
GREY = (160, 156, 152)
RED = (88, 88, 232)

_SMALLEST_PX, _LARGEST_PX = 9, 28  # of the captions' letters: none smaller can be read


@dataclass(frozen=True, slots=True)
class Page:
    """Where things lie on a sheet; all in pixels."""

    grid: Grid
    letters: int
    gap: int
    caption: int
    heading: int

    @property
    def size(self) -> Size:
        """Give (width, height) of the sheet."""
        (width, height), gap = self.grid.cell, self.gap
        across = self.grid.columns * (width + gap) + gap
        return across, self.heading + self.grid.rows * (height + self.caption) + gap

    def corner(self, place: int) -> tuple[int, int]:
        """Give (x, y) of the top left pixel of a cell."""
        row, column = divmod(place, self.grid.columns)
        width, height = self.grid.cell
        return self.gap + column * (width + self.gap), self.heading + row * (height + self.caption)


def page_of(grid: Grid) -> Page:
    """Give the measures that go with a size of cells."""
    letters = min(_LARGEST_PX, max(_SMALLEST_PX, grid.cell[0] // 20))
    gap = max(4, letters)
    return Page(grid, letters, gap, caption=round(letters * 2.4), heading=letters * 5)


class ContactSheet:
    """A sheet that cells are put on; its pixels are allocated at once."""

    def __init__(self, page: Page, index: Index, title: str | None) -> None:
        self._page, self._index = page, index
        width, height = page.size
        self.picture: Bgr = np.full((height, width, 3), GROUND, np.uint8)
        self._head(title)

    def put(self, place: int, number: int, picture: Bgr) -> None:
        """Lay a frame into a cell, with its caption."""
        self._frame(place, fit(picture, self._page.grid.cell))
        self._caption(place, number, clock(self._index.seconds(number)), LIGHT)

    def put_damaged(self, place: int, number: int) -> None:
        """Leave a cell black, and say why."""
        width, height = self._page.grid.cell
        self._frame(place, np.zeros((height, width, 3), np.uint8))
        self._caption(place, number, "damaged", RED)

    def _frame(self, place: int, picture: Bgr) -> None:
        x, y = self._page.corner(place)
        height, width = picture.shape[:2]
        self.picture[y : y + height, x : x + width] = picture

    def _caption(self, place: int, number: int, text: str, colour: tuple[int, int, int]) -> None:
        """Write left what tells most and, where there is room, the number on the right."""
        page = self._page
        x, y = page.corner(place)
        width, height = page.grid.cell
        base = y + height + round(page.letters * 1.35)
        write(
            self.picture, shortened(text, page.letters, width), (x, base), size_px=page.letters, colour=colour
        )
        name = f"#{number}"
        name_px = width_px(name, page.letters)
        if width_px(text, page.letters) + page.letters + name_px <= width:
            write(self.picture, name, (x + width - name_px, base), size_px=page.letters, colour=GREY)

    def _head(self, title: str | None) -> None:
        page = self._page
        facts, large = _facts(self._index), round(page.letters * 1.5)
        room = page.size[0] - 2 * page.gap
        if title:
            line = shortened(title, large, room, Weight.BOLD)
            at = (page.gap, round(page.letters * 2.2))
            write(self.picture, line, at, size_px=large, colour=LIGHT, weight=Weight.BOLD)
        line = shortened(facts, page.letters, room)
        at = (page.gap, round(page.letters * (3.9 if title else 3.0)))
        write(self.picture, line, at, size_px=page.letters, colour=GREY)


def _facts(index: Index) -> str:
    width, height = index.turn.size(index.width, index.height)
    facts = [f"{width} × {height}"]
    facts += [clock(duration_seconds(index)), f"{float(index.rate):.4g} frames/s"] if index.has_times else []
    return " · ".join([*facts, f"{index.frames} frames", index.codec])
