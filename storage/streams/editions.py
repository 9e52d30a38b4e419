"""Publishing: the next version of each channel that uploads have changed, seen by everybody at once or by nobody."""

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.exc import IntegrityError

from storage.engine import now
from storage.streams.tables import (
    streams_channels,
    streams_chunks,
    streams_imports,
    streams_pages,
    streams_tail,
    streams_uploads,
)


class Overtaken(Exception):
    """A channel has a newer version than the one on which this edition stands; make it anew."""


class NewChunk(Struct, frozen=True):
    is_text: bool
    level: int
    place: int
    entries: int
    n: int
    t_min: float | None
    t_max: float | None
    v_min: float | None
    v_max: float | None
    key: str


class NewPage(Struct, frozen=True):
    tier: int
    place: int
    key: str


class NewPiece(Struct, frozen=True):
    upload: int
    n: int
    samples: bytes
    texts: bytes


class Import(Struct, frozen=True):
    """That an upload says something of a channel, between these times."""

    upload: int
    t_min: float
    t_max: float


class Stats(Struct, frozen=True):
    """What the channel's row says of its newest version."""

    numbers: int
    texts: int
    t_min: float | None
    t_max: float | None
    v_min: float | None
    v_max: float | None
    t_end: float | None


class ChannelEdition(Struct, frozen=True):
    """The step of one channel from version `base` to the next. channel: None for one that is new.

    gone_*: ids of the rows that the next version has no more; folds: it has none of the tail's either.
    """

    name: str
    channel: int | None
    base: int
    stats: Stats
    imports: list[Import]
    chunks: list[NewChunk] = []
    gone_chunks: list[int] = []
    pages: list[NewPage] = []
    gone_pages: list[int] = []
    tail: list[NewPiece] = []
    gone_tail: list[int] = []


class Done(Struct, frozen=True):
    """An upload that this edition publishes; result: JSON."""

    upload: int
    rows: int
    result: str
    undoes: int | None = None


class Edition(Struct, frozen=True):
    owner: int
    device: str
    channels: list[ChannelEdition]
    uploads: list[Done]


def encode(edition: Edition) -> bytes:
    return msgspec.msgpack.encode(edition)


def decode(data: bytes) -> Edition:
    return msgspec.msgpack.decode(data, type=Edition)


def publish(db: sa.Connection, edition: Edition) -> None:
    """Let the edition be seen when the caller's transaction commits. Raises Overtaken, and then nothing may be committed."""
    for done in sorted(edition.uploads, key=lambda done: done.upload):
        _end_upload(db, done)
    for channel in sorted(
        edition.channels, key=lambda channel: channel.name
    ):  # one order: nobody waits in a circle
        _publish_channel(db, edition, channel)


def _end_upload(db: sa.Connection, done: Done) -> None:
    its = streams_uploads.c
    values = {"state": "done", "rows": done.rows, "result": done.result, "done_at": now()}
    ended = db.execute(
        sa.update(streams_uploads).where(its.id == done.upload, its.state == "pending").values(values)
    )
    if ended.rowcount != 1:
        raise Overtaken(f"upload {done.upload} is published")
    if done.undoes is not None:
        undone = {"state": "undone", "answers": False}
        db.execute(sa.update(streams_uploads).where(its.id == done.undoes).values(undone))


def _publish_channel(db: sa.Connection, edition: Edition, step: ChannelEdition) -> None:
    channel = _swap(db, edition, step)
    version = step.base + 1
    over = {"until": version, "until_at": now()}
    for table, gone in (
        (streams_chunks, step.gone_chunks),
        (streams_pages, step.gone_pages),
        (streams_tail, step.gone_tail),
    ):
        if gone:
            db.execute(sa.update(table).where(table.c.id.in_(gone)).values(over))
    new = {"channel": channel, "version": version}
    for table, rows in (
        (streams_chunks, step.chunks),
        (streams_pages, step.pages),
        (streams_tail, step.tail),
        (streams_imports, step.imports),
    ):
        if rows:
            db.execute(sa.insert(table), [new | msgspec.structs.asdict(row) for row in rows])


def _swap(db: sa.Connection, edition: Edition, step: ChannelEdition) -> int:
    """Raise the channel's version from the one that was read, and return its id."""
    values = {"version": step.base + 1, "changed_at": now(), **msgspec.structs.asdict(step.stats)}
    its = streams_channels.c
    if step.channel is not None:
        swapped = db.execute(
            sa.update(streams_channels).where(its.id == step.channel, its.version == step.base).values(values)
        )
        if swapped.rowcount != 1:
            raise Overtaken(f"channel {step.channel} is at version {step.base} no more")
        return step.channel
    named = {"owner": edition.owner, "device": edition.device, "name": step.name, "created_at": now()}
    try:
        made: int = db.execute(
            sa.insert(streams_channels).values({**named, **values}).returning(its.id)
        ).scalar_one()
    except IntegrityError as error:
        raise Overtaken(f"channel {step.name} has been made") from error
    return made
