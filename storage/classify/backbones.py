"""Backbones: networks that give features, as their owners brought them; none is used before a job has looked into it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from darkroom.errors import Conflict, Invalid, NotFound, NotReady
from darkroom.jobs import Failure
from storage import media
from storage.classify.names import check_name
from storage.classify.tables import classify_backbones
from storage.counter import Counter
from storage.engine import now, write
from storage.jobs import Job
from storage.media import Media
from storage.once import Once, job_before, remember, taken_once
from storage.tables import jobs

NO_BACKBONE = "This backbone doesn't exist or is not accessible"


class State(StrEnum):
    VETTING = "vetting"  # its job has not ended
    READY = "ready"
    FAILED = "failed"


class Backbone(Struct, frozen=True, kw_only=True):
    """manifest: how it is fed, defaults filled in; figures: what was found when it was looked into."""

    id: int
    owner: int
    name: str
    media_id: int | None
    sha256: str
    manifest: dict[str, Any]
    job: int
    state: State
    figures: dict[str, Any] | None
    failure: Failure | None
    created_at: float
    gone_at: float | None


def order(
    engine: sa.Engine,
    counter: Counter,
    user: int,
    *,
    name: str,
    media_id: int,
    manifest: Mapping[str, Any],
    once: Once | None = None,
) -> Backbone:
    """Register a medium of the user's as a backbone and have it looked into.

    once: asked again with the same key, the same backbone is the answer. Raises Invalid, TooMany, IdempotencyMismatch.
    """
    check_name(name, "/name")

    def write_down() -> tuple[Backbone, Job | None]:
        with write(engine) as db:
            known = job_before(db, user, once)
            if known is not None:
                return _by_job(db, known, user, name), None
            record = media.by_ids(db, [media_id]).get(media_id)
            if record is None or record.owner != user:
                raise Invalid(f"there is no media {media_id}", where="/media")
            params = {"role": "backbone", "manifest": dict(manifest)}
            job = counter.order(db, "vet", params, {"network": media_id}, owner=user, priority=0)
            remember(db, user, once, job.id)
            return _add(db, user, name, record, job), job

    backbone, job = taken_once(write_down)
    if job is not None:
        counter.ring(job)
    return backbone


def _add(db: sa.Connection, user: int, name: str, record: Media, job: Job) -> Backbone:
    insert = sa.insert(classify_backbones).values(
        owner=user,
        name=name,
        media_id=record.id,
        sha256=record.sha256,
        manifest=msgspec.json.encode(msgspec.json.decode(job.params)["manifest"]).decode(),
        job=job.id,
        state=State.VETTING,
        created_at=now(),
    )
    return get(db, db.execute(insert.returning(classify_backbones.c.id)).scalar_one(), user)


def _by_job(db: sa.Connection, job_id: int, user: int, name: str) -> Backbone:
    """Return a backbone of this job, as equal orders have one: one that is called so, the newest. Raises NotFound."""
    columns = classify_backbones.c
    query = sa.select(columns.id).where(columns.job == job_id).order_by((columns.name == name).desc())
    return get(db, db.execute(query.order_by(columns.id.desc()).limit(1)).scalar_one(), user)


def get(db: sa.Connection, backbone_id: int, user: int | None) -> Backbone:
    """Return the backbone. Raises NotFound when there is none, or when it is not the user's, or gone.

    None: anybody's, and one that is gone, as jobs that had begun still need it.
    """
    query = sa.select(classify_backbones).where(classify_backbones.c.id == backbone_id)
    if user is not None:
        query = query.where(classify_backbones.c.owner == user, classify_backbones.c.gone_at.is_(None))
    row = db.execute(query).one_or_none()
    if row is None:
        raise NotFound(NO_BACKBONE)
    return _backbone(row)


def usable(db: sa.Connection, backbone_id: int, owner: int) -> Backbone:
    """Return a backbone of the owner's that can be used. Raises NotFound, NotReady, Conflict."""
    backbone = get(db, backbone_id, owner)
    match backbone.state:
        case State.VETTING:
            raise NotReady(f"backbone {backbone_id} is still being looked into")
        case State.FAILED:
            raise Conflict(f"backbone {backbone_id} cannot be used: {reason_of(backbone.failure)}")
        case State.READY:
            return backbone


def find(db: sa.Connection, user: int, *, before_id: int | None = None, limit: int = 50) -> list[Backbone]:
    """Return the user's backbones, newest first, those with an id below `before_id`."""
    query = sa.select(classify_backbones).where(
        classify_backbones.c.owner == user, classify_backbones.c.gone_at.is_(None)
    )
    if before_id is not None:
        query = query.where(classify_backbones.c.id < before_id)
    rows = db.execute(query.order_by(classify_backbones.c.id.desc()).limit(limit))
    return [_backbone(row) for row in rows]


def remove(db: sa.Connection, backbone_id: int, user: int) -> None:
    """Let a backbone be seen no longer; its medium stays, and so do classifiers that have it in them. Raises NotFound."""
    get(db, backbone_id, user)
    gone = {"gone_at": now(), "media_id": None}
    db.execute(sa.update(classify_backbones).where(classify_backbones.c.id == backbone_id).values(**gone))


def pending(db: sa.Connection, limit: int = 500) -> list[int]:
    """Return backbones whose job has ended without anybody having asked, oldest first."""
    query = (
        sa.select(classify_backbones.c.id)
        .join(jobs, jobs.c.id == classify_backbones.c.job)
        .where(
            classify_backbones.c.state == State.VETTING,
            classify_backbones.c.gone_at.is_(None),
            jobs.c.ended_at.is_not(None),
        )
    )
    return list(db.execute(query.order_by(classify_backbones.c.id).limit(limit)).scalars())


def settle(
    db: sa.Connection, backbone: Backbone, figures: dict[str, Any] | None, failure: Failure | None
) -> bool:
    """Write down how looking into it has ended; return False when somebody else did so before."""
    changed = db.execute(
        sa.update(classify_backbones)
        .where(
            classify_backbones.c.id == backbone.id,
            classify_backbones.c.state == State.VETTING,
            classify_backbones.c.gone_at.is_(None),
        )
        .values(
            state=State.READY if failure is None else State.FAILED,
            figures=None if figures is None else msgspec.json.encode(figures).decode(),
            failure=None if failure is None else msgspec.json.encode(failure).decode(),
        )
    )
    return changed.rowcount == 1


def reason_of(failure: Failure | None) -> str:
    return "its job failed" if failure is None else failure.message


def _backbone(row: sa.Row[Any]) -> Backbone:
    values = {str(name): value for name, value in row._asdict().items()}
    for name in ("manifest", "figures", "failure"):
        values[name] = None if values[name] is None else msgspec.json.decode(values[name])
    return msgspec.convert(values, Backbone)
