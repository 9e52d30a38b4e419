"""How large the pages get on which frames are laid out; the pipeline lays them out so."""

import math

Size = tuple[int, int]  # (width, height) in pixels

SHEET_COLUMNS = 10  # of sprites, where none are said,
SHEET_PIXELS = 4_000_000  # and of a sheet, where no rows are said
LETTERS_PX = (9, 28)  # the smallest and the largest letters of a contact sheet


def grid(count: int, columns: int | None, rows: int | None) -> tuple[int, int]:
    """Return (columns, rows) of a grid for so many cells, as square as it can be where neither is said."""
    if columns is None:
        columns = math.ceil(math.sqrt(count)) if rows is None else math.ceil(count / rows)
    return columns, rows or math.ceil(count / columns)


def page_size(layout: str, count: int, columns: int | None, rows: int | None, cell: Size) -> Size:
    """Return the size of the largest page: of a montage, of a contact sheet with its captions, of a sheet of sprites."""
    width, height = cell
    if layout == "sprites":
        across, down = _sheet(count, columns, rows, cell)
        return across * width, down * height
    across, down = grid(count, columns, rows)
    if layout == "contact":
        return _contact(across, down, cell)
    return across * width, down * height


def _sheet(count: int, columns: int | None, rows: int | None, cell: Size) -> tuple[int, int]:
    pixels = cell[0] * cell[1]
    columns = columns or min(SHEET_COLUMNS, count, max(1, SHEET_PIXELS // pixels))
    rows = rows or max(1, SHEET_PIXELS // (columns * pixels))
    return columns, min(rows, math.ceil(count / columns))


def _contact(columns: int, rows: int, cell: Size) -> Size:
    width, height = cell
    smallest, largest = LETTERS_PX
    letters = min(largest, max(smallest, width // 20))
    gap = max(4, letters)
    return columns * (width + gap) + gap, letters * 5 + rows * (height + round(letters * 2.4)) + gap
