"""What a classify job has found at each point, as JSON or as a table."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import falcon
import msgspec
import sqlalchemy as sa
from falcon import Request, Response

from api.dialects.native import classifier_wire as wire
from api.dialects.native.negotiation import CSV, prefers_csv
from api.services import Services
from api.typed import Answer, operation
from darkroom.errors import Conflict
from darkroom.params_classify import ClassifyParams
from storage import jobs, media, traces
from storage.classify import results
from storage.classify.results import Counts, ImageResult
from storage.engine import read
from storage.jobs import Job

IMAGES = "images/"  # how the roles of media begin that are classified
OF_IMAGE = ("name", "url", "media", "frame", "seconds", "error")


class JobClassifications:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Read what was classified",
        query=wire.ClassificationsQuery,
        headers={"Accept": f"`{CSV}`, as `format=csv`"},
        answers={
            200: Answer(
                "every image whose part has ended", wire.Classifications, headers=("Vary",), pictures=(CSV,)
            )
        },
        faults=(409, 410),
    )
    def on_get(self, req: Request, resp: Response, job: int, query: wire.ClassificationsQuery) -> None:
        """In the order in which it was asked; an image has points, or an error. While the job runs, those images that are
        done, and `complete` false. Labels are called what they are called now. As CSV, a line per point, with as many
        pairs of label and score as were asked for, and a line for each image that has an error.
        """
        is_csv = prefers_csv(req, query.format)
        with read(self.services.engine) as db:
            found = jobs.get(db, job, req.context.caller.user_id)
            if found.kind != "classify":
                raise Conflict(f"job {job} is of the kind {found.kind}, which finds nothing at points")
            counts = results.counts(db, found)
            images = results.each(self.services.blobs, db, found)
            name_by_media = _names(db, found)
            begun = [one for one in (next(images, None),) if one is not None]  # what is needed of db is read
        rest = (_named(image, name_by_media) for image in chain(begun, images))
        resp.set_header("Vary", "Accept, Authorization")
        resp.content_type = CSV if is_csv else falcon.MEDIA_JSON
        resp.stream = _csv(found, rest) if is_csv else _json(found, counts, rest)


def _names(db: sa.Connection, job: Job) -> dict[int, str]:
    """Return the names of those media of the order that are still there."""
    ids = {used.media_id for used in traces.inputs_of(db, job.id) if used.role.startswith(IMAGES)}
    return {media_id: record.name for media_id, record in media.by_ids(db, sorted(ids)).items()}


def _named(image: ImageResult, name_by_media: dict[int, str]) -> ImageResult:
    """Return the image; one that the order did not name has the name of its medium."""
    if image.name or image.media is None:
        return image
    return msgspec.structs.replace(image, name=name_by_media.get(image.media, ""))


def _json(job: Job, counts: Counts, images: Iterator[ImageResult]) -> Iterator[bytes]:
    """Give the answer in pieces: a thousand images with a thousand points each are not held at once."""
    frame = wire.Classifications(
        job=job.id,
        complete=job.has_ended(),
        total=counts.total,
        classified=counts.classified,
        failed=counts.failed,
        images=[],
    )
    yield msgspec.json.encode(frame).removesuffix(b"]}")
    for number, image in enumerate(images):
        yield (b"," if number else b"") + msgspec.json.encode(image)  # of the shape of wire.ClassifiedImage
    yield b"]}"


def _csv(job: Job, images: Iterator[ImageResult]) -> Iterator[bytes]:
    top = msgspec.json.decode(job.params, type=ClassifyParams).top
    pairs = [f"{what} {number}" for number in range(1, top + 1) for what in ("label", "score")]
    header = [*OF_IMAGE, "row", "column", *pairs]
    yield _lines([header])
    for image in images:
        yield _lines([*row, *("" for _ in header[len(row) :])] for row in _rows(image))


def _rows(image: ImageResult) -> Iterator[Sequence[object]]:
    error = None if image.error is None else image.error.message
    about = [image.name, image.url, image.media, image.frame, image.seconds, error]
    if error is not None:
        yield about
    for point in image.points:
        scored = [value for one in point.classes for value in (one.code, one.score)]
        yield [*about, point.row, point.column, *scored]


def _lines(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
