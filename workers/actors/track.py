"""The actor of `track`: follows the points of a movie and keeps the table and the traced movie."""

from darkroom.jobs import Failure
from darkroom.params import TrackParams
from pipelines.track import Point, track_movie
from workers.work import Made, Work

CONTENT_TYPES = {
    "track.csv": "text/csv; charset=utf-8",
    "track.parquet": "application/vnd.apache.parquet",
    "traced.mp4": "video/mp4",
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
            outputs=params.outputs,
            keep_partial=params.keep_partial,
            tick=work.tick,
            pixels_limit=work.settings.pixels_limit,
            frames_limit=work.settings.frames_limit,
        )
    broken = None
    if summary.partial:
        broken = Failure("cannot_decode", summary.reason or "the movie broke", "what came before was kept")
    return Made(
        summary=summary.as_dict(),
        files=[(name, CONTENT_TYPES[name]) for name in summary.files],
        failure=broken,
    )
