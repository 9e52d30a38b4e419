"""The ledger's moves, one by one."""

import threading

import pytest
import sqlalchemy as sa

from darkroom.errors import Fenced, IdempotencyMismatch, NotFound
from darkroom.jobs import Cause, Failure, JobState, Output, Progress, Result
from storage import jobs, leases, standing, traces, users
from storage.engine import read, write
from storage.jobs import NewJob
from storage.leases import Claim, Ending, Terms

TERMS = Terms(lease_seconds=30.0, retry_seconds=0.0, retry_limit_seconds=0.0)
SHORT = Terms(
    lease_seconds=-1.0, retry_seconds=0.0, retry_limit_seconds=0.0
)  # every lease has run out already
BROKEN = Failure("broken", "it broke")


@pytest.fixture
def owner(engine: sa.Engine) -> int:
    with write(engine) as db:
        return users.add(db, "ada")


def new_job(owner: int, **more: object) -> NewJob:
    return NewJob(
        kind="drill", params="{}", pipeline_version=1, cache_key="key", owner=owner, queue="quick", **more
    )


def submit(engine: sa.Engine, owner: int, **more: object) -> int:
    with write(engine) as db:
        return jobs.submit(db, new_job(owner, **more)).id


def claim(engine: sa.Engine, terms: Terms = TERMS) -> Claim:
    with write(engine) as db:
        claimed = leases.claim(db, "quick", "worker", terms)
    assert claimed is not None
    return claimed


def settle(engine: sa.Engine, claimed: Claim, ending: Ending) -> JobState:
    with write(engine) as db:
        return leases.settle(db, claimed, ending, TERMS).state


def job_of(engine: sa.Engine, job_id: int) -> jobs.Job:
    with read(engine) as db:
        return jobs.get(db, job_id, None)


def causes(engine: sa.Engine, job_id: int) -> list[str | None]:
    with read(engine) as db:
        return [attempt.cause for attempt in traces.attempts_of(db, job_id)]


def test_a_claimed_job_cannot_be_claimed_again(engine, owner):
    submit(engine, owner)
    claim(engine)

    with write(engine) as db:
        second = leases.claim(db, "quick", "another", TERMS)

    assert second is None


def test_a_job_ends_with_the_result_of_its_only_part(engine, owner):
    job_id = submit(engine, owner)
    result = Result(outputs=[Output("a.csv", "results/1/a.csv", "00", 3, "text/csv")], summary={"rows": 3})

    settle(engine, claim(engine), Ending(Cause.SUCCEEDED, result=result))

    job = job_of(engine, job_id)
    assert job.state is JobState.SUCCEEDED
    assert job.read_result() == result
    with read(engine) as db:
        assert traces.output(db, job_id, "a.csv").size == 3


def test_an_ended_job_can_not_be_settled_again(engine, owner):
    job_id = submit(engine, owner)
    claimed = claim(engine)
    settle(engine, claimed, Ending(Cause.SUCCEEDED, result=Result(summary={"first": True})))

    with pytest.raises(Fenced):
        settle(engine, claimed, Ending(Cause.SUCCEEDED, result=Result(summary={"first": False})))

    assert job_of(engine, job_id).read_result().summary == {"first": True}


def test_a_worker_that_lost_its_lease_writes_nothing(engine, owner):
    job_id = submit(engine, owner)
    lost = claim(engine, SHORT)
    with write(engine) as db:
        assert leases.expire(db, lost.part_id, lost.token, TERMS) is JobState.QUEUED

    with pytest.raises(Fenced), write(engine) as db:
        leases.beat(db, lost, Progress(5, 10, "late"), TERMS)
    with pytest.raises(Fenced):
        settle(engine, lost, Ending(Cause.SUCCEEDED, result=Result()))

    assert job_of(engine, job_id).state is JobState.QUEUED
    assert causes(engine, job_id) == ["lease_lost"]


def test_a_lease_that_was_renewed_is_not_taken_back(engine, owner):
    submit(engine, owner)
    claimed = claim(engine, SHORT)
    with write(engine) as db:
        leases.beat(db, claimed, Progress(), TERMS)

    with write(engine) as db:
        taken = leases.expire(db, claimed.part_id, claimed.token, TERMS)

    assert taken is None


def test_a_job_is_quarantined_after_its_attempts_with_the_last_reason(engine, owner):
    job_id = submit(engine, owner, max_attempts=3)

    for _ in range(3):
        settle(
            engine, claim(engine), Ending(Cause.OOM, failure=Failure("out_of_memory", "too much"), retry=True)
        )

    job = job_of(engine, job_id)
    assert job.state is JobState.QUARANTINED
    assert job.read_failure() == Failure("out_of_memory", "too much")
    assert causes(engine, job_id) == ["oom", "oom", "oom"]


def test_a_hand_back_spends_no_attempt(engine, owner):
    job_id = submit(engine, owner, max_attempts=1)

    for _ in range(3):
        settle(engine, claim(engine), Ending(Cause.HANDED_BACK, retry=True, free=True, delay_seconds=0.0))

    assert job_of(engine, job_id).state is JobState.QUEUED
    assert claim(engine).attempt == 4


def test_a_failure_that_no_attempt_can_mend_ends_the_job(engine, owner):
    job_id = submit(engine, owner)

    settle(engine, claim(engine), Ending(Cause.ERROR, failure=BROKEN))

    assert job_of(engine, job_id).state is JobState.FAILED
    assert job_of(engine, job_id).read_failure() == BROKEN


def test_a_retry_waits_before_it_can_be_claimed(engine, owner):
    submit(engine, owner)
    settle(engine, claim(engine), Ending(Cause.ERROR, failure=BROKEN, retry=True, delay_seconds=60.0))

    with write(engine) as db:
        again = leases.claim(db, "quick", "worker", TERMS)

    assert again is None


def test_cancelling_a_waiting_job_ends_it(engine, owner):
    job_id = submit(engine, owner, parts=3)

    with write(engine) as db:
        job = jobs.cancel(db, job_id, owner, 60.0)

    assert job.state is JobState.CANCELLED
    with write(engine) as db:
        assert leases.claim(db, "quick", "worker", TERMS) is None


def test_cancelling_a_running_job_is_heard_with_the_next_beat(engine, owner):
    job_id = submit(engine, owner)
    claimed = claim(engine)
    with write(engine) as db:
        assert jobs.cancel(db, job_id, owner, 60.0).state is JobState.RUNNING

    with write(engine) as db:
        heard = leases.beat(db, claimed, Progress(), TERMS)

    assert heard is True
    assert settle(engine, claimed, Ending(Cause.CANCELLED)) is JobState.CANCELLED
    assert job_of(engine, job_id).state is JobState.CANCELLED


def test_a_cancelled_job_whose_worker_died_is_not_run_again(engine, owner):
    job_id = submit(engine, owner)
    lost = claim(engine, SHORT)
    with write(engine) as db:
        jobs.cancel(db, job_id, owner, 60.0)

    with write(engine) as db:
        leases.expire(db, lost.part_id, lost.token, TERMS)

    assert job_of(engine, job_id).state is JobState.CANCELLED


def test_cancel_is_idempotent_and_leaves_an_ended_job_alone(engine, owner):
    job_id = submit(engine, owner)
    settle(engine, claim(engine), Ending(Cause.SUCCEEDED, result=Result()))

    with write(engine) as db:
        job = jobs.cancel(db, job_id, owner, 60.0)

    assert job.state is JobState.SUCCEEDED


def test_the_last_part_to_end_settles_the_job(engine, owner):
    job_id = submit(engine, owner, parts=2)
    first, second = claim(engine), claim(engine)

    settle(engine, second, Ending(Cause.SUCCEEDED, result=Result(summary={"part": 1})))
    before = job_of(engine, job_id).state
    settle(engine, first, Ending(Cause.SUCCEEDED, result=Result(summary={"part": 0})))

    assert before is JobState.RUNNING
    assert job_of(engine, job_id).state is JobState.SUCCEEDED
    assert job_of(engine, job_id).read_result().summary == {"parts": [{"part": 0}, {"part": 1}]}


def test_a_job_whose_parts_ended_differently_is_partial(engine, owner):
    job_id = submit(engine, owner, parts=2)

    settle(engine, claim(engine), Ending(Cause.SUCCEEDED, result=Result(summary={"part": 0})))
    settle(engine, claim(engine), Ending(Cause.ERROR, failure=BROKEN))

    job = job_of(engine, job_id)
    assert job.state is JobState.PARTIAL
    assert job.read_failure() == BROKEN


def test_two_parts_that_end_at_the_same_moment_settle_the_job_once(engine, owner):
    job_id = submit(engine, owner, parts=8)
    claims = [claim(engine) for _ in range(8)]
    start = threading.Barrier(8)

    def end(claimed: Claim) -> None:
        start.wait()
        settle(engine, claimed, Ending(Cause.SUCCEEDED, result=Result()))

    threads = [threading.Thread(target=end, args=(claimed,)) for claimed in claims]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert job_of(engine, job_id).state is JobState.SUCCEEDED
    assert job_of(engine, job_id).parts_left == 0


def test_many_workers_at_once_claim_every_part_exactly_once(engine, owner):
    submit(engine, owner, parts=40)
    claimed: list[int] = []

    def work() -> None:
        while True:
            with write(engine) as db:
                mine = leases.claim(db, "quick", "worker", TERMS)
                if mine is None and not leases.is_waiting(db, "quick"):
                    return
            if mine is not None:
                claimed.append(mine.part)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(claimed) == list(range(40))


def test_the_least_served_owner_goes_first_then_priority_then_age(engine, owner):
    with write(engine) as db:
        other = users.add(db, "grace")
    first = submit(engine, owner)
    urgent = submit(engine, owner, priority=5)
    late = submit(engine, other)

    order = [claim(engine).job_id for _ in range(3)]

    assert order == [urgent, late, first]


def test_an_idempotency_key_is_bound_to_its_body(engine, owner):
    with write(engine) as db:
        job_id = jobs.submit(db, new_job(owner)).id
        jobs.remember_key(db, owner, "key-1", "body-a", job_id)

    with read(engine) as db:
        assert jobs.find_by_key(db, owner, "key-1", "body-a") == job_id
        assert jobs.find_by_key(db, owner, "key-2", "body-a") is None
        with pytest.raises(IdempotencyMismatch):
            jobs.find_by_key(db, owner, "key-1", "body-b")


def test_a_strangers_job_is_not_found(engine, owner):
    with write(engine) as db:
        stranger = users.add(db, "eve")
    job_id = submit(engine, owner)

    with read(engine) as db, pytest.raises(NotFound):
        jobs.get(db, job_id, stranger)


def test_progress_raises_the_version_that_pollers_compare(engine, owner):
    job_id = submit(engine, owner)
    claimed = claim(engine)
    before = job_of(engine, job_id).version

    with write(engine) as db:
        leases.beat(db, claimed, Progress(3, 10, "tracking"), TERMS)

    assert job_of(engine, job_id).version == before + 1
    with read(engine) as db:
        assert standing.standing(db, job_id).progress == Progress(3, 10, "tracking")


def test_a_result_past_its_time_is_let_go_and_the_job_says_so(engine, owner):
    job_id = submit(engine, owner)
    gone = Terms(result_expiry_seconds=-1.0)
    output = Output("a.csv", "results/1/a.csv", "00", 3, "text/csv")
    with write(engine) as db:
        claimed = leases.claim(db, "quick", "worker", TERMS)
        assert claimed is not None
        leases.settle(db, claimed, Ending(Cause.SUCCEEDED, result=Result(outputs=[output])), gone)

    with write(engine) as db:
        expired = jobs.expire_results(db)

    assert expired == 1
    assert job_of(engine, job_id).expired is True
    with read(engine) as db, pytest.raises(NotFound):
        traces.output(db, job_id, "a.csv")
