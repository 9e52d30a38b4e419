"""The pictures of a classify job: media, what URLs give, or frames of a movie; one in memory at a time."""

import errno
from collections.abc import Iterator

import numpy as np
import structlog
from msgspec import Struct
from numpy.typing import NDArray

from darkroom.errors import NotFound, Unavailable
from darkroom.params_classify import ClassifyParams, Grid, MovieSampling, Place
from darkroom.splits_classify import frames_of, images_of
from pipelines.classify.picture import read_picture
from pipelines.errors import BadInput, CannotDecode
from storage.classify.findings import INTERNAL, Fault
from workers.fetch import COULD_NOT
from workers.images import ImageFile, image_at, name_of
from workers.work import Work

log = structlog.get_logger()

DAMAGED = "The image is damaged or incomplete."
_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE}  # another may do better
_NETWORKS = {"bad_network", "bad_classifier", "no_device"}  # no fault of the picture's


class Asked(Struct, frozen=True):
    """A picture that is to be looked at. index: its place in the order. frame, seconds: of a movie's."""

    index: int
    name: str = ""
    url: str | None = None
    media: int | None = None
    frame: int | None = None
    seconds: float | None = None
    points: list[Place] | None = None
    grid: Grid | None = None


class Seen(Struct, frozen=True):
    """A picture as it is stored, (h, w, 3) uint8 RGB, or what is wrong with it."""

    asked: Asked
    sha256: str = ""
    pixels: NDArray[np.uint8] | None = None
    wrong: Fault | None = None


def wrong_with(error: Exception, asked: Asked) -> Fault:
    """Return what a user is told of an error that is one picture's; raise it anew when it is not."""
    match error:
        case MemoryError() | Unavailable():
            raise error
        case BadInput() if error.code in _NETWORKS:
            raise error
        case OSError() if error.errno in _MACHINE:
            raise error
        case BadInput():
            return Fault(error.code, error.message)
        case CannotDecode():
            return Fault("damaged_picture", DAMAGED)
        case NotFound():
            return Fault("could_not_download", COULD_NOT)
        case _:
            log.error("picture failed", index=asked.index, exc_info=error)
            return INTERNAL


def pictures_of(work: Work, params: ClassifyParams) -> Iterator[Seen]:
    """Give the pictures of this part, frames of a movie in the order in which they are decoded soonest."""
    if params.movie is None:
        indices = images_of(work.part, work.parts_total, len(params.images))
        return (_image(work, params, index) for index in indices)
    return _frames(work, params, params.movie)


def count_of(work: Work, params: ClassifyParams) -> int:
    """Return how many pictures this part has."""
    asked = len(params.images) if params.movie is None else len(_sampled(work, params.movie))
    return len(images_of(work.part, work.parts_total, asked))


def _image(work: Work, params: ClassifyParams, index: int) -> Seen:
    image = params.images[index]
    media_id = image.media if work.owner else None  # without a ledger it has none
    asked = Asked(index, name_of(image), image.url, media_id, points=image.points, grid=image.grid)
    try:
        file = image_at(work, params, index)
        return Seen(asked, file.sha256, _pixels(work, file))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the others go on
        return Seen(asked, wrong=wrong_with(error, asked))


def _pixels(work: Work, file: ImageFile) -> NDArray[np.uint8]:
    return read_picture(
        file.path,
        bytes_limit=work.settings.classify_bytes_limit,
        pixels_limit=work.settings.classify_pixels_limit,
        side_limit=work.settings.classify_side_limit,
    ).pixels


def _sampled(work: Work, sampling: MovieSampling) -> range:
    return frames_of(sampling, work.index("movie").frames)


def _frames(work: Work, params: ClassifyParams, sampling: MovieSampling) -> Iterator[Seen]:
    numbers = _sampled(work, sampling)
    indices = images_of(work.part, work.parts_total, len(numbers))
    index_by_number = {numbers[index]: index for index in indices}
    sha256 = (
        work.inputs["movie"].sha256 if work.owner else ""
    )  # without a ledger it is none of the movie's bytes
    damaged: list[int] = []
    with work.frames("movie") as movie:

        def asked(number: int) -> Asked:
            return Asked(
                index_by_number[number],
                frame=number,
                seconds=movie.index.seconds(number),
                points=params.points,
                grid=params.grid,
            )

        for picture in movie.pictures(index_by_number, damaged):
            yield Seen(asked(picture.number), sha256, picture.bgr()[..., ::-1])
        for number in damaged:
            yield Seen(asked(number), sha256, wrong=Fault("damaged_picture", DAMAGED))
