"""From a photo's job to the photo: what it found is written down once, by whoever comes first."""

import sqlalchemy as sa
import structlog

from darkroom.errors import NotFound
from darkroom.jobs import JobState
from storage import jobs, media
from storage.blobs import Blobs
from storage.engine import read, write
from storage.fluxtream import photos
from storage.fluxtream.photos import Photo, State, Thumbnail
from storage.jobs import Job

log = structlog.get_logger()

# Codes of failures that say that the bytes are no photo: they were never one of the owner's.
NO_PHOTO = {"unsupported_picture", "damaged_picture", "too_many_pixels"}


def absorb(engine: sa.Engine, blobs: Blobs, photo: Photo) -> Photo | None:
    """Write down how the photo's job has ended; return the photo as it then stands, None when it turned out to be none.

    Nothing changes while the job runs. Twice, or by two at once, comes to the same.
    """
    with read(engine) as db:
        job = jobs.get(db, photo.job, None)
    if photo.state is not State.PENDING or not job.has_ended():
        return photo
    if job.state is not JobState.SUCCEEDED:
        return _fail(engine, photo, job)
    result = job.read_result()
    output_by_name = {output.name: output for output in result.outputs}
    try:
        for output in result.outputs:
            media.copy_output(blobs, output)
    except NotFound:  # it was not looked at before its result expired
        return _fail(engine, photo, job)
    with write(engine) as db:
        thumbnails = []
        for made in result.summary["thumbnails"]:
            output = output_by_name[made["name"]]
            record = media.keep_output(db, photo.owner, output, f"photo-{photo.id}-{output.name}")
            thumbnails.append(Thumbnail(record.id, record.sha256, made["width"], made["height"]))
        found = {
            name: result.summary[name] for name in ("width", "height", "orientation", "latitude", "longitude")
        }
        if not photos.describe(db, photo, State.READY, thumbnails=thumbnails, **found):
            media.drop(db, [thumbnail.media_id for thumbnail in thumbnails])
        return _as_it_stands(db, photo)


def refusal_of(engine: sa.Engine, photo: Photo) -> str | None:
    """Return why the photo's job found that it is none, in one line."""
    with read(engine) as db:
        failure = jobs.get(db, photo.job, None).read_failure()
    return failure.message if failure is not None and failure.code in NO_PHOTO else None


def order_again(db: sa.Connection, photo: Photo, *, media_id: int, job: int) -> Photo:
    """Have a photo looked into once more; the thumbnails of before go."""
    photos.order_again(db, photo, media_id=media_id, job=job)
    media.drop(db, [thumbnail.media_id for thumbnail in photo.thumbnails])
    return photos.get(db, photo.id)


def forget(db: sa.Connection, photo: Photo) -> None:
    """Remove a photo with its media; their blobs are swept when nothing else points to them."""
    photos.remove(db, photo.id)
    media.drop(db, [photo.media_id, *(thumbnail.media_id for thumbnail in photo.thumbnails)])


def _fail(engine: sa.Engine, photo: Photo, job: Job) -> Photo | None:
    failure = job.read_failure()
    code = "expired" if failure is None else failure.code
    log.info("photo failed", photo_id=photo.id, job_id=job.id, state=job.state, code=code)
    with write(engine) as db:
        if code in NO_PHOTO:
            if photos.describe(db, photo, State.FAILED):
                forget(db, photo)
        else:
            photos.describe(db, photo, State.FAILED)
        return _as_it_stands(db, photo)


def _as_it_stands(db: sa.Connection, photo: Photo) -> Photo | None:
    return photos.known(db, photo.owner, photo.sha256, photo.captured_ms)
