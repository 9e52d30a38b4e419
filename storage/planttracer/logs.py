"""The log of the Plant Tracer door: what happened to whom, by whom; rows are only ever added."""

from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from storage.engine import now
from storage.planttracer.tables import pt_log

ENTRIES_LIMIT = 1000  # of one answer
REGISTERED = "user.registered"
LINK_SENT = "user.link-sent"
USER_CHANGED = "user.changed"
COURSE_CREATED = "course.created"
COURSE_JOINED = "course.joined"
COURSE_CHANGED = "course.changed"
MOVIE_UPLOADED = "movie.upload.completed"
MOVIE_REFUSED = "movie.upload.failed"
MOVIE_DELETED = "movie.deleted"
MOVIE_RESTORED = "movie.restored"
TRACE_STARTED = "movie.tracing.started"
TRACE_COMPLETED = "movie.tracing.completed"
TRACE_FAILED = "movie.tracing.failed"


class Entry(Struct, frozen=True):
    id: int
    at: float
    event: str
    user_id: int | None
    course_id: str | None
    movie_id: str | None
    target_user_id: int | None
    ipaddr: str | None
    detail: str  # JSON


class Wanted(Struct, frozen=True, kw_only=True):
    """Which entries are asked for; what is None does not matter. Times in seconds since the epoch, both inclusive."""

    start_time: float | None = None
    end_time: float | None = None
    user_id: int | None = None
    course_id: str | None = None
    movie_id: str | None = None
    ipaddr: str | None = None


def note(
    db: sa.Connection,
    event: str,
    *,
    user_id: int | None = None,
    course_id: str | None = None,
    movie_id: str | None = None,
    target_user_id: int | None = None,
    ipaddr: str | None = None,
    **detail: Any,
) -> None:
    """Add an entry, in the transaction of what it tells."""
    db.execute(
        sa.insert(pt_log).values(
            at=now(),
            event=event,
            user_id=user_id,
            course_id=course_id,
            movie_id=movie_id,
            target_user_id=target_user_id,
            ipaddr=ipaddr,
            detail=msgspec.json.encode(detail).decode(),
        )
    )


def find(
    db: sa.Connection,
    wanted: Wanted,
    *,
    reader: int,
    courses: Iterable[str],
    count: int = ENTRIES_LIMIT,
    offset: int = 0,
) -> list[Entry]:
    """Return entries, oldest first, that the reader may see: of themselves, and of the courses that they run."""
    mine = sa.or_(pt_log.c.user_id == reader, pt_log.c.target_user_id == reader)
    query = (
        sa.select(pt_log)
        .where(sa.or_(mine, pt_log.c.course_id.in_(list(courses))), *_conditions(wanted))
        .order_by(pt_log.c.id)
        .limit(min(count, ENTRIES_LIMIT))
        .offset(offset)
    )
    return [msgspec.convert(row, Entry, from_attributes=True) for row in db.execute(query)]


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.start_time is not None:
        conditions.append(pt_log.c.at >= wanted.start_time)
    if wanted.end_time is not None:
        conditions.append(pt_log.c.at <= wanted.end_time)
    if wanted.user_id is not None:
        about = (pt_log.c.user_id == wanted.user_id, pt_log.c.target_user_id == wanted.user_id)
        conditions.append(sa.or_(*about))
    for column, value in (
        (pt_log.c.course_id, wanted.course_id),
        (pt_log.c.movie_id, wanted.movie_id),
        (pt_log.c.ipaddr, wanted.ipaddr),
    ):
        if value is not None:
            conditions.append(column == value)
    return conditions
