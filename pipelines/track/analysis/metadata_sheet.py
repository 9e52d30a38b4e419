"""The sheet that says what a workbook's numbers are of."""

from collections.abc import Mapping
from typing import Any

from pipelines.track.analysis.result import Amount, Analysis

Value = str | int | float | bool | None
TEXT_LIMIT = 32_767  # characters of an Excel cell
FIRST = (
    "movie_id",
    "title",
    "trim_start_frame",
    "trim_end_frame",
)  # in Plant Tracer's order, before the others
WIDTHS = (28, 60)  # of the columns, in characters


def write_metadata(book: Any, analysis: Analysis, metadata: Mapping[str, Value]) -> None:
    """Add `Metadata`: a field and its value per row, with Plant Tracer's fields first."""
    sheet, bold = book.add_worksheet("Metadata"), book.add_format({"bold": True})
    for column, (name, width) in enumerate(zip(("field", "value"), WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, bold)
    told = {name: metadata[name] for name in FIRST if name in metadata} | _known(analysis) | dict(metadata)
    rows = [*told.items(), *_findings(analysis), *(("note", note) for note in analysis.notes)]
    for row, (name, value) in enumerate(rows, start=1):
        sheet.write_string(row, 0, name[:TEXT_LIMIT])
        _write(sheet, row, value)


def _known(analysis: Analysis) -> dict[str, Value]:
    return {
        "exported_frame_count": analysis.frames,
        "marker_count": len(analysis.points),
        "trackpoint_origin": analysis.origin,
        "frame_height_px": analysis.size[1] if analysis.size else None,
        "ruler_calibrated": analysis.scale is not None,
        "ruler_marker_units": "px",
        "non_ruler_marker_units": analysis.length_unit,
        "scale_mm_per_px": analysis.scale.mm_per_px if analysis.scale else None,
        "fpm": analysis.frames_per_minute,
    }


def _findings(analysis: Analysis) -> list[tuple[str, Value]]:
    bent, swung, smoothing = analysis.gravitropism, analysis.circumnutation, analysis.smoothing
    window = f"{smoothing.method}, {smoothing.window_frames} frames" if smoothing.window_frames else "none"
    period = next(
        (one for point in analysis.points if point.role == "tip" for one in point.periods[2:]), None
    )
    return [
        ("tip", analysis.tip),
        ("distance", _text(bent.distance)),
        ("rate", _text(bent.rate)),
        ("angle_degrees", bent.angle_degrees),
        ("max_amplitude", _text(swung.max_amplitude)),
        ("circumnutation_rate", _text(swung.rate)),
        ("period", (_text(period.value) or period.reason) if period else None),
        ("smoothing", window),
    ]


def _text(amount: Amount | None) -> str | None:
    return None if amount is None else f"{amount.value:.4g} {amount.unit}"


def _write(sheet: Any, row: int, value: Value) -> None:
    match value:
        case None:
            sheet.write_blank(row, 1, None)
        case bool():
            sheet.write_boolean(row, 1, value)
        case str():
            sheet.write_string(row, 1, value[:TEXT_LIMIT])
        case _:
            sheet.write_number(row, 1, value)
