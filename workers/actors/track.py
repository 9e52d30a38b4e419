"""The actor of `track`: follows the points of a movie and keeps tables, pictures and what they tell."""

import msgspec

from darkroom.params import TrackParams
from pipelines.track import Correction, Drawing, Point, track_movie
from workers.actors.broken import broken_off
from workers.work import Made, Work

CONTENT_TYPES = {
    "track.csv": "text/csv; charset=utf-8",
    "track.parquet": "application/vnd.apache.parquet",
    "track.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "traced.mp4": "video/mp4",
    "frames.zip": "application/zip",
    "analysis.json": "application/json",
    "plot.png": "image/png",
}


def develop(work: Work) -> Made:
    params = work.params
    assert isinstance(params, TrackParams)  # noqa: S101 - the table of actors pairs kinds and params
    size = params.points_size
    with work.open("movie") as source:
        summary = track_movie(
            source,
            [Point(point.label, point.x, point.y) for point in params.points],
            work.folder(),
            start=params.start,
            end=params.end,
            points_size=None if size is None else (size.width, size.height),
            mode=params.mode,
            corrections=[Correction(*msgspec.structs.astuple(mark)) for mark in params.corrections],
            stabilise=params.stabilise,
            rotation=params.rotation,
            outputs=params.outputs,
            drawing=Drawing(**msgspec.structs.asdict(params.drawing)),
            frames_per_minute=params.frames_per_minute,
            earlier=work.file_if_given("earlier"),
            traced=work.file_if_given("traced"),
            keep_partial=params.keep_partial,
            tick=work.tick,
            pixels_limit=work.settings.pixels_limit,
            frames_limit=work.settings.frames_limit,
        )
    return Made(
        summary=summary.as_dict(),
        files=[(name, CONTENT_TYPES[name]) for name in summary.files],
        failure=broken_off(summary.reason) if summary.partial else None,
    )
