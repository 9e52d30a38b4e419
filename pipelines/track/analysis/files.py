"""Write an analysis as JSON for programs, its curves as CSV and as a plot for people."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from pipelines.track.analysis.result import Analysis
from pipelines.track.columns import NAMES

DECIMALS = 4  # of the CSV: a ten-thousandth of a pixel is below what any tracker knows
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")  # at the start of a cell they make a spreadsheet compute


def write_analysis_json(analysis: Analysis, path: Path) -> None:
    """Write all but the curves; equal analyses give equal bytes."""
    text = json.dumps(analysis.as_dict(), allow_nan=False, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def write_analysis_csv(analysis: Analysis, path: Path) -> None:
    """Write one row per frame and point: place, displacement, smoothed place, velocity, speed, in px and mm.

    A place that is not used has an empty cell; so have millimetres without a scale. Velocities are per minute of the
    scene, or per second of the movie, as the header says. A label that a spreadsheet would take for a formula has an
    apostrophe before it.
    """
    curves = analysis.curves
    count, points = curves.status.shape
    columns: dict[str, pa.Array] = {
        "frame": pa.array(np.repeat(curves.frames, points)),
        "time_seconds": _numbers(np.repeat(curves.seconds, points)),
    }
    if analysis.time_unit == "min":
        columns["time_minutes"] = _numbers(np.repeat(curves.time, points))
    columns["label"] = pa.array([_harmless(label) for label in curves.labels] * count)
    columns["status"] = pa.array(np.array(NAMES, object)[curves.status.ravel()])
    for name, values, per in _vectors(analysis):
        for unit, scale in (("px", np.ones(count)), ("mm", curves.scale)):
            columns[f"{name}_{unit}{per}"] = _numbers((values * scale[:, None]).ravel())
    pyarrow.csv.write_csv(pa.table(columns), path, pyarrow.csv.WriteOptions(quoting_style="needed"))


def write_plot(analysis: Analysis, path: Path) -> None:
    """Write a PNG: x and y displacement over time, and the paths in the picture; equal analyses give equal bytes.

    Smoothed places are lines, found ones dots; uncertain ones are ringed, gaps are dotted and ticked at the foot.
    """
    from pipelines.track.analysis import plot  # noqa: PLC0415 - Matplotlib takes half a second, for a plot only

    plot.draw(analysis, path)


def _vectors(analysis: Analysis) -> list[tuple[str, NDArray[np.float64], str]]:
    """Give name, values (f, n) in px, and the unit they are divided by."""
    curves, per = analysis.curves, f"_per_{analysis.time_unit}"
    return [
        ("x", curves.places[..., 0], ""),
        ("y", curves.places[..., 1], ""),
        ("dx", curves.displacement[..., 0], ""),
        ("dy", curves.displacement[..., 1], ""),
        ("smooth_x", curves.smooth[..., 0], ""),
        ("smooth_y", curves.smooth[..., 1], ""),
        ("vx", curves.velocity[..., 0], per),
        ("vy", curves.velocity[..., 1], per),
        ("speed", curves.speed, per),
    ]


def _numbers(values: NDArray[np.float64]) -> pa.Array:
    return pa.array(np.round(values, DECIMALS) + 0.0, from_pandas=True)  # NaN is empty, -0 is 0


def _harmless(label: str) -> str:
    return f"'{label}" if label.startswith(FORMULA_SIGNS) else label
