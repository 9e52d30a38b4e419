"""The sheet of places, one row per frame, as Plant Tracer exports them."""

from typing import Any

import numpy as np

from pipelines.track.analysis.quality import USED
from pipelines.track.analysis.result import Analysis
from pipelines.track.analysis.rulers import ruler_mm
from pipelines.track.record import Tracks

MM_DECIMALS = 2
PX_DECIMALS = 4
WIDTH = 16  # of a column, in characters


def write_trackpoints(book: Any, tracks: Tracks, analysis: Analysis, *, whole_pixels: bool) -> None:
    """Add `Trackpoints`: `frame_number`, then x and y of each point, labels in alphabetical order.

    Rulers are in px; the others in mm when the scale is known. Places that enter no statistics are grey.
    """
    sheet, bold = book.add_worksheet("Trackpoints"), book.add_format({"bold": True})
    styles = [book.add_format(), book.add_format({"italic": True, "font_color": "#999999"})]
    order = sorted(range(len(tracks.labels)), key=lambda at: tracks.labels[at])
    units = ["px" if _in_px(analysis, tracks.labels[at]) else "mm" for at in order]
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 2 * len(order), WIDTH)
    sheet.write_string(0, 0, "frame_number", bold)
    for column, (at, unit) in enumerate(zip(order, units, strict=True)):
        for axis, name in enumerate("xy"):
            sheet.write_string(0, 1 + 2 * column + axis, f"{tracks.labels[at]} {name} ({unit})", bold)
    values = _values(tracks, analysis, whole_pixels)[:, order]
    is_used = np.isin(tracks.status, USED)[:, order]
    for row, (frame, places, good) in enumerate(
        zip(tracks.frames.tolist(), values.tolist(), is_used.tolist(), strict=True), start=1
    ):
        sheet.write_number(row, 0, frame)
        for column, (place, used) in enumerate(zip(places, good, strict=True)):
            for axis, value in enumerate(place):
                if value == value:  # noqa: PLR0124 - a NaN is a place that the table does not have
                    sheet.write_number(row, 1 + 2 * column + axis, value, styles[not used])


def _in_px(analysis: Analysis, label: str) -> bool:
    return analysis.scale is None or ruler_mm(label) is not None


def _values(tracks: Tracks, analysis: Analysis, whole_pixels: bool) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Give (f, n, 2) from the analysis' origin, each point in its unit, rounded."""
    places = (tracks.places if tracks.stable is None else tracks.stable).copy()
    if analysis.origin == "bottom-left" and analysis.size is not None:
        places[..., 1] = analysis.size[1] - places[..., 1]
    in_px = np.array([_in_px(analysis, label) for label in tracks.labels])
    scale = 1.0 if analysis.scale is None else analysis.scale.mm_per_px
    pixels = np.round(places, 0 if whole_pixels else PX_DECIMALS)
    return np.where(in_px[:, None], pixels, np.round(places * scale, MM_DECIMALS)) + 0.0  # -0 is 0
