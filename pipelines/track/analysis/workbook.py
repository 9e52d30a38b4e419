"""Write an analysis as an Excel workbook, with the sheets that Plant Tracer's users know."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter

from pipelines.errors import BadInput
from pipelines.track.analysis.charts import write_chart_data, write_charts
from pipelines.track.analysis.marker_sheet import write_markers
from pipelines.track.analysis.metadata_sheet import Value, write_metadata
from pipelines.track.analysis.result import Analysis
from pipelines.track.analysis.trackpoints import write_trackpoints
from pipelines.track.record import Tracks

FRAMES_LIMIT = 1_048_575  # Excel's rows less the header
POINTS_LIMIT = 8000  # two columns each; Excel has 16,384
GRID_LIMIT = 2_000_000  # frames times points, as of a table that is read: eight million cells, about a minute
CREATED = datetime(2000, 1, 1, tzinfo=UTC)  # of every workbook, so that equal analyses give equal bytes


def write_workbook(
    tracks: Tracks,
    analysis: Analysis,
    path: Path,
    metadata: Mapping[str, Value],
    *,
    whole_pixels: bool = False,
) -> None:
    """Write the sheets Trackpoints, Metadata, Markers, Chart Data and Charts.

    metadata: what the caller knows of the movie, by field (`movie_id`, `title`, `trim_start_frame`,
    `trim_end_frame`, `fpm`, and others); it overrules what the analysis says. whole_pixels: pixels are rounded to
    whole ones, as Plant Tracer's clients want them. Labels and titles are text, whatever they begin with. Equal input
    gives equal bytes. Raises BadInput: workbook_too_large.
    """
    _check(len(tracks.frames), len(tracks.labels))
    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": CREATED, "title": "Track analysis"})
        write_trackpoints(book, tracks, analysis, whole_pixels=whole_pixels)
        write_metadata(book, analysis, metadata)
        write_markers(book, analysis)
        write_charts(book, analysis, write_chart_data(book, analysis))


def _check(frames: int, points: int) -> None:
    for count, limit, what in (
        (frames, FRAMES_LIMIT, "frames"),
        (points, POINTS_LIMIT, "points"),
        (frames * points, GRID_LIMIT, "frames times points"),
    ):
        if count > limit:
            raise BadInput(
                f"a workbook holds at most {limit} {what}; the track has {count}",
                code="workbook_too_large",
                hint="ask for the CSV or the Parquet table instead",
            )
