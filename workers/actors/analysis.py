"""The actor of `analysis`: tells growth, rates and periods from the table of a track."""

from pathlib import Path

from darkroom.params import AnalysisOutput, AnalysisParams
from pipelines.track.analysis import (
    Analysis,
    Smoothing,
    analyse,
    write_analysis_csv,
    write_analysis_json,
    write_plot,
    write_workbook,
)
from pipelines.track.record import Tracks, read_tracks
from workers.work import Made, Work

FILES: dict[AnalysisOutput, tuple[str, str]] = {
    "json": ("analysis.json", "application/json"),
    "xlsx": ("analysis.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": ("analysis.csv", "text/csv; charset=utf-8"),
    "plot": ("plot.png", "image/png"),
}
LONG = {"points"}  # of a thousand points more than a summary should hold; the files have it


def develop(work: Work) -> Made:
    params = work.params
    assert isinstance(params, AnalysisParams)  # noqa: S101 - the table of actors pairs kinds and params
    tracks = read_tracks(work.file("track"))
    analysis = _analysed(tracks, params)
    for done, output in enumerate(params.outputs):
        work.tick(done, len(params.outputs), "writing")
        _write(output, tracks, analysis, work.folder() / FILES[output][0], params)
    told = {name: value for name, value in analysis.as_dict().items() if name not in LONG}
    return Made(summary=told, files=[FILES[output] for output in params.outputs])


def _analysed(tracks: Tracks, params: AnalysisParams) -> Analysis:
    size, smoothing = params.size, params.smoothing
    return analyse(
        tracks,
        frames_per_minute=params.frames_per_minute,
        smoothing=Smoothing(smoothing.method, smoothing.window, smoothing.order),
        size=None if size is None else (size.width, size.height),
        origin=params.origin,
        scale=params.scale,
    )


def _write(
    output: AnalysisOutput, tracks: Tracks, analysis: Analysis, path: Path, params: AnalysisParams
) -> None:
    match output:
        case "json":
            write_analysis_json(analysis, path)
        case "xlsx":
            write_workbook(tracks, analysis, path, params.metadata, whole_pixels=params.whole_pixels)
        case "csv":
            write_analysis_csv(analysis, path)
        case "plot":
            write_plot(analysis, path)
