"""The sheets with displacement over time, as data and as Excel's own line charts."""

from typing import Any

import numpy as np

from pipelines.track.analysis.result import Analysis
from pipelines.track.analysis.rulers import ruler_mm

DATA = "Chart Data"
SERIES_LIMIT = 255  # of an Excel chart
DECIMALS = 4
WIDTH = 16  # of a column, in characters
SIZE_PX = {"width": 960, "height": 420}
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")  # Okabe & Ito 2008


def write_chart_data(book: Any, analysis: Analysis) -> list[str]:
    """Add `Chart Data`: frame, time, then x and y displacement of each point that is no ruler; give their labels.

    A frame on which a point is not used has an empty cell, and the chart a gap.
    """
    sheet, bold = book.add_worksheet(DATA), book.add_format({"bold": True})
    curves = analysis.curves
    points = [at for at, label in enumerate(curves.labels) if ruler_mm(label) is None]
    labels = [curves.labels[at] for at in points]
    sheet.freeze_panes(1, 2)
    sheet.set_column(0, 1 + 2 * len(points), WIDTH)
    names = [f"{label} {axis} ({analysis.length_unit})" for label in labels for axis in "xy"]
    for column, name in enumerate(["frame_number", f"time ({analysis.time_unit})", *names]):
        sheet.write_string(0, column, name, bold)
    scale = np.ones(len(curves.frames)) if analysis.scale is None else curves.scale
    moved = np.round(curves.displacement[:, points] * scale[:, None, None], DECIMALS) + 0.0
    cells = moved.reshape(len(curves.frames), -1).tolist()
    times = np.round(curves.time, DECIMALS).tolist()
    for row, (frame, time, values) in enumerate(
        zip(curves.frames.tolist(), times, cells, strict=True), start=1
    ):
        sheet.write_number(row, 0, frame)
        sheet.write_number(row, 1, time)
        for column, value in enumerate(values, start=2):
            if value == value:  # noqa: PLR0124 - NaN: not used
                sheet.write_number(row, column, value)
    return labels


def write_charts(book: Any, analysis: Analysis, labels: list[str]) -> None:
    """Add `Charts`: a line chart for x and one for y, a line per point, at most SERIES_LIMIT."""
    sheet = book.add_worksheet("Charts")
    for axis, name in enumerate("xy"):
        chart = book.add_chart({"type": "line"})
        for at in range(min(len(labels), SERIES_LIMIT)):
            chart.add_series(_series(analysis.frames, 2 + 2 * at + axis, COLOURS[at % len(COLOURS)]))
        chart.set_title({"name": f"{name} displacement", "name_font": {"size": 12}})
        spacing = max(1, analysis.frames // 10)
        chart.set_x_axis(
            {
                "name": f"time ({analysis.time_unit})",
                "interval_unit": spacing,
                "interval_tick": spacing,
                "label_position": "low",
                "num_format": "0.##",
            }
        )
        chart.set_y_axis({"name": f"{name} displacement ({analysis.length_unit})"})
        chart.show_blanks_as("gap")
        chart.set_size(SIZE_PX)
        if labels:
            sheet.insert_chart(1 + 23 * axis, 1, chart)


def _series(frames: int, column: int, colour: str) -> dict[str, Any]:
    return {
        "name": [DATA, 0, column],
        "categories": [DATA, 1, 1, frames, 1],
        "values": [DATA, 1, column, frames, column],
        "line": {"color": colour, "width": 1.5},
    }
