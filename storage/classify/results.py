"""What a classify job has found: counted from the parts that have ended, read from the files that they left."""

from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from darkroom.errors import Gone, NotFound
from darkroom.facts import MovieFacts
from darkroom.jobs import ENDED, JobState, Output, Result
from darkroom.params_classify import MovieSampling
from darkroom.splits_classify import frames_of, images_of
from storage import blobs as blob_store
from storage.blobs import Blobs
from storage.classify import labels
from storage.classify.findings import FILE, INTERNAL, Entry, Fault, Point
from storage.classify.labels import Called
from storage.jobs import Job
from storage.tables import job_inputs, jobs, parts

T = TypeVar("T")


class Counts(Struct, frozen=True):
    """How many images a job has, and how many of them have ended how; none of these numbers ever falls."""

    total: int
    classified: int
    failed: int
    is_started: bool


class Scored(Struct, frozen=True):
    """A label as it is called now, or if it is gone, as the classifier calls it."""

    label_id: int
    code: str
    name: str
    score: float


class PointResult(Struct, frozen=True):
    """classes: the likeliest first."""

    row: int
    column: int
    classes: list[Scored]


class ImageResult(Struct, frozen=True, kw_only=True):
    """One image: its points, or the fault for which it has none. url, media: as ordered; frame: of a movie."""

    index: int
    name: str = ""
    url: str | None = None
    media: int | None = None
    frame: int | None = None
    seconds: float | None = None
    sha256: str | None = None
    width: int | None = None
    height: int | None = None
    points: list[PointResult] = []
    error: Fault | None = None


class _Labels(Struct):
    """What the findings of a part say of labels, read without their images."""

    labels: list[Called]


class _Findings(_Labels):
    """images: each is decoded when its turn comes, since a thousand points with a hundred scores are large."""

    images: list[msgspec.Raw]


class _Part(Struct, frozen=True):
    """A part as its row says. images: the indices that it looks at; result: None if it left none."""

    images: range
    has_ended: bool
    is_started: bool
    result: Result | None

    def file(self) -> Output | None:
        made = () if self.result is None else self.result.outputs
        return next((output for output in made if output.name.endswith(FILE)), None)


class _Named(Struct, frozen=True):
    """An image as it was asked for, without its points: who polls does not wait until 100 x 200 of them are read."""

    name: str = ""
    url: str | None = None
    media: int | None = None


class _Asked(Struct, frozen=True):
    """The params as far as they are needed."""

    images: list[_Named]
    movie: MovieSampling | None


class _Work(Struct, frozen=True):
    """What a job was asked, images or frames of a movie, and its parts in order."""

    images: list[_Named]
    frames: range | None
    parts: list[_Part]

    def total(self) -> int:
        return len(self.images) if self.frames is None else len(self.frames)

    def failed(self, index: int) -> ImageResult:
        """Return what is said of an image whose part left nothing."""
        if self.frames is not None:
            return ImageResult(index=index, frame=self.frames[index], error=INTERNAL)
        image = self.images[index]
        return ImageResult(index=index, name=image.name, url=image.url, media=image.media, error=INTERNAL)


def counts(db: sa.Connection, job: Job) -> Counts:
    """Return how far a classify job is, from the parts that have ended alone; one that left nothing has failed."""
    work = _work(db, job)
    classified = failed = 0
    for part in work.parts:
        if part.has_ended:
            good = 0 if part.result is None else int(part.result.summary["classified"])
            classified += good
            failed += len(part.images) - good
    return Counts(work.total(), classified, failed, any(part.is_started for part in work.parts))


def each(blobs: Blobs, db: sa.Connection, job: Job) -> Iterator[ImageResult]:
    """Give the images whose part has ended, in the order in which they were asked for, one file in memory at a time.

    `db` is needed until the first is given. Raises Gone when the result has expired, and Unavailable.
    """
    if job.expired:
        raise Gone(f"the result of job {job.id} has expired")
    work = _work(db, job)
    now_by_id = labels.called_now(db, _label_ids(blobs, work.parts))
    for part in work.parts:
        if not part.has_ended:
            continue
        made = part.file()
        if made is None:
            yield from (work.failed(index) for index in part.images)
            continue
        file = _read(blobs, made, _Findings)
        called = {label.id: now_by_id.get(label.id, label) for label in file.labels}
        yield from (_result(msgspec.json.decode(image, type=Entry), called) for image in file.images)


def _label_ids(blobs: Blobs, of: list[_Part]) -> set[int]:
    """Return the labels of a job: all its files name those of the one classifier."""
    made = next((file for part in of if (file := part.file()) is not None), None)
    return set() if made is None else {label.id for label in _read(blobs, made, _Labels).labels}


def _read(blobs: Blobs, made: Output, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(blob_store.whole(blobs, made.key), type=shape)
    except NotFound as error:
        raise Gone("the result has expired") from error


def _result(image: Entry, called: dict[int, Called]) -> ImageResult:
    return ImageResult(
        index=image.index,
        name=image.name,
        url=image.url,
        media=image.media,
        frame=image.frame,
        seconds=image.seconds,
        sha256=image.sha256,
        width=image.width,
        height=image.height,
        points=[_point(point, called) for point in image.points],
        error=image.error,
    )


def _point(point: Point, called: dict[int, Called]) -> PointResult:
    scored = [
        Scored(label_id, called[label_id].code, called[label_id].name, score)
        for label_id, score in point.classes
    ]
    return PointResult(point.row, point.column, scored)


def _work(db: sa.Connection, job: Job) -> _Work:
    asked = msgspec.json.decode(job.params, type=_Asked)
    frames = None if asked.movie is None else frames_of(asked.movie, _movie(db, job).frames)
    images = len(asked.images) if frames is None else len(frames)
    of_job = job.reused_from or job.id  # an answer that is used again has no parts of its own
    columns = (parts.c.number, parts.c.state, parts.c.attempt, parts.c.result)
    query = sa.select(*columns).where(parts.c.job_id == of_job).order_by(parts.c.number)
    rows = db.execute(query).all()
    return _Work(asked.images, frames, [_part(row, len(rows), images) for row in rows])


def _part(row: sa.Row[*tuple[Any, ...]], total: int, images: int) -> _Part:
    has_ended = JobState(row.state) in ENDED
    result = msgspec.json.decode(row.result, type=Result) if has_ended and row.result else None
    return _Part(images_of(row.number, total, images), has_ended, row.attempt > 0 or has_ended, result)


def _movie(db: sa.Connection, job: Job) -> MovieFacts:
    """Return what is known of the job's movie, whether or not its record is still there."""
    movie = sa.select(job_inputs.c.sha256).where(job_inputs.c.job_id == job.id, job_inputs.c.role == "movie")
    query = (
        sa.select(jobs.c.result)
        .join(job_inputs, job_inputs.c.job_id == jobs.c.id)
        .where(
            job_inputs.c.sha256 == movie.scalar_subquery(),
            jobs.c.kind == "probe",
            jobs.c.state == JobState.SUCCEEDED,
        )
        .order_by(jobs.c.id.desc())
        .limit(1)
    )
    encoded = db.execute(query).scalar_one()  # the job was accepted by what a probe had found
    return msgspec.convert(msgspec.json.decode(encoded, type=Result).summary, MovieFacts)
