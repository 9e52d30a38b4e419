"""What becomes of a trace: where it stands while its job runs, and its end, written down once."""

from collections.abc import Iterator

import sqlalchemy as sa
import structlog
from msgspec import Struct

from darkroom.errors import NotFound
from darkroom.jobs import JobState, Output
from storage import jobs, media
from storage.blob_values import CHUNK
from storage.blobs import Blobs
from storage.engine import now, read, write
from storage.jobs import Job
from storage.planttracer import frames, logs, movies, track_table
from storage.planttracer.findings import EXPIRED, facts_of, output_of, reason_of, upright_size
from storage.planttracer.markers import Marker
from storage.planttracer.means import Means
from storage.planttracer.movies import Movie
from storage.planttracer.track_table import Scale
from storage.standing import standing

log = structlog.get_logger()

TABLE, DRAWN = "track.csv", "traced.mp4"
TRACKING = "tracking"  # the phase in which a track job counts the frames of the trace, the first included
BEFORE = {"drawing", "going back"}  # phases before it, of which long ones must not look like silence


class _Made(Struct, frozen=True):
    """What a trace that went well has come to."""

    markers_by_frame: dict[int, list[Marker]]
    drawn: Output


def last_frame(db: sa.Connection, movie: Movie) -> int | None:
    """Return the last frame that is tracked: of a trace under way, as far as its job has come.

    The client gives up when this is not beyond the first frame of the trace within 15 s.
    """
    if movie.trace_job is None or movie.trace_from is None or movie.trace_to is None:
        return movie.last_frame_tracked
    job = jobs.get(db, movie.trace_job, None)
    if job.has_ended():
        return movie.trace_to
    progress = standing(db, job.id).progress
    tracked = progress.done - 1 if progress.phase == TRACKING else int(progress.phase in BEFORE)
    return min(movie.trace_from + max(0, tracked), movie.trace_to)


def scale_of(db: sa.Connection, movie: Movie) -> Scale:
    """Return how the movie's pixels become those of markers. Raises NotReady before it was looked into."""
    width, height = movie.size()
    return Scale(upright_size(facts_of(db, movie), movie), (width or 1, height or 1))


def absorb(means: Means, movie: Movie) -> Movie:
    """Write down the end of a trace whose job has ended, once: points, drawn movie, or why it failed.

    Nothing changes before the movie's ZIP is there, which the client wants together with the points. Whoever comes
    first does it; who comes at the same time finds it done.
    """
    with read(means.engine) as db:
        job = jobs.get(db, movie.trace_job or 0, None)
    if not job.has_ended() or (movie.archive_media is None and movie.archive_job is not None):
        return movie
    if movie.archive_media is None:
        return _fail(means, movie, job, movie.reason or "the frames of the movie were not kept")
    if job.state is not JobState.SUCCEEDED:
        return _fail(means, movie, job, reason_of(job))
    try:
        made = _made(means, movie, job)
        media.copy_output(means.blobs, made.drawn)
    except NotFound:
        return _fail(means, movie, job, EXPIRED)
    with write(means.engine) as db:
        movie = movies.held(db, movie.movie_id)
        if movie.trace_job != job.id:
            return movie
        frames.keep_traced(db, movie.movie_id, made.markers_by_frame)
        replaced = [] if movie.traced_media is None else [movie.traced_media]
        record = media.keep_output(db, movie.user_id, made.drawn, f"{movie.movie_id}_traced.mp4")
        logs.note(
            db,
            logs.TRACE_COMPLETED,
            user_id=movie.user_id,
            course_id=movie.course_id,
            movie_id=movie.movie_id,
            job=job.id,
        )
        movie = movies.change(
            db,
            movie.movie_id,
            trace_job=None,
            traced_media=record.id,
            traced_at=now(),
            trace_reason=None,
            trace_failed_at=None,
            last_frame_tracked=max(made.markers_by_frame, default=movie.trace_from),
            needs_retracing=int(movie.edits != movie.trace_edits),
        )
        media.drop(db, replaced)
        return movie


def _made(means: Means, movie: Movie, job: Job) -> _Made:
    """Read what the job has made. Raises NotFound when it is no longer there."""
    table, drawn = output_of(job, TABLE), output_of(job, DRAWN)
    start = movie.trace_from or 0
    with read(means.engine) as db:
        scale = scale_of(db, movie)
        seeds = frames.between(db, movie.movie_id, start, start).get(start, [])
    lines = track_table.lines_of(_pieces(means.blobs, table))
    seed_by_label = {seed.label: seed for seed in seeds}
    return _Made(track_table.read(lines, scale, start + 1, seed_by_label), drawn)


def _pieces(blobs: Blobs, output: Output) -> Iterator[bytes]:
    with blobs.open(output.key) as file:
        while piece := file.read(CHUNK):
            yield piece


def _fail(means: Means, movie: Movie, job: Job, reason: str) -> Movie:
    with write(means.engine) as db:
        movie = movies.held(db, movie.movie_id)
        if movie.trace_job != job.id:
            return movie
        log.info("trace failed", movie_id=movie.movie_id, job_id=job.id, reason=reason)
        logs.note(
            db,
            logs.TRACE_FAILED,
            user_id=movie.user_id,
            course_id=movie.course_id,
            movie_id=movie.movie_id,
            job=job.id,
            reason=reason,
        )
        return movies.change(
            db,
            movie.movie_id,
            trace_job=None,
            trace_reason=reason,
            trace_failed_at=now(),
            last_frame_tracked=movie.trace_from,
        )
