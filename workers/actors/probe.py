"""The actor of `probe`: looks into a movie and keeps its index; what it finds is the result's summary."""

from pipelines.video.probe import probe
from workers.work import Made, Work


def develop(work: Work) -> Made:
    index = work.index("movie")
    with work.open("movie") as source:
        found = probe(
            source, index, pixels_limit=work.settings.pixels_limit, frames_limit=work.settings.frames_limit
        )
    return Made(summary=found.as_dict())
