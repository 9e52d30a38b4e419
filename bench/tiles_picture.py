"""python -m bench.tiles_picture FILE: draw one channel at three zooms, from its tiles alone, as a PNG."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from bench.tiles_shelf import START, FolderShelf
from pipelines.tiles import Channel, Samples, Source, Texts, Tile, Uploaded, fold, read_tile
from pipelines.tiles.values import Floats, stamp

DAY = 86_400
DAYS = 60
ZOOMS = ((13, "60 days"), (4, "an evening, and the night off the wrist"), (-1, "minutes, with dropouts"))
LAST = START + DAYS * DAY
MOMENT = START + 30 * DAY + 0.93 * DAY  # what the zooms close in on


def heart() -> Uploaded:
    """Give a made heart rate: beats a minute at 1 Hz, with dropouts; off at night, and away for a week."""
    chance = np.random.default_rng(3)
    t = START + np.arange(DAYS * DAY, dtype=np.float64)
    day = (t - START) / DAY
    hour = day % 1 * 24
    worn = (hour > 6.5) & (hour < 22.5) & ~((day > 40) & (day < 47)) & (t % 300 > 25)
    sport = 55 * np.exp(-((hour - 18) ** 2)) * (np.floor(day) % 3 == 0)
    v = 66 + 8 * np.sin(hour / 24 * 2 * np.pi) + sport + chance.normal(0, 3, len(t))
    count = int(worn.sum())
    return Uploaded(Samples(t[worn], np.round(v[worn], 1), stamp(1, count)), Texts.joined([]).stamped(1))


def draw(channel: Source, path: Path) -> None:
    """Draw the tile that holds MOMENT, and those beside it, at each zoom."""
    figure = Figure(figsize=(11, 9), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (level, title) in zip(figure.subplots(len(ZOOMS)), ZOOMS, strict=True):
        middle = int(MOMENT // 2.0 ** (level + 9))
        tiles = [read_tile(level, middle + at, channel) for at in (-1, 0, 1)]
        _line(axes, tiles)
        rows = sum(int((tile.rows.count > 0).sum()) for tile in tiles)
        axes.set_title(f"{title}: level {level}, {rows} rows of 3 tiles", loc="left")
        axes.set_ylabel("beats a minute")
        axes.grid(alpha=0.3)
        ends = [at * 2.0 ** (level + 9) for at in (middle - 1, middle + 2)]
        axes.set_xlim([(max(min(end, LAST), START) - MOMENT) / 3600 for end in ends])
    figure.savefig(path, dpi=100)


def _line(axes: Axes, tiles: Sequence[Tile]) -> None:
    """Draw means as a line, their spread and extremes as bands; a break is a gap in all three."""
    time, mean, stddev, low, high = (
        np.concatenate([_gapped(getattr(tile.rows, name), tile.rows.count == 0) for tile in tiles])
        for name in ("time", "mean", "stddev", "low", "high")
    )
    hours = (time - MOMENT) / 3600
    axes.fill_between(hours, low, high, color="#c6d9f1", linewidth=0)
    axes.fill_between(hours, mean - stddev, mean + stddev, color="#7aa6dd", linewidth=0)
    axes.plot(hours, mean, color="#1b3a66", linewidth=0.9)
    axes.set_xlabel("hours")


def _gapped(values: Floats, is_break: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Floats:
    gapped: Floats = np.where(is_break, np.nan, values)
    return gapped


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: python -m bench.tiles_picture FILE", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder:
        shelf = FolderShelf(Path(folder))
        shelf.put(fold(shelf.manifest, shelf, heart()))
        draw(Channel(shelf.manifest, shelf), Path(sys.argv[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
