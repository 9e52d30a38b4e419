"""From an upload to a movie that can be marked: found in the store, checked, looked into, its frames put into a ZIP.

Nobody tells us that an upload is over: whoever asks for the movie, and else the sweeper, looks for it. Each step is
one transaction that checks where the movie stands, so that it may be taken twice, and broken off anywhere.
"""

from typing import Any

import msgspec
import sqlalchemy as sa
import structlog

from darkroom.errors import Invalid, NotFound, TooLarge
from darkroom.facts import MovieFacts
from darkroom.jobs import JobState
from darkroom.params import ArchiveParams
from storage import jobs, media
from storage.engine import now, read, write
from storage.jobs import Job
from storage.planttracer import logs, movies, traces
from storage.planttracer.findings import EXPIRED, output_of, probe_of, reason_of
from storage.planttracer.means import Means
from storage.planttracer.movies import Movie, State, analysis_size
from storage.planttracer.terms import research_terms

log = structlog.get_logger()

CONTENT_TYPE = "video/mp4"  # what the signed form says of every movie, whatever it is
ARCHIVE = "frames.zip"
ARCHIVE_PRIORITY = (
    40  # before what nobody watches, after traces: no trace ends for its client without the ZIP
)
JPEG_QUALITY = 90
LATE_SECONDS = 600.0  # that a form may be used beyond its time: an upload that began within it


def look_after(means: Means, movie_id: str) -> Movie:
    """Bring a movie as far as it can go now, and return it as it then stands. Raises Unavailable."""
    with read(means.engine) as db:
        movie = movies.find(db, movie_id)
    if movie is None:
        raise NotFound(f"there is no movie {movie_id}")
    if movie.state is State.UPLOADING:
        movie = _take_in(means, movie)
    if movie.state is State.PROCESSING:
        movie = _describe(means, movie)
    if movie.archive_job is not None and movie.archive_media is None:
        movie = _keep_archive(means, movie)
    return movie if movie.trace_job is None else traces.absorb(means, movie)


def order_archive(db: sa.Connection, means: Means, movie: Movie) -> Job:
    """Order the ZIP of all frames, turned as the movie is now; the one before is forgotten. Ring for it afterwards."""
    before = [] if movie.archive_media is None else [movie.archive_media]
    params = {
        "longest_side": movies.ANALYSIS_SIDE_PX,
        "rotation": movie.rotation,
        "quality": JPEG_QUALITY,
        "comment": research_terms(movie),
        "keep_partial": True,
    }
    job = means.counter.order(
        db,
        "archive",
        params,
        {"movie": movie.media_id or 0},
        owner=movie.user_id,
        priority=ARCHIVE_PRIORITY,
        is_limited=False,  # the bytes are here: too late to refuse them
    )
    movies.change(db, movie.movie_id, archive_job=job.id, archive_media=None)
    media.drop(db, before)
    return job


def renew_archive(db: sa.Connection, means: Means, movie: Movie) -> Job | None:
    """Order the ZIP again if it failed, or if its pictures carry other terms than their owner's now."""
    if movie.archive_job is not None:
        made = msgspec.json.decode(jobs.get(db, movie.archive_job, None).params, type=ArchiveParams)
        if made.comment == research_terms(movie):
            return None
    return order_archive(db, means, movie)


def _take_in(means: Means, movie: Movie) -> Movie:
    """Make a medium of the upload, once it is there."""
    try:
        blob = means.blobs.adopt(
            movie.upload_key or "",
            content_type=CONTENT_TYPE,
            size_limit=means.settings.planttracer_upload_limit_bytes,
            expect_sha256=movie.sha256,
        )
    except NotFound:
        return _give_up(means, movie)
    except (Invalid, TooLarge) as error:
        return _fail(means, movie, State.UPLOADING, error.message)
    with write(means.engine) as db:
        movie = movies.held(db, movie.movie_id)
        if movie.state is not State.UPLOADING:
            return movie
        record = media.add(
            db,
            movie.user_id,
            sha256=blob.sha256,
            size=blob.size,
            name=f"{movie.movie_id}.mov",
            content_type=CONTENT_TYPE,
        )
        probe = means.counter.probe(db, record)
        _note(db, movie, logs.MOVIE_UPLOADED, total_bytes=blob.size)
        movie = movies.change(
            db, movie.movie_id, media_id=record.id, state=State.PROCESSING, uploaded_at=now()
        )
    means.counter.ring(probe)
    return movie


def _give_up(means: Means, movie: Movie) -> Movie:
    """Wait no longer for an upload whose form has long expired."""
    patience = means.settings.url_expiry_seconds + LATE_SECONDS
    with read(means.engine) as db:
        age: float = db.execute(sa.select(now() - movie.created_at)).scalar_one()
    if age < patience:
        return movie
    return _fail(means, movie, State.UPLOADING, "nothing was uploaded in time")


def _describe(means: Means, movie: Movie) -> Movie:
    """Write down what the probe found, as dimensions of the analysis picture, and order the ZIP."""
    with read(means.engine) as db:
        probe = probe_of(db, movie)
    if probe is None or not probe.has_ended():
        return movie
    if probe.state is not JobState.SUCCEEDED:
        return _fail(means, movie, State.PROCESSING, reason_of(probe))
    found = probe.read_result().summary
    facts = msgspec.convert(found, MovieFacts)
    limit = means.settings.planttracer_frames_limit
    if facts.frames > limit:
        reason = f"the movie has {facts.frames} frames; the limit is {limit}"
        return _fail(means, movie, State.PROCESSING, reason)
    width, height = analysis_size(facts.width, facts.height)
    try:
        with write(means.engine) as db:
            movie = movies.held(db, movie.movie_id)
            if movie.state is not State.PROCESSING:
                return movie
            archive = order_archive(db, means, movie)
            movie = movies.change(
                db,
                movie.movie_id,
                state=State.READY,
                width=width,
                height=height,
                total_frames=facts.frames,
                fps=f"{found.get('fps', 0):.6g}",
            )
    except Invalid as error:  # encrypted, for one
        return _fail(means, movie, State.PROCESSING, error.message)
    means.counter.ring(archive)
    return movie


def _keep_archive(means: Means, movie: Movie) -> Movie:
    """Make a medium of the ZIP once its job has ended. One that failed is said why, and ordered again by the next trace.

    A movie that breaks off has the frames before that: as with the original, it ends where its decoding does.
    """
    with read(means.engine) as db:
        job = jobs.get(db, movie.archive_job or 0, None)
    if not job.has_ended():
        return movie
    if job.state not in {JobState.SUCCEEDED, JobState.PARTIAL}:
        return _forget_archive(means, movie, job, reason_of(job))
    ends: dict[str, Any] = {"reason": None}
    if job.state is JobState.PARTIAL:
        ends = {"reason": reason_of(job), "total_frames": job.read_result().summary["frames"]}
    try:
        archive = output_of(job, ARCHIVE)
        media.copy_output(means.blobs, archive)
    except NotFound:
        return _forget_archive(means, movie, job, EXPIRED)
    with write(means.engine) as db:
        movie = movies.held(db, movie.movie_id)
        if movie.archive_job != job.id or movie.archive_media is not None:
            return movie
        record = media.keep_output(db, movie.user_id, archive, f"{movie.movie_id}_frames.zip")
        return movies.change(db, movie.movie_id, archive_media=record.id, **ends)


def _forget_archive(means: Means, movie: Movie, job: Job, fault: str) -> Movie:
    with write(means.engine) as db:
        movie = movies.held(db, movie.movie_id)
        if movie.archive_job != job.id:
            return movie
        reason = f"the frames of the movie cannot be kept: {fault}"
        return movies.change(db, movie.movie_id, archive_job=None, reason=reason)


def _fail(means: Means, movie: Movie, state: State, reason: str) -> Movie:
    """Say why the upload is none, unless the movie has moved on from `state` meanwhile."""
    with write(means.engine) as db:
        movie = movies.held(db, movie.movie_id)
        if movie.state is not state:
            return movie
        log.info("upload failed", movie_id=movie.movie_id, reason=reason)
        _note(db, movie, logs.MOVIE_REFUSED, reason=reason)
        return movies.change(db, movie.movie_id, state=State.FAILED, reason=reason, archive_job=None)


def _note(db: sa.Connection, movie: Movie, event: str, **detail: Any) -> None:
    logs.note(
        db,
        event,
        user_id=movie.user_id,
        course_id=movie.course_id,
        movie_id=movie.movie_id,
        **detail,
    )
