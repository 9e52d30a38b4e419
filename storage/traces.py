"""What a job read, tried and made: its inputs, attempts and outputs."""

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from darkroom.errors import NotFound
from darkroom.jobs import Input, Output
from storage.tables import attempts, job_inputs, outputs, parts


class Attempt(Struct, frozen=True):
    part: int
    number: int
    worker: str
    started_at: float
    ended_at: float | None
    cause: str | None
    failure: str | None
    machine: str | None


def attempts_of(db: sa.Connection, job_id: int) -> list[Attempt]:
    """Return every attempt on every part, in the order in which they began."""
    rows = db.execute(
        sa.select(
            parts.c.number.label("part"),
            attempts.c.number,
            attempts.c.worker,
            attempts.c.started_at,
            attempts.c.ended_at,
            attempts.c.cause,
            attempts.c.failure,
            attempts.c.machine,
        )
        .join(parts, parts.c.id == attempts.c.part_id)
        .where(attempts.c.job_id == job_id)
        .order_by(attempts.c.id)
    )
    return [msgspec.convert(row, Attempt, from_attributes=True) for row in rows]


def inputs_of(db: sa.Connection, job_id: int) -> list[Input]:
    rows = db.execute(sa.select(job_inputs).where(job_inputs.c.job_id == job_id).order_by(job_inputs.c.role))
    return [Input(row.role, row.media_id, row.sha256) for row in rows]


def output(db: sa.Connection, job_id: int, name: str) -> Output:
    """Return one file of the job's result. Raises NotFound."""
    row = db.execute(
        sa.select(outputs).where(outputs.c.job_id == job_id, outputs.c.name == name)
    ).one_or_none()
    if row is None:
        raise NotFound(f"job {job_id} has no output {name!r}")
    return Output(row.name, row.key, row.sha256, row.size, row.content_type)
