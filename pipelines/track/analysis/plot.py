"""Draw an analysis as a picture: displacement over time beside the paths in the picture."""

import warnings
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context, rcdefaults, rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from pipelines.track.analysis.result import Amount, Analysis
from pipelines.track.analysis.rulers import ruler_mm
from pipelines.track.analysis.runs import runs
from pipelines.track.status import Status

SIZE_INCHES = (12.0, 6.8)
DPI = 110
POINTS_LIMIT = 24  # lines that an eye can part; the others are counted
NAMES_LIMIT = 12  # in the legend
NAME_LENGTH = 28  # characters
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#333333")  # Okabe & Ito 2008
DOUBT = "#B8860B"
LEAST_PX = 0.5  # that the height of a curve's axes shows: less is what any tracker trembles
FOOT, FOOT_STEP, FOOT_ROWS = 0.015, 0.025, 6  # where the ticks of gaps stand, as shares of the height
STYLE: Any = {
    "font.family": "DejaVu Sans",  # it comes with Matplotlib, so that pictures are the same everywhere
    "font.size": 10,
    "text.parse_math": False,  # a label may hold any sign
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": "#E5E5E5",
    "path.simplify": True,
}


def draw(analysis: Analysis, path: Path) -> None:
    """Write a PNG; equal analyses give equal bytes."""
    with rc_context(), warnings.catch_warnings():
        rcdefaults()  # whatever style the person who runs us likes
        rcParams.update(STYLE)
        warnings.filterwarnings("ignore", message="Glyph")  # a script that the font lacks is drawn as boxes
        figure = Figure(figsize=SIZE_INCHES, dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        _Plot(analysis, figure).draw()
        png = BytesIO()
        figure.savefig(png, format="png", metadata={"Software": None})
    path.write_bytes(png.getvalue())


class _Plot:
    """The figure while it is drawn."""

    def __init__(self, analysis: Analysis, figure: Figure) -> None:
        self._analysis = analysis
        self._curves = analysis.curves
        self._figure = figure
        every = [at for at, label in enumerate(self._curves.labels) if ruler_mm(label) is None]
        self._points = every[:POINTS_LIMIT]
        self._left_out = len(every) - len(self._points)
        scale = self._curves.scale if analysis.scale else np.ones(len(self._curves.frames))
        self._least = LEAST_PX * (self._analysis.scale.mm_per_px if self._analysis.scale else 1.0)
        self._moved = self._curves.displacement * scale[:, None, None]
        first_px = self._curves.places - self._curves.displacement
        self._smooth = (self._curves.smooth - first_px) * scale[:, None, None]

    def draw(self) -> None:
        across = self._figure.subplot_mosaic([["x", "path"], ["y", "path"]], width_ratios=[1.55, 1.0])
        for axis, name in enumerate("xy"):
            self._displacement(across[name], axis)
        across["x"].sharex(across["y"])
        across["x"].tick_params(labelbottom=False)
        self._paths(across["path"])
        self._legend()
        self._figure.suptitle(self._title(), fontsize=11, x=0.01, ha="left")

    def _displacement(self, axes: Any, axis: int) -> None:
        curves, unit, rows = self._curves, self._analysis.length_unit, 0
        for order, point in enumerate(self._points):
            colour = COLOURS[order % len(COLOURS)]
            moved, smooth = self._moved[:, point, axis], self._smooth[:, point, axis]
            axes.plot(curves.time, moved, ".", color=colour, alpha=0.45, markersize=4, markeredgewidth=0)
            axes.plot(curves.time, smooth, "-", color=colour, linewidth=1.6)
            self._doubts(axes, point, np.stack([curves.time, smooth]), colour)
            gone = curves.time[~np.isfinite(moved)]
            height = FOOT + FOOT_STEP * (rows % FOOT_ROWS)
            rows += bool(len(gone))
            foot = axes.get_xaxis_transform()  # x in time, y from 0 at the foot to 1
            axes.plot(gone, np.full(gone.shape, height), "|", color=colour, transform=foot, markersize=5)
        axes.axhline(0, color="#999999", linewidth=0.8, zorder=0.5)
        axes.set_ylabel(f"{'xy'[axis]} displacement ({unit})")
        low, high = axes.get_ylim()
        least = max(0.0, self._least - (high - low)) / 2
        axes.set_ylim(low - least - FOOT_STEP * min(rows, FOOT_ROWS) * (high - low + 2 * least), high + least)
        if axis == 1:
            axes.set_xlabel(self._time_label())

    def _doubts(self, axes: Any, point: int, line: NDArray[np.float64], colour: str) -> None:
        """Ring what is uncertain on a line (2, f), and tie the ends of a gap by dots: nothing was measured there."""
        unsure = self._curves.status[:, point] == Status.UNCERTAIN
        axes.plot(*line[:, unsure], "o", markersize=5, markerfacecolor="none", markeredgecolor=DOUBT)
        for before, after in pairwise(runs(self._curves.frames, np.isfinite(line[1]))):
            axes.plot(*line[:, [before.stop - 1, after.start]], ":", color=colour, linewidth=1.4)

    def _paths(self, axes: Any) -> None:
        for order, point in enumerate(self._points):
            colour = COLOURS[order % len(COLOURS)]
            line = self._curves.smooth[:, point].T
            axes.plot(*line, "-", color=colour, linewidth=1.4)
            self._doubts(axes, point, line, colour)
            used = np.flatnonzero(np.isfinite(line[0]))
            if len(used):
                ends = line[:, used[[0, -1]]]
                axes.plot(*ends[:, :1], "o", markersize=7, markerfacecolor="white", markeredgecolor=colour)
                axes.plot(*ends[:, 1:], "o", markersize=7, color=colour)
        self._rulers(axes)
        axes.set_aspect("equal", adjustable="datalim")
        is_down = self._analysis.origin == "top-left"
        if is_down:
            axes.invert_yaxis()
        axes.set_xlabel("x in the picture (px)")
        axes.set_ylabel(f"y in the picture (px, {'down' if is_down else 'up'})")

    def _rulers(self, axes: Any) -> None:
        scale = self._analysis.scale
        if scale is None:
            return
        at = int(np.searchsorted(self._curves.frames, scale.frame))
        ends = [self._curves.labels.index(label) for label in (scale.lowest, scale.highest)]
        axes.plot(*self._curves.places[at, ends].T, "-|", color="#777777", linewidth=2)
        axes.annotate(
            f"{scale.distance_mm:g} mm",
            self._curves.places[at, ends].mean(axis=0),
            xytext=(6, 0),
            textcoords="offset points",
            color="#555555",
            va="center",
            fontsize=9,
        )

    def _legend(self) -> None:
        lines = [
            (
                Line2D([], [], color=COLOURS[order % len(COLOURS)], linewidth=2),
                _name(self._curves.labels[point]),
            )
            for order, point in enumerate(self._points[:NAMES_LIMIT])
        ]
        more = len(self._points) + self._left_out - len(lines)
        if more > 0:
            hidden = f", {self._left_out} not drawn" if self._left_out else ""
            lines.append((Line2D([], [], linestyle="none"), f"and {more} more{hidden}"))
        lines += [
            (
                Line2D([], [], linestyle="none", marker="o", markerfacecolor="none", markeredgecolor=DOUBT),
                "uncertain",
            ),
            (Line2D([], [], linestyle=":", color="#555555"), "not found: a gap"),
            (
                Line2D(
                    [], [], linestyle="none", marker="o", markerfacecolor="white", markeredgecolor="#555555"
                ),
                "first",
            ),
            (Line2D([], [], linestyle="none", marker="o", color="#555555"), "last"),
        ]
        handles, names = zip(*lines, strict=True)
        self._figure.legend(
            handles, names, loc="outside lower center", ncols=min(6, len(lines)), frameon=False, fontsize=9
        )

    def _time_label(self) -> str:
        if self._analysis.time_unit == "min":
            return f"time (min, at {self._analysis.frames_per_minute:g} frames per minute)"
        return "time (s of the movie)"

    def _title(self) -> str:
        found, swung = self._analysis.gravitropism, self._analysis.circumnutation
        if self._analysis.tip is None:
            return "There is no point but rulers"
        period = next(point for point in self._analysis.points if point.role == "tip").periods[2].value
        told = [
            ("distance", found.distance),
            ("rate", found.rate),
            ("swing", swung.max_amplitude),
            ("period", period),
        ]
        parts = [f"{name} {_told(amount)}" for name, amount in told if amount is not None]
        return f"{_name(self._analysis.tip)}: " + (", ".join(parts) or "nowhere found")


def _told(amount: Amount) -> str:
    return f"{amount.value:.3g} {amount.unit}"


def _name(label: str) -> str:
    """Give a label for a legend, which passes over names that begin with `_`."""
    short = label if len(label) <= NAME_LENGTH else label[: NAME_LENGTH - 1] + "…"
    return f"\u200b{short}" if short.startswith("_") else short
