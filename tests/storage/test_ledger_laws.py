"""The ledger under any interleaving of two workers, a sweeper, a canceller and crashes: its laws hold."""

import os
import tempfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from darkroom.errors import Fenced
from darkroom.jobs import ENDED, Cause, Failure, JobState, Progress, Result
from storage import engine as engines
from storage import jobs, leases, users
from storage.engine import read, write
from storage.jobs import NewJob
from storage.leases import Claim, Ending, Terms
from storage.tables import HELD, attempts, metadata, parts
from storage.tables import jobs as job_rows

TERMS = Terms(lease_seconds=1000.0, retry_seconds=0.0, retry_limit_seconds=0.0)
ENDINGS = [
    Ending(Cause.SUCCEEDED, result=Result(summary={"n": 1})),
    Ending(Cause.SUCCEEDED, result=Result(), failure=Failure("cut", "half of it")),
    Ending(Cause.ERROR, failure=Failure("broken", "no attempt can mend it")),
    Ending(Cause.OOM, failure=Failure("out_of_memory", "too much"), retry=True),
    Ending(Cause.HANDED_BACK, retry=True, free=True, delay_seconds=0.0),
    Ending(Cause.CANCELLED),
]
WORKERS = st.sampled_from(["ann", "bob"])
PICK = st.integers(min_value=0, max_value=1 << 30)


class Ledger(RuleBasedStateMachine):
    """Holds what each worker believes, and what must never change once seen."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.engine = engines.connect(self.url or f"sqlite:///{self._folder()}/ledger.db")
        metadata.drop_all(self.engine)
        metadata.create_all(self.engine)
        with write(self.engine) as db:
            self.owners = [users.add(db, "ada"), users.add(db, "grace")]
        self.held: dict[str, list[Claim]] = {"ann": [], "bob": []}
        self.ended: dict[int, tuple[str, str | None, str | None, float]] = {}
        self.claims: dict[int, int] = {}

    def _folder(self) -> str:
        self.folder = tempfile.TemporaryDirectory()
        return self.folder.name

    def teardown(self) -> None:
        self._drain()
        self.engine.dispose()
        if hasattr(self, "folder"):
            self.folder.cleanup()

    @rule(owner=PICK, count=st.integers(1, 3), limit=st.integers(1, 3), joins=st.booleans())
    def submit(self, owner: int, count: int, limit: int, joins: bool) -> None:
        new = NewJob(
            kind="drill",
            params="{}",
            pipeline_version=1,
            cache_key="k",
            owner=self.owners[owner % 2],
            queue="quick",
            parts=count + joins,
            joins=joins,
            max_attempts=limit,
        )
        with write(self.engine) as db:
            jobs.submit(db, new)

    @rule(worker=WORKERS)
    def claim(self, worker: str) -> None:
        with write(self.engine) as db:
            claimed = leases.claim(db, "quick", worker, TERMS)
            waits = leases.is_waiting(db, "quick")
        if claimed is None:
            assert not waits
            return
        assert claimed.attempt == self.claims.get(claimed.part_id, 0) + 1
        assert claimed.is_join == self._is_join(claimed)
        self.claims[claimed.part_id] = claimed.attempt
        self.held[worker].append(claimed)

    @rule(worker=WORKERS, pick=PICK, done=st.integers(0, 9))
    def beat(self, worker: str, pick: int, done: int) -> None:
        claimed = self._pick(worker, pick)
        if claimed is None:
            return
        before = self._part(claimed.part_id)
        try:
            with write(self.engine) as db:
                leases.beat(db, claimed, Progress(done, 9, "work"), TERMS)
            assert before.lease_token == claimed.token
        except Fenced:
            assert before.lease_token != claimed.token
            assert self._part(claimed.part_id) == before

    @rule(worker=WORKERS, pick=PICK, ending=st.sampled_from(ENDINGS))
    def settle(self, worker: str, pick: int, ending: Ending) -> None:
        """End an attempt, again and again if it so happens: a claim is never forgotten by a worker that lives."""
        claimed = self._pick(worker, pick)
        if claimed is None:
            return
        before = self._part(claimed.part_id)
        try:
            with write(self.engine) as db:
                leases.settle(db, claimed, ending, TERMS)
            assert before.lease_token == claimed.token
        except Fenced:
            assert before.lease_token != claimed.token
            assert self._part(claimed.part_id) == before

    @rule(worker=WORKERS)
    def crash(self, worker: str) -> None:
        self.held[worker].clear()

    @rule(pick=PICK)
    def time_passes_for_a_lease(self, pick: int) -> None:
        with write(self.engine) as db:
            running = (
                db.execute(sa.select(parts.c.id).where(parts.c.state == "running").order_by(parts.c.id))
                .scalars()
                .all()
            )
            if running:
                part_id = running[pick % len(running)]
                db.execute(sa.update(parts).where(parts.c.id == part_id).values(lease_until=0.0))

    @rule()
    def sweep(self) -> None:
        with read(self.engine) as db:
            overdue = leases.overdue(db)
        for part_id, token in overdue:
            with write(self.engine) as db:
                leases.expire(db, part_id, token, TERMS)

    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        with read(self.engine) as db:
            known = jobs.find(db, None)
        if known:
            with write(self.engine) as db:
                jobs.cancel(db, known[pick % len(known)].id, None, 1000.0)

    @invariant()
    def a_job_ends_once_and_stays_as_it_ended(self) -> None:
        for job in self._jobs():
            ending = (job.state, job.result, job.failure, job.ended_at)
            if job.id in self.ended:
                assert self.ended[job.id] == ending
            elif job.ended_at is not None:
                assert job.state in ENDED
                self.ended[job.id] = ending
            else:
                assert job.state in {JobState.QUEUED, JobState.RUNNING}

    @invariant()
    def the_job_agrees_with_its_parts(self) -> None:
        for job in self._jobs():
            states = self._states(job.id)
            assert job.parts_left == sum(state not in ENDED for state in states)
            assert (job.ended_at is not None) == (job.parts_left == 0)
            if JobState.RUNNING in states:
                assert job.state == JobState.RUNNING

    @invariant()
    def a_join_is_begun_only_when_all_others_have_succeeded(self) -> None:
        for job in self._joined():
            *others, join = self._states(job.id)
            if self._last_part(job.id).attempt > 0:
                assert set(others) == {JobState.SUCCEEDED}
            if join == HELD:
                assert JobState.QUEUED in others or JobState.RUNNING in others

    @invariant()
    def nothing_waits_for_a_join_that_will_not_be(self) -> None:
        for job in self._joined():
            states = self._states(job.id)
            if set(states) & {JobState.FAILED, JobState.QUARANTINED, JobState.PARTIAL, JobState.CANCELLED}:
                assert JobState.QUEUED not in states
                assert HELD not in states

    @invariant()
    def a_joined_job_ends_as_its_join_did_or_for_want_of_it(self) -> None:
        for job in self._joined():
            *others, join = self._states(job.id)
            if job.ended_at is None:
                continue
            if self._last_part(job.id).attempt > 0:
                assert job.state == join
            else:
                assert job.state in {JobState.FAILED, JobState.QUARANTINED, JobState.CANCELLED}
                assert set(others) != {JobState.SUCCEEDED} or job.cancel_requested_at is not None

    @invariant()
    def attempts_are_counted_and_open_only_while_a_part_runs(self) -> None:
        with read(self.engine) as db:
            numbered = db.execute(
                sa.select(attempts.c.part_id, attempts.c.number).order_by(attempts.c.id)
            ).all()
            unended = set(
                db.execute(sa.select(attempts.c.token).where(attempts.c.ended_at.is_(None))).scalars()
            )
            leased = set(
                db.execute(sa.select(parts.c.lease_token).where(parts.c.state == "running")).scalars()
            )
        seen: dict[int, int] = {}
        for part_id, number in numbered:
            assert number == seen.get(part_id, 0) + 1
            seen[part_id] = number
        assert seen == self.claims
        assert unended == leased

    def _drain(self) -> None:
        """Whatever happened, an honest worker and the sweeper bring every job to its end."""
        for _ in range(1000):
            with write(self.engine) as db:
                db.execute(sa.update(parts).where(parts.c.state == "running").values(lease_until=0.0))
            self.sweep()
            with write(self.engine) as db:
                claimed = leases.claim(db, "quick", "last", TERMS)
                if claimed is None:
                    break
                self.claims[claimed.part_id] = claimed.attempt
                leases.settle(db, claimed, ENDINGS[0], TERMS)
        assert all(job.ended_at is not None for job in self._jobs())
        self.a_job_ends_once_and_stays_as_it_ended()

    def _pick(self, worker: str, pick: int) -> Claim | None:
        held = self.held[worker]
        return held[pick % len(held)] if held else None

    def _part(self, part_id: int) -> sa.Row[tuple[object, ...]]:
        with read(self.engine) as db:
            return db.execute(sa.select(parts).where(parts.c.id == part_id)).one()

    def _jobs(self) -> list[sa.Row[tuple[object, ...]]]:
        with read(self.engine) as db:
            return list(db.execute(sa.select(job_rows).order_by(job_rows.c.id)).all())

    def _states(self, job_id: int) -> list[str]:
        with read(self.engine) as db:
            states = sa.select(parts.c.state).where(parts.c.job_id == job_id).order_by(parts.c.number)
            return list(db.execute(states).scalars())

    def _joined(self) -> list[sa.Row[tuple[object, ...]]]:
        return [job for job in self._jobs() if job.joins]

    def _last_part(self, job_id: int) -> sa.Row[tuple[object, ...]]:
        last = sa.select(parts).where(parts.c.job_id == job_id).order_by(parts.c.number.desc()).limit(1)
        with read(self.engine) as db:
            return db.execute(last).one()

    def _is_join(self, claimed: Claim) -> bool:
        joined = {job.id for job in self._joined()}
        return claimed.job_id in joined and self._last_part(claimed.job_id).id == claimed.part_id


def explore(machine: type[Ledger], examples: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


@pytest.mark.timeout(300)
def test_the_laws_hold_on_sqlite(tmp_path: Path) -> None:
    explore(Ledger, int(os.environ.get("LEDGER_EXAMPLES", "25")))


@pytest.mark.postgres
@pytest.mark.timeout(300)
def test_the_laws_hold_on_postgresql(make_postgres: str) -> None:
    class OnPostgres(Ledger):
        url = make_postgres

    explore(OnPostgres, 15)
