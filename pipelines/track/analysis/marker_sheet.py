"""The sheet that sums up each marker in a row."""

from collections.abc import Callable
from typing import Any

from pipelines.track.analysis.result import Amount, Analysis, PointAnalysis

WIDTH = 15  # of a column, in characters
Cell = str | float | None


def write_markers(book: Any, analysis: Analysis) -> None:
    """Add `Markers`: one row per point, fifteen columns; places are in px, lengths in the unit that is told."""
    sheet, bold = book.add_worksheet("Markers"), book.add_format({"bold": True})
    columns = _columns(analysis.length_unit)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(columns) - 1, WIDTH)
    for column, name in enumerate(columns):
        sheet.write_string(0, column, name, bold)
    for row, point in enumerate(analysis.points, start=1):
        for column, read in enumerate(columns.values()):
            match read(point):
                case None:
                    continue
                case str() as text:
                    sheet.write_string(row, column, text)
                case number:
                    sheet.write_number(row, column, number)


def _columns(unit: str) -> dict[str, Callable[[PointAnalysis], Cell]]:
    return {
        "marker": lambda point: point.label,
        "role": lambda point: point.role,
        "frames": lambda point: point.coverage.frames,
        "used (%)": lambda point: round(100 * point.coverage.used, 1),
        "first frame": lambda point: point.first and point.first.frame,
        "last frame": lambda point: point.last and point.last.frame,
        "first x (px)": lambda point: point.first and round(point.first.x_px, 4),
        "first y (px)": lambda point: point.first and round(point.first.y_px, 4),
        "last x (px)": lambda point: point.last and round(point.last.x_px, 4),
        "last y (px)": lambda point: point.last and round(point.last.y_px, 4),
        f"displacement x ({unit})": lambda point: _rounded(point.displacement_x),
        f"displacement y ({unit})": lambda point: _rounded(point.displacement_y),
        f"distance ({unit})": lambda point: _rounded(point.distance),
        f"path, raw ({unit})": lambda point: _rounded(point.path),
        f"path, smoothed ({unit})": lambda point: _rounded(point.path_smoothed),
    }


def _rounded(amount: Amount | None) -> float | None:
    return None if amount is None else round(amount.value, 4)
