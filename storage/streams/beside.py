"""Uploads beside an upload: those to publish together with it, those to wait for, those that speak of the same times."""

import sqlalchemy as sa

from storage.streams.tables import streams_channels, streams_imports, streams_uploads
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


def imported_beside(db: sa.Connection, upload_id: int) -> list[Upload]:
    """Return other published uploads that speak of the same channels in the same stretch of time."""
    mine, theirs = streams_imports.alias("mine"), streams_imports.alias("theirs")
    its = streams_uploads.c
    meets = (
        sa.select(theirs.c.upload)
        .join(mine, mine.c.channel == theirs.c.channel)
        .where(mine.c.upload == upload_id, theirs.c.t_min <= mine.c.t_max, theirs.c.t_max >= mine.c.t_min)
    )
    query = sa.select(*COLUMNS).where(
        its.id.in_(meets), its.id != upload_id, its.state == "done", its.undoes.is_(None)
    )
    return [Upload(*row) for row in db.execute(query.order_by(its.id))]


def imported_names(db: sa.Connection, upload_id: int) -> list[str]:
    """Return the names of the channels, as far as they are still there, of which a published upload speaks."""
    query = (
        sa.select(streams_channels.c.name)
        .join(streams_imports, streams_imports.c.channel == streams_channels.c.id)
        .where(streams_imports.c.upload == upload_id)
    )
    return list(db.execute(query).scalars())


def settled_before(db: sa.Connection, owner: int, device: str) -> int:
    """Return the number below which no upload of the device can come to be published any more."""
    its = streams_uploads.c
    of_device = sa.select(sa.func.min(its.id)).where(its.owner == owner, its.device == device)
    pending = of_device.join(jobs_table, jobs_table.c.id == its.job).where(
        its.state == "pending", jobs_table.c.ended_at.is_(None)
    )
    first = db.execute(pending).scalar_one()
    if first is None:
        first = (db.execute(sa.select(sa.func.max(its.id))).scalar_one() or 0) + 1
    return int(first)
