"""The actor of `rotate`: turns a movie or picture, by what its file says or by its pixels."""

from darkroom.params import RotateParams
from pipelines.rotate import rotate
from workers.work import Made, Work


def develop(work: Work) -> Made:
    params = work.params
    assert isinstance(params, RotateParams)  # noqa: S101 - the table of actors pairs kinds and params
    with work.open("movie") as source:
        made = rotate(
            source,
            work.folder(),
            rotation=params.rotation,
            flip=params.flip,
            method=params.method,
            index=work.index("movie"),
            tick=work.tick,
            pixels_limit=work.settings.pixels_limit,
            frames_limit=work.settings.frames_limit,
        )
    return Made(summary=made.as_dict(), files=[(made.file, made.content_type)])
