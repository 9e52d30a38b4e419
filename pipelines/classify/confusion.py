"""Draw which labels were taken for which."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context, rcdefaults, rcParams
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

Counts = NDArray[np.integer[Any]]
_DPI = 110
_BODY_INCHES, _LARGEST_INCHES = 6.0, 40.0  # the side of all cells together: usual, and at most
_CELL_INCHES = (0.27, 1.0)  # the side of one, where it has a choice
_LEAST_INCHES = 6.4  # the width that the title needs
_NAME_LENGTH = 20  # characters
_LETTER_INCHES = 0.085
_POINT = 1 / 72  # inch
_DIGIT = 0.62  # of the font's size: how wide a digit is
_COUNTS_LIMIT = 5000  # more take many seconds to print, and nobody reads them
_LEAST_FONT = 4.5  # points; smaller counts would be specks
_SHADES = "Blues"  # white to dark in one hue, which all kinds of sight read alike
_DARK = 0.55  # the share from which a shade wants white ink
_STYLE: Any = {
    "font.family": "DejaVu Sans",  # it comes with Matplotlib, so that pictures are the same everywhere
    "font.size": 10,
    "text.parse_math": False,  # a label may hold any sign
    "axes.edgecolor": "#999999",
}
_METADATA: Any = {"Software": None}  # Matplotlib would name its version


def plot_confusion(matrix: Counts, codes: Sequence[str], path: Path) -> None:
    """Write a PNG of a confusion matrix, (k, k) counts, rows the true labels; all of them, however many there are.

    A cell's shade is its share of its row, so that a rare label is as plain to see as a common one.
    """
    names = [_short(" ".join(code.split())) for code in codes]
    cell = _cell_inches(len(codes))
    side = cell * len(codes)
    longest = max(map(len, names)) * _LETTER_INCHES
    left, bottom, top, right = 1.5 + longest, 0.75 + longest, 0.95, 1.1
    width, height = max(side + left + right, _LEAST_INCHES), side + bottom + top
    with rc_context(), warnings.catch_warnings():
        rcdefaults()  # whatever style the person who runs us likes
        rcParams.update(_STYLE)
        # A sign that the font lacks is drawn as a box: the matrix stands all the same.
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        figure = Figure((width, height), _DPI)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((left / width, bottom / height, side / width, side / height))
        _draw_cells(axes, matrix, cell)
        _draw_names(axes, matrix.sum(axis=1), names, cell)
        _draw_title(figure, matrix, (0.25 / width, 1 - 0.3 / height))
        bar = figure.add_axes(
            ((left + side + 0.2) / width, bottom / height, 0.16 / width, min(side, 3) / height)
        )
        figure.colorbar(axes.images[0], cax=bar, format=_percent, ticks=[0, 0.25, 0.5, 0.75, 1])
        bar.tick_params(labelsize=8, length=2)
        figure.savefig(path, format="png", dpi=_DPI, metadata=_METADATA)


def _short(name: str) -> str:
    return name if len(name) <= _NAME_LENGTH else f"{name[: _NAME_LENGTH - 1]}…"


def _cell_inches(labels: int) -> float:
    smallest, largest = _CELL_INCHES
    return min(max(_BODY_INCHES / labels, smallest), largest, _LARGEST_INCHES / labels)


def _percent(share: float, _: int) -> str:
    return f"{share:.0%}"


def _draw_cells(axes: Axes, matrix: Counts, cell: float) -> None:
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap=_SHADES, vmin=0, vmax=1, interpolation="nearest")
    edges = np.arange(len(matrix) + 1) - 0.5
    if cell > _CELL_INCHES[0] / 2:
        axes.hlines(edges, -0.5, len(matrix) - 0.5, colors="#E3E8EE", linewidth=0.6)
        axes.vlines(edges, -0.5, len(matrix) - 0.5, colors="#E3E8EE", linewidth=0.6)
    filled = np.argwhere(matrix)
    for row, column in filled if len(filled) <= _COUNTS_LIMIT else ():
        count = str(matrix[row, column])
        font = min(11.0, 0.45 * cell / _POINT, 0.9 * cell / _POINT / (_DIGIT * len(count)))
        if font >= _LEAST_FONT:
            ink = "white" if shares[row, column] > _DARK else "#1B2A41"
            weight = "bold" if row == column else "normal"
            axes.text(
                column, row, count, ha="center", va="center", fontsize=font, color=ink, fontweight=weight
            )


def _draw_names(axes: Axes, totals: Counts, names: Sequence[str], cell: float) -> None:
    font = min(10.0, 0.8 * cell / _POINT)
    places = np.arange(len(names))
    axes.set_yticks(
        places, [f"{name}  ({total:,})" for name, total in zip(names, totals, strict=True)], fontsize=font
    )
    axes.set_xticks(places, names, fontsize=font, rotation=90 if cell < 0.6 else 45)
    if cell >= 0.6:
        for name in axes.get_xticklabels():
            name.set(ha="right", rotation_mode="anchor")
    axes.tick_params(length=0)
    axes.set_xlabel("classified as", fontsize=10, labelpad=8)
    axes.set_ylabel("true label (points)", fontsize=10, labelpad=8)


def _draw_title(figure: Figure, matrix: Counts, place: tuple[float, float]) -> None:
    total = int(matrix.sum())
    accuracy = np.trace(matrix) / max(total, 1)
    title = f"{accuracy:.1%} of {total:,} points right"
    figure.text(*place, title, fontsize=14, fontweight="bold", va="center", color="#1B2A41")
    below = place[1] - 0.28 / float(figure.get_figheight())
    note = f"{len(matrix)} labels, on images not trained on; shade: share of the row"
    figure.text(place[0], below, note, fontsize=9, va="center", color="#5A6B7F")
