"""The actor of `frames`: takes frames out of a movie, in the layout that is asked for."""

from collections.abc import Sequence

from darkroom.jobs import Failure
from darkroom.params import FramesParams
from pipelines.stills import Limits, Order, Roi, extract_from
from workers.work import Made, Work

NAMED = 20  # of the damaged frames: the summary has them all


def develop(work: Work) -> Made:
    params = work.params
    assert isinstance(params, FramesParams)  # noqa: S101 - the table of actors pairs kinds and params
    settings = work.settings
    with work.frames("movie") as movie:
        made = extract_from(
            movie,
            work.folder(),
            _order(params),
            limits=Limits(
                frames=settings.frames_per_job_limit,
                picture_pixels=settings.picture_pixels_limit,
                all_pixels=settings.job_pixels_limit,
            ),
            tick=work.tick,
        )
    failure = _failure(made.damaged, len(made.frames)) if made.damaged else None
    return Made(summary=made.as_dict(), files=list(made.files), failure=failure)


def _order(params: FramesParams) -> Order:
    return Order(
        frames=params.frames or (),
        seconds=params.seconds or (),
        count=params.count,
        layout=params.layout,
        image_format=params.format,
        quality=params.quality,
        rois=[Roi(roi.x, roi.y, roi.width, roi.height) for roi in params.rois],
        width=params.width,
        height=params.height,
        columns=params.columns,
        rows=params.rows,
        fps=params.fps,
        upright=params.upright,
        rotation=params.rotation,
    )


def _failure(damaged: Sequence[int], asked: int) -> Failure:
    named = ", ".join(map(str, damaged[:NAMED])) + (" …" if len(damaged) > NAMED else "")
    return Failure("cannot_decode", f"damaged frames: {named} (of {asked})", "the others were kept")
