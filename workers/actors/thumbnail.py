"""The actor of `thumbnail`: makes one small picture of a movie."""

from darkroom.params import ThumbnailParams
from pipelines.stills import Limits, Order, thumbnail_from
from workers.work import Made, Work


def develop(work: Work) -> Made:
    params = work.params
    assert isinstance(params, ThumbnailParams)  # noqa: S101 - the table of actors pairs kinds and params
    order = Order(
        width=params.width,
        height=params.height,
        image_format=params.format,
        quality=params.quality,
        upright=params.upright,
    )
    limits = Limits(picture_pixels=work.settings.picture_pixels_limit)
    with work.frames("movie") as movie:
        made = thumbnail_from(
            movie, work.folder(), order, seconds=params.seconds, limits=limits, tick=work.tick
        )
    shown = made.frames[0]
    return Made(
        summary={
            "frame": shown.number,
            "seconds": shown.seconds,
            "width": made.width,
            "height": made.height,
        },
        files=list(made.files),
    )
