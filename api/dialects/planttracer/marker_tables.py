"""Markers as tables that people download; pure."""

import csv
import io
import math
from typing import Any

from storage.planttracer.markers import Marker, on_wire


def table(markers_by_frame: dict[int, list[Marker]], digits: int) -> str:
    """Return the CSV: a row per frame that has markers, two columns per label, the labels in order.

    digits: after the point; with 0 places are whole pixels, rounded, as the wire's readers expect them.
    """
    labels = sorted({marker.label for markers in markers_by_frame.values() for marker in markers})
    text = io.StringIO()
    rows = csv.writer(text)  # ends lines with CR LF, as the wire does
    rows.writerow(["frame_number", *(f"{label} {axis}" for label in labels for axis in ("x", "y"))])
    for frame, markers in sorted(markers_by_frame.items()):
        marker_by_label = {marker.label: marker for marker in markers}
        places = [_place(marker_by_label.get(label), digits) for label in labels]
        rows.writerow([frame, *(cell for place in places for cell in place)])
    return text.getvalue()


def dicts(markers_by_frame: dict[int, list[Marker]]) -> list[dict[str, Any]]:
    """Return every marker, frame by frame."""
    return [on_wire(marker, frame) for frame, markers in markers_by_frame.items() for marker in markers]


def _place(marker: Marker | None, digits: int) -> tuple[str, str]:
    return ("", "") if marker is None else (_cell(marker.x, digits), _cell(marker.y, digits))


def _cell(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if digits else str(math.floor(value + 0.5))
