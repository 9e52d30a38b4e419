"""What the ledger and the store say after a storm: what was lost, done twice, wasted or left lying about."""

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from bench.stack import Killed
from darkroom.jobs import Result
from darkroom.params import DrillParams
from darkroom.settings import Settings
from pipelines.drill import OUTPUT
from storage import blobs as stores
from storage import rubbish
from storage.engine import read
from storage.tables import attempts, jobs, outputs, parts


class Toll(Struct, frozen=True):
    """The figures of one storm. waste: starts per part; gap: from a kill to the next start of what it broke off.

    joined_badly: joined jobs that did not succeed, or whose result is not of all their pieces.
    """

    accepted: int
    ended: int
    states: dict[str, int]
    settled_twice: int
    orphans_swept: int
    orphans_left: int
    missing_outputs: int
    joined: int
    joined_badly: int
    starts: int
    parts: int
    causes: dict[str, int]
    gap_seconds: float

    @property
    def lost(self) -> int:
        return self.accepted - self.ended

    @property
    def waste(self) -> float:
        return self.starts / self.parts


def take(engine: sa.Engine, settings: Settings, accepted: set[int], killed: list[Killed]) -> Toll:
    """Count, after everything has come to rest."""
    store = stores.connect(settings)
    swept = rubbish.sweep_blobs(engine, store, orphan_seconds=-60.0, unfinished_seconds=3600.0)
    with read(engine) as db:
        by_state = sa.select(jobs.c.state, sa.func.count()).group_by(jobs.c.state)
        states = {str(state): int(count) for state, count in db.execute(by_state)}
        ended = set(db.execute(sa.select(jobs.c.id).where(jobs.c.ended_at.is_not(None))).scalars())
        keys = set(db.execute(sa.select(outputs.c.key)).scalars())
        causes = (
            db.execute(sa.select(attempts.c.cause, sa.func.count()).group_by(attempts.c.cause)).tuples().all()
        )
        twice = (
            sa.select(attempts.c.part_id)
            .where(attempts.c.cause == "succeeded")
            .group_by(attempts.c.part_id)
            .having(sa.func.count() > 1)
        )
        settled_twice = len(db.execute(twice).all())
        part_count = db.execute(sa.select(sa.func.count()).select_from(parts)).scalar_one()
        joined, joined_badly = _joined(db)
        gap = _longest_gap(db, killed)
    present = {stat.key for stat in store.list("results/")}
    return Toll(
        accepted=len(accepted),
        ended=len(ended & accepted),
        states=states,
        settled_twice=settled_twice,
        orphans_swept=swept,
        orphans_left=len(present - keys),
        missing_outputs=len(keys - present),
        joined=joined,
        joined_badly=joined_badly,
        starts=sum(count for _, count in causes),
        parts=part_count,
        causes={str(cause): count for cause, count in causes},
        gap_seconds=gap,
    )


def _joined(db: sa.Connection) -> tuple[int, int]:
    """Return how many joined jobs have a result of all their pieces, and how many have not."""
    rows = db.execute(sa.select(jobs.c.params, jobs.c.result).where(jobs.c.joins)).all()
    good = sum(_is_whole(row.params, row.result) for row in rows)
    return good, len(rows) - good


def _is_whole(params: str, result: str | None) -> bool:
    drill = msgspec.json.decode(params, type=DrillParams)
    found = msgspec.json.decode(result or "{}", type=Result)
    size = drill.parts * drill.output_bytes
    wanted = {"pieces": drill.parts, "piece_bytes": size}
    return found.summary.items() >= wanted.items() and [(o.name, o.size) for o in found.outputs] == [
        (OUTPUT, size)
    ]


def _longest_gap(db: sa.Connection, killed: list[Killed]) -> float:
    """Return the longest time from the kill of a worker to the next start of a part that it held."""
    rows = db.execute(
        sa.select(attempts.c.part_id, attempts.c.worker, attempts.c.started_at, attempts.c.cause).order_by(
            attempts.c.id
        )
    ).all()
    killed_at = {kill.pid: kill.at for kill in killed}
    gaps = [0.0]
    for i, row in enumerate(rows):
        at = killed_at.get(int(row.worker.rsplit(":", 2)[1]))
        if row.cause != "lease_lost" or at is None:
            continue
        following = next((later.started_at for later in rows[i + 1 :] if later.part_id == row.part_id), None)
        if following is not None:
            gaps.append(following - at)
    return max(gaps)
