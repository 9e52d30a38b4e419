"""Uploads beside an upload: those to publish together with it, those to wait for, those that speak of the same times."""

import sqlalchemy as sa

from storage.streams.tables import streams_imports, streams_uploads
from storage.streams.uploads import COLUMNS, Upload
from storage.tables import jobs as jobs_table


def pending_beside(db: sa.Connection, one: Upload, *, size_limit: int, limit: int) -> list[Upload]:
    """Return the device's other uploads, small and neither published nor given up, that can be published with this one."""
    its = streams_uploads.c
    query = (
        sa.select(*COLUMNS)
        .join(jobs_table, jobs_table.c.id == its.job)
        .where(
            its.owner == one.owner,
            its.device == one.device,
            its.state == "pending",
            its.id != one.id,
            its.undoes.is_(None),
            its.size <= size_limit,
            jobs_table.c.ended_at.is_(None),
            jobs_table.c.cancel_requested_at.is_(None),
        )
        .order_by(its.id)
        .limit(limit)
    )
    return [Upload(*row) for row in db.execute(query)]


def is_awaiting(db: sa.Connection, one: Upload) -> bool:
    """Say whether an earlier upload of the device is still to be published."""
    its = streams_uploads.c
    query = (
        sa.select(its.id)
        .join(jobs_table, jobs_table.c.id == its.job)
        .where(
            its.owner == one.owner,
            its.device == one.device,
            its.state == "pending",
            its.id < one.id,
            jobs_table.c.ended_at.is_(None),
        )
        .limit(1)
    )
    return db.execute(query).one_or_none() is not None


def imported_beside(db: sa.Connection, upload_id: int) -> list[tuple[Upload, list[int]]]:
    """Return other published uploads that speak of the same channels in the same stretch of time, and of which channels."""
    mine, theirs = streams_imports.alias("mine"), streams_imports.alias("theirs")
    its = streams_uploads.c
    query = (
        sa.select(*COLUMNS, theirs.c.channel)
        .join(theirs, theirs.c.upload == its.id)
        .join(mine, mine.c.channel == theirs.c.channel)
        .where(
            mine.c.upload == upload_id,
            its.id != upload_id,
            its.state == "done",
            its.undoes.is_(None),
            theirs.c.t_min <= mine.c.t_max,
            theirs.c.t_max >= mine.c.t_min,
        )
        .order_by(its.id)
    )
    found: dict[int, tuple[Upload, list[int]]] = {}
    for *columns, channel in db.execute(query):
        beside = Upload(*columns)
        found.setdefault(beside.id, (beside, []))[1].append(channel)
    return list(found.values())
