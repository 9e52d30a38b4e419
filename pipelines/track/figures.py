"""What a track that has just been written tells: its analysis, as a sheet, as JSON and as a plot."""

from collections.abc import Collection
from pathlib import Path

from pipelines.track.analysis import analyse, write_analysis_json, write_plot, write_workbook
from pipelines.track.outputs import NAMES, Output
from pipelines.track.record import read_tracks

FIGURES: frozenset[Output] = frozenset({"xlsx", "analysis", "plot"})
TABLES: tuple[Output, ...] = ("parquet", "csv")


def with_table(asked: Collection[Output]) -> set[Output]:
    """Give what must be written for what is asked: figures are told from a table."""
    is_short = FIGURES.intersection(asked) and not set(TABLES).intersection(asked)
    return {*asked, TABLES[0]} if is_short else set(asked)


def write_figures(folder: Path, asked: Collection[Output], *, frames_per_minute: float | None) -> None:
    """Write the figures that are asked for beside the table that they are told from.

    Raises BadInput as `read_tracks`, `analyse` and `write_workbook` do.
    """
    if not FIGURES.intersection(asked):
        return
    table = next(path for output in TABLES if (path := folder / NAMES[output]).exists())
    tracks = read_tracks(table)
    analysis = analyse(tracks, frames_per_minute=frames_per_minute)
    if "analysis" in asked:
        write_analysis_json(analysis, folder / NAMES["analysis"])
    if "xlsx" in asked:
        write_workbook(tracks, analysis, folder / NAMES["xlsx"], {})
    if "plot" in asked:
        write_plot(analysis, folder / NAMES["plot"])
