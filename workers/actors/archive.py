"""The actor of `archive`: puts every frame of a movie into one ZIP."""

from darkroom.params import ArchiveParams
from pipelines.track import write_archive
from workers.actors.broken import broken_off
from workers.work import Made, Work

ZIP = "application/zip"


def develop(work: Work) -> Made:
    params = work.params
    assert isinstance(params, ArchiveParams)  # noqa: S101 - the table of actors pairs kinds and params
    with work.open("movie") as source:
        summary = write_archive(
            source,
            work.folder(),
            longest_side=params.longest_side,
            rotation=params.rotation,
            quality=params.quality,
            comment=params.comment,
            keep_partial=params.keep_partial,
            tick=work.tick,
            pixels_limit=work.settings.pixels_limit,
            frames_limit=work.settings.frames_limit,
        )
    return Made(
        summary=summary.as_dict(),
        files=[(name, ZIP) for name in summary.files],
        failure=broken_off(summary.reason) if summary.partial else None,
    )
