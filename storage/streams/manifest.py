"""The manifest: which chunks, pages and pieces of the tail one version of a channel consists of."""

from typing import TypeVar

import sqlalchemy as sa
from msgspec import Struct

from darkroom.errors import Gone
from storage.engine import now
from storage.streams.tables import (
    streams_channels,
    streams_chunks,
    streams_imports,
    streams_pages,
    streams_tail,
    streams_uploads,
)

T = TypeVar("T", bound=Struct)


class Chunk(Struct, frozen=True):
    """Entries of a cell of time; `id` of its row, `version` the first that has it, `key` of its blob."""

    id: int
    is_text: bool
    level: int
    place: int
    version: int
    entries: int
    n: int
    t_min: float | None
    t_max: float | None
    v_min: float | None
    v_max: float | None
    key: str


class Page(Struct, frozen=True):
    id: int
    tier: int
    place: int
    version: int
    key: str


class Piece(Struct, frozen=True):
    """What one upload added to the tail, which lies in the database until it is folded; bytes of chunks."""

    id: int
    upload: int
    version: int
    n: int
    samples: bytes
    texts: bytes


class Version(Struct, frozen=True):
    """One version of a channel. channel: None for one that is yet to be; t_end: nothing was ever said later."""

    channel: int | None = None
    version: int = 0
    t_end: float | None = None
    chunks: list[Chunk] = []
    pages: list[Page] = []
    tail: list[Piece] = []


def newest(db: sa.Connection, channel: int) -> int | None:
    """Return the number of the channel's newest version; None when there is no such channel."""
    its = streams_channels.c
    return db.execute(sa.select(its.version).where(its.id == channel)).scalar_one_or_none()


def version_after(db: sa.Connection, channel: int, upload: int, past_seconds: float) -> int:
    """Return the version in which the channel first held all that uploads up to this one had said; 0 before them.

    Raises Gone where that version was replaced so long ago that it has been let go, or soon will be.
    """
    its = streams_imports.c
    query = sa.select(sa.func.max(its.version)).where(its.channel == channel, its.upload <= upload)
    version: int = db.execute(query).scalar_one() or 0
    later = (
        sa.select(sa.func.min(its.version), sa.func.min(streams_uploads.c.done_at) < now() - past_seconds)
        .join(streams_uploads, streams_uploads.c.id == its.upload)
        .where(its.channel == channel, its.version > version)
    )
    replaced_by, is_past = db.execute(later).one()
    if is_past:
        raise Gone(f"what the channel was after upload {upload} is not kept any more")
    # Versions between those of two uploads hold the same samples, compacted.
    return replaced_by - 1 if replaced_by is not None else newest(db, channel) or 0


def of_version(db: sa.Connection, channel: int, version: int) -> Version:
    """Return what a version consists of, in the order of the rows."""
    t_end = db.execute(
        sa.select(streams_channels.c.t_end).where(streams_channels.c.id == channel)
    ).scalar_one_or_none()
    return Version(
        channel,
        version,
        t_end,
        _rows(db, streams_chunks, Chunk, channel, version),
        _rows(db, streams_pages, Page, channel, version),
        _rows(db, streams_tail, Piece, channel, version),
    )


def of_name(db: sa.Connection, owner: int, device: str, name: str) -> Version:
    """Return the newest version of a channel by its names; an empty one when there is no such channel."""
    its = streams_channels.c
    query = sa.select(its.id, its.version).where(its.owner == owner, its.device == device, its.name == name)
    row = db.execute(query).one_or_none()
    return Version() if row is None else of_version(db, row.id, row.version)


def _rows(db: sa.Connection, table: sa.Table, shape: type[T], channel: int, version: int) -> list[T]:
    its = table.c
    holds = sa.or_(its.until.is_(None), its.until > version)
    columns = [its[name] for name in shape.__struct_fields__]
    query = sa.select(*columns).where(its.channel == channel, its.version <= version, holds)
    return [shape(*row) for row in db.execute(query.order_by(its.id))]
