"""The movies of the Plant Tracer door: what is known of each, and who may see or change it."""

import uuid
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from storage.engine import now
from storage.planttracer.tables import pt_members, pt_movies, pt_people
from storage.tables import jobs, media

ANALYSIS_SIDE_PX = 640  # longest side of the picture that clients see, mark and trace on


class State(StrEnum):
    """How far the upload of a movie has come; the wire's own words."""

    UPLOADING = "uploading"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "upload failed"


class Movie(Struct, frozen=True):
    """One movie; the columns are explained in `storage.planttracer.tables`."""

    movie_id: str
    user_id: int
    course_id: str
    title: str
    description: str
    published: int
    deleted: int
    created_at: float
    uploaded_at: float | None
    sha256: str
    size_declared: int | None
    upload_key: str | None
    media_id: int | None
    state: State
    reason: str | None
    width: int | None
    height: int | None
    total_frames: int | None
    fps: str | None
    rotation: int
    trim_start: int | None
    trim_end: int | None
    fpm: str | None
    research_use: int | None
    credit_by_name: int | None
    attribution_name: str | None
    needs_retracing: int
    last_frame_tracked: int | None
    edits: int
    version: int
    archive_job: int | None
    archive_media: int | None
    trace_job: int | None
    trace_from: int | None
    trace_to: int | None
    trace_edits: int | None
    traced_media: int | None
    traced_at: float | None
    trace_reason: str | None
    trace_failed_at: float | None

    def size(self) -> tuple[int | None, int | None]:
        """Return (width, height) of the analysis picture as its user has turned it."""
        return (self.height, self.width) if self.rotation in {90, 270} else (self.width, self.height)

    def is_under_way(self) -> bool:
        """Tell whether something of the movie is awaited: its bytes, its probe, its ZIP, or the end of a trace."""
        waits_for_archive = self.archive_job is not None and self.archive_media is None
        coming = self.state in {State.UPLOADING, State.PROCESSING}
        return coming or waits_for_archive or self.trace_job is not None

    def stands(self) -> tuple[int, int]:
        """Return what is another after any change of the movie or of its markers."""
        return self.version, self.edits

    def trim(self) -> tuple[int, int | None]:
        """Return the first and the last frame that count, None while nobody knows how many there are."""
        if self.total_frames is None:
            return self.trim_start or 0, self.trim_end
        last = self.total_frames - 1
        return min(self.trim_start or 0, last), last if self.trim_end is None else min(self.trim_end, last)


class Rights(Struct, frozen=True):
    """What a caller may do with a movie."""

    reads: bool = False
    edits: bool = False
    owns: bool = False
    leads: bool = False  # the course


def analysis_size(width: int, height: int) -> tuple[int, int]:
    """Return the size of the analysis picture of a movie of this size.

    Source: Plant Tracer's tracer, which truncates; `pipelines.track` computes the same for what it draws.
    """
    scale = ANALYSIS_SIDE_PX / max(width, height)
    return max(1, int(width * scale)), max(1, int(height * scale))


def add(db: sa.Connection, user_id: int, course_id: str, **given: Any) -> Movie:
    """Write down a movie whose upload is awaited, under `incoming/` and the movie's own id."""
    movie_id = f"m{uuid.uuid4()}"
    row = db.execute(
        sa.insert(pt_movies)
        .values(
            movie_id=movie_id,
            user_id=user_id,
            course_id=course_id,
            created_at=now(),
            state=State.UPLOADING,
            upload_key=f"incoming/{movie_id}.mov",
            **given,
        )
        .returning(pt_movies)
    ).one()
    return _movie(row)


def find(db: sa.Connection, movie_id: str, *, lock: bool = False) -> Movie | None:
    """Return the movie, None when there is none; with lock, nobody else changes it meanwhile."""
    query = sa.select(pt_movies).where(pt_movies.c.movie_id == movie_id)
    row = db.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _movie(row)


def known(db: sa.Connection, movie_id: str, *, lock: bool = False) -> Movie:
    """Return a movie that is known to exist, for its row is never removed."""
    movie = find(db, movie_id, lock=lock)
    if movie is None:
        raise AssertionError(f"movie {movie_id} is gone")
    return movie


def held(db: sa.Connection, movie_id: str) -> Movie:
    """Return a movie that is known to exist; nobody else changes it meanwhile."""
    return known(db, movie_id, lock=True)


def change(db: sa.Connection, movie_id: str, **values: Any) -> Movie:
    """Set columns; return the movie as it is then."""
    row = db.execute(
        sa.update(pt_movies)
        .where(pt_movies.c.movie_id == movie_id)
        .values(version=pt_movies.c.version + 1, **values)
        .returning(pt_movies)
    ).one()
    return _movie(row)


def visible(db: sa.Connection, user_id: int, course_id: str | None = None) -> list[Movie]:
    """Return the movies that this user may see in a list, oldest first: the own ones, deleted or not, and those of courses.

    Of the others, members see what is published; who leads the course sees all that is not deleted.
    """
    member = sa.and_(pt_members.c.course_id == pt_movies.c.course_id, pt_members.c.user_id == user_id)
    open_to = sa.and_(
        pt_members.c.user_id.is_not(None),
        pt_movies.c.deleted == 0,
        sa.or_(pt_movies.c.published == 1, pt_members.c.is_admin),
    )
    query = (
        sa.select(pt_movies)
        .outerjoin(pt_members, member)
        .where(sa.or_(pt_movies.c.user_id == user_id, open_to))
        .order_by(pt_movies.c.created_at, pt_movies.c.movie_id)
    )
    if course_id is not None:
        query = query.where(pt_movies.c.course_id == course_id)
    return [_movie(row) for row in db.execute(query)]


def awaited(db: sa.Connection) -> list[str]:
    """Return the movies whose upload nobody has found yet."""
    return list(
        db.execute(sa.select(pt_movies.c.movie_id).where(pt_movies.c.state == State.UPLOADING)).scalars()
    )


def due(db: sa.Connection, limit: int = 100) -> list[str]:
    """Return movies of which a job has ended that somebody should write down: a probe, a ZIP, a trace."""
    ended = jobs.c.ended_at.is_not(None)
    steps = (
        sa.select(pt_movies.c.movie_id)
        .join(media, media.c.id == pt_movies.c.media_id)
        .join(jobs, jobs.c.id == media.c.probe_job)
        .where(pt_movies.c.state == State.PROCESSING, ended),
        sa.select(pt_movies.c.movie_id)
        .join(jobs, jobs.c.id == pt_movies.c.archive_job)
        .where(pt_movies.c.archive_media.is_(None), pt_movies.c.archive_job.is_not(None), ended),
        sa.select(pt_movies.c.movie_id).join(jobs, jobs.c.id == pt_movies.c.trace_job).where(ended),
    )
    return list(db.execute(sa.union(*steps).limit(limit)).scalars())


def rights(db: sa.Connection, movie: Movie, user_id: int) -> Rights:
    """Return what this user may do: owners and who leads the course change a movie, members look at what is published."""
    member = db.execute(
        sa.select(pt_members.c.is_admin).where(
            pt_members.c.course_id == movie.course_id, pt_members.c.user_id == user_id
        )
    ).one_or_none()
    owns, leads = movie.user_id == user_id, member is not None and bool(member.is_admin)
    looks = member is not None and movie.published == 1 and movie.deleted == 0
    return Rights(reads=owns or leads or looks, edits=owns or leads, owns=owns, leads=leads)


def owners(db: sa.Connection, user_ids: set[int]) -> dict[int, tuple[str, str]]:
    """Return (public id, name) by user id, as clients know people."""
    query = sa.select(pt_people.c.user_id, pt_people.c.public_id, pt_people.c.user_name)
    rows = db.execute(query.where(pt_people.c.user_id.in_(user_ids)))
    return {row.user_id: (row.public_id, row.user_name) for row in rows}


def _movie(row: sa.Row[tuple[object, ...]]) -> Movie:
    return msgspec.convert(row, Movie, from_attributes=True)
