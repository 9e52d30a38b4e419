"""What waits for machines that are gone."""

import pytest
import sqlalchemy as sa

from darkroom.jobs import Cause, JobState, Result
from storage import jobs, leases, pool, rerouting, users
from storage.engine import read, write
from storage.jobs import NewJob
from storage.leases import Ending, Terms
from storage.tables import parts, workers


@pytest.fixture
def owner(engine):
    with write(engine) as db:
        return users.add(db, "ada")


@pytest.fixture
def submit(engine, owner):
    """Writes a job down; gives its id."""

    def submit(kind, queue="gpu", **more):
        new = NewJob(
            kind=kind, params="{}", pipeline_version=1, cache_key="k", owner=owner, queue=queue, **more
        )
        with write(engine) as db:
            return jobs.submit(db, new).id

    return submit


def bring_back(engine):
    with write(engine) as db:
        return rerouting.bring_back(db, ["train", "classify"], deserted="gpu", served="cpu")


def queues_of(engine, job_id):
    with read(engine) as db:
        rows = db.execute(sa.select(parts.c.queue).where(parts.c.job_id == job_id).order_by(parts.c.number))
        return [*rows.scalars(), jobs.get(db, job_id, None).queue]


def test_what_waits_for_a_worker_that_is_gone_is_done_by_others(engine, submit):
    job_id = submit("train", parts=3, joins=True)

    moved = bring_back(engine)

    assert moved == 3
    assert queues_of(engine, job_id) == ["cpu", "cpu", "cpu", "cpu"]
    with read(engine) as db:
        assert jobs.find_identical(db, 1, "k") is None  # it will not be what the other machine would give


def test_nothing_is_moved_while_a_worker_listens_there(engine, submit):
    job_id = submit("classify")
    with write(engine) as db:
        pool.announce(db, "w", "io,gpu", 1, "{}")

    assert bring_back(engine) == 0
    assert queues_of(engine, job_id) == ["gpu", "gpu"]


def test_a_worker_that_was_not_heard_of_does_not_count(engine, submit):
    job_id = submit("classify")
    with write(engine) as db:
        pool.announce(db, "w", "gpu", 1, "{}")
        db.execute(sa.update(workers).values(seen_at=workers.c.seen_at - pool.ALIVE_SECONDS - 1))

    assert bring_back(engine) == 1
    assert queues_of(engine, job_id) == ["cpu", "cpu"]


def test_other_kinds_and_what_runs_stay(engine, submit):
    drill_id, job_id = submit("drill"), submit("classify", parts=2)
    with write(engine) as db:
        while (claim := leases.claim(db, "gpu", "w", Terms())) is not None and claim.kind != "classify":
            assert claim.job_id == drill_id

    assert bring_back(engine) == 1
    assert queues_of(engine, job_id) == ["gpu", "cpu", "cpu"]
    with read(engine) as db:
        assert jobs.get(db, job_id, None).state is JobState.RUNNING
        assert jobs.get(db, drill_id, None).queue == "gpu"


def test_a_join_that_was_brought_elsewhere_is_rung_for_there(engine, submit):
    submit("train", parts=2, joins=True)
    with write(engine) as db:
        claim = leases.claim(db, "gpu", "w", Terms())
    assert bring_back(engine) == 1  # the part that joins: the other one runs on

    with write(engine) as db:
        settled = leases.settle(db, claim, Ending(Cause.SUCCEEDED, result=Result()), Terms())

    assert settled.releases == "cpu"
    with read(engine) as db:
        assert leases.is_waiting(db, "cpu")
        assert not leases.is_waiting(db, "gpu")
