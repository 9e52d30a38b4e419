"""What becomes of a job that joins when a part fails, or when somebody cancels it."""

from itertools import cycle

import pytest
import sqlalchemy as sa

from darkroom.jobs import Cause, Failure, JobState, Result
from storage import jobs, leases
from storage.engine import write
from storage.leases import Claim, Ending, Settled, Terms

TERMS = Terms(lease_seconds=30.0, retry_seconds=0.0, retry_limit_seconds=0.0)
BROKEN = Failure("broken", "it broke")
DONE = Ending(Cause.SUCCEEDED, result=Result())
FAILED = Ending(Cause.ERROR, failure=BROKEN)
AGAIN = Ending(Cause.ERROR, failure=BROKEN, retry=True)
HANDED_BACK = Ending(Cause.HANDED_BACK, retry=True, free=True, delay_seconds=0.0)


@pytest.mark.parametrize(
    ("ending", "state"),
    [
        (FAILED, JobState.FAILED),
        (Ending(Cause.OOM, failure=BROKEN, retry=True), JobState.QUARANTINED),
        (Ending(Cause.SUCCEEDED, result=Result(), failure=BROKEN), JobState.FAILED),
    ],
    ids=["failed", "quarantined", "partial"],
)
def test_a_part_that_fails_ends_what_waits_and_the_job(
    submit_joined, claim, settle, job_of, states_of, ending, state
):
    job_id = submit_joined(3, max_attempts=1)
    first = claim()

    settle(first, ending)

    job = job_of(job_id)
    assert job.state is state
    assert job.read_failure() == BROKEN
    assert job.read_result() == Result()
    assert states_of(job_id)[1:] == ["cancelled", "cancelled", "cancelled"]
    assert claim() is None


def test_what_runs_when_another_part_fails_may_finish_and_then_the_job_ends(
    submit_joined, claim, settle, job_of, states_of
):
    job_id = submit_joined(3)
    first, second = claim(), claim()

    settle(second, FAILED)
    between = job_of(job_id)
    last = settle(first, Ending(Cause.SUCCEEDED, result=Result(summary={"rows": 3})))

    assert between.state is JobState.RUNNING
    assert between.parts_left == 1
    assert last == Settled(JobState.SUCCEEDED, releases=None)
    assert states_of(job_id) == ["succeeded", "failed", "cancelled", "cancelled"]
    assert job_of(job_id).state is JobState.FAILED
    assert job_of(job_id).read_failure() == BROKEN
    assert job_of(job_id).read_result() == Result()


@pytest.mark.parametrize("ending", [AGAIN, HANDED_BACK], ids=["retry", "hand-back"])
def test_no_attempt_is_repeated_for_a_job_that_can_not_be_joined(
    submit_joined, claim, settle, job_of, states_of, ending
):
    job_id = submit_joined(2)
    first, second = claim(), claim()
    settle(second, FAILED)

    settled = settle(first, ending)

    assert settled == Settled(JobState.CANCELLED)
    assert states_of(job_id) == ["cancelled", "failed", "cancelled"]
    assert job_of(job_id).state is JobState.FAILED


def test_a_worker_that_dies_over_a_job_that_can_not_be_joined_is_not_followed(
    engine, submit_joined, claim, settle, job_of
):
    job_id = submit_joined(2)
    lost = claim(Terms(lease_seconds=-1.0))
    settle(claim(), FAILED)

    with write(engine) as db:
        state = leases.expire(db, lost.part_id, lost.token, TERMS)

    assert state is JobState.CANCELLED
    assert job_of(job_id).state is JobState.FAILED


def test_cancelling_ends_the_held_part_too(engine, submit_joined, claim, settle, job_of, states_of):
    job_id = submit_joined(2)
    running = claim()
    with write(engine) as db:
        jobs.cancel(db, job_id, None, 60.0)
    between = states_of(job_id)

    settle(running, Ending(Cause.CANCELLED, failure=Failure("cancelled", "the job was cancelled")))

    assert between == ["running", "cancelled", "cancelled"]
    assert job_of(job_id).state is JobState.CANCELLED


def test_a_part_that_succeeds_in_spite_of_a_cancel_releases_nothing(
    engine, submit_joined, claim, settle, job_of
):
    job_id = submit_joined(1)
    running = claim()
    with write(engine) as db:
        jobs.cancel(db, job_id, None, 60.0)

    settled = settle(running, DONE)

    assert settled == Settled(JobState.SUCCEEDED, releases=None)
    assert job_of(job_id).state is JobState.CANCELLED
    assert claim() is None


@pytest.mark.timeout(120)
def test_ends_claims_and_cancels_at_the_same_moment_wait_for_nobody_in_a_circle(
    engine, submit_joined, claim, settle, job_of, at_once
):
    for number in range(12):
        job_id = submit_joined(8)
        claims = [claim() for _ in range(6)]
        endings = cycle([DONE, FAILED, AGAIN])
        moves = [lambda one=one, how=how: settle(one, how) for one, how in zip(claims, endings, strict=False)]
        moves += [claim, claim]
        if number % 2:
            moves.append(lambda job_id=job_id: cancel(engine, job_id))

        found = at_once(moves)

        for late in [*(one for one in found if isinstance(one, Claim)), *iter(claim, None)]:
            settle(late, DONE)
        assert job_of(job_id).has_ended()
        assert job_of(job_id).parts_left == 0


def cancel(engine: sa.Engine, job_id: int) -> None:
    with write(engine) as db:
        jobs.cancel(db, job_id, None, 60.0)
