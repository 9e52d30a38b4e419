"""The part that joins: when it may be claimed, what it is handed, and what becomes of the job when a part is missing."""

import pytest
import sqlalchemy as sa

from darkroom.errors import NotFound
from darkroom.jobs import Cause, Failure, JobState, Output, Result
from storage import jobs, leases, metrics, rubbish, standing, traces
from storage.engine import read, write
from storage.jobs import NewJob
from storage.leases import Ending, Settled, Terms
from storage.tables import parts

TERMS = Terms(lease_seconds=30.0, retry_seconds=0.0, retry_limit_seconds=0.0)
BROKEN = Failure("broken", "it broke")
DONE = Ending(Cause.SUCCEEDED, result=Result())
FAILED = Ending(Cause.ERROR, failure=BROKEN)
AGAIN = Ending(Cause.ERROR, failure=BROKEN, retry=True)
HANDED_BACK = Ending(Cause.HANDED_BACK, retry=True, free=True, delay_seconds=0.0)


def made(job_id: int, part: int, name: str) -> Output:
    return Output(name, f"results/{job_id}/{part}-1-aaaaaaaa/{name}", "00", 3, "text/csv")


def succeeded(output: Output) -> Ending:
    return Ending(Cause.SUCCEEDED, result=Result(outputs=[output], summary={"name": output.name}))


def test_a_part_that_joins_is_released_by_the_last_of_the_others(submit_joined, claim, settle):
    submit_joined(2)
    first, second = claim(), claim()
    assert claim() is None

    early = settle(second, DONE)
    between = claim()
    late = settle(first, DONE)

    assert early == Settled(JobState.SUCCEEDED, releases=None)
    assert between is None
    assert late == Settled(JobState.SUCCEEDED, releases="quick")
    join = claim()
    assert (join.part, join.is_join) == (2, True)


def test_it_is_handed_what_the_others_made_in_their_order(submit_joined, claim, settle):
    job_id = submit_joined(2)
    first, second = claim(), claim()
    pieces = [made(job_id, 0, "00000-a.csv"), made(job_id, 1, "00001-a.csv")]
    settle(second, succeeded(pieces[1]))
    settle(first, succeeded(pieces[0]))

    join = claim()

    assert join.pieces == pieces
    assert first.pieces == []


def test_its_result_alone_is_the_jobs(engine, submit_joined, claim, settle, job_of):
    job_id = submit_joined(1)
    settle(claim(), succeeded(made(job_id, 0, "00000-a.csv")))
    whole = made(job_id, 1, "a.csv")

    settle(claim(), succeeded(whole))

    job = job_of(job_id)
    assert job.state is JobState.SUCCEEDED
    assert job.read_result() == Result(outputs=[whole], summary={"name": "a.csv"})
    with read(engine) as db, pytest.raises(NotFound):
        traces.output(db, job_id, "00000-a.csv")


def test_pieces_are_kept_until_the_job_has_ended(engine, submit_joined, claim, settle):
    job_id = submit_joined(1)
    piece, whole = made(job_id, 0, "00000-a.csv"), made(job_id, 1, "a.csv")
    settle(claim(), succeeded(piece))
    join = claim()

    before = rubbish.orphans(engine, "results/", [piece.key])
    settle(join, succeeded(whole))
    after = rubbish.orphans(engine, "results/", [piece.key, whole.key])

    assert before == []
    assert after == [piece.key]


def test_a_held_part_is_not_counted_as_waiting(engine, owner, submit_joined, claim):
    submit_joined(1)
    claim()
    plain = NewJob(kind="drill", params="{}", pipeline_version=1, cache_key="k", owner=owner, queue="quick")
    with write(engine) as db:
        behind = jobs.submit(db, plain)

    with read(engine) as db:
        ahead = standing.position(db, behind).ahead
        depth = metrics.measure(db).queues["quick"].depth
        (unheard,) = leases.waiting_by_queue(db)

    assert ahead == 0
    assert depth == 1
    assert unheard.count == 1


def test_a_released_part_has_been_due_since_its_release(engine, submit_joined, claim, settle):
    submit_joined(1)
    first = claim()
    with write(engine) as db:
        db.execute(sa.update(parts).values(not_before=0.0))

    settle(first, DONE)

    with read(engine) as db:
        assert metrics.measure(db).queues["quick"].oldest_seconds < 60.0


@pytest.mark.parametrize("ending", [AGAIN, HANDED_BACK], ids=["retry", "hand-back"])
def test_a_join_is_tried_again_with_the_same_pieces(submit_joined, claim, settle, job_of, ending):
    job_id = submit_joined(1)
    piece = made(job_id, 0, "00000-a.csv")
    settle(claim(), succeeded(piece))
    settle(claim(), ending)

    again = claim()

    assert (again.attempt, again.pieces) == (2, [piece])
    settle(again, DONE)
    assert job_of(job_id).state is JobState.SUCCEEDED


def test_a_join_whose_worker_died_is_claimed_again(engine, submit_joined, claim, settle):
    job_id = submit_joined(1)
    piece = made(job_id, 0, "00000-a.csv")
    settle(claim(), succeeded(piece))
    lost = claim(Terms(lease_seconds=-1.0))

    with write(engine) as db:
        leases.expire(db, lost.part_id, lost.token, TERMS)

    assert claim().pieces == [piece]


@pytest.mark.parametrize(
    ("ending", "state"),
    [
        (FAILED, JobState.FAILED),
        (AGAIN, JobState.QUARANTINED),
        (Ending(Cause.SUCCEEDED, result=Result(summary={"half": 1}), failure=BROKEN), JobState.PARTIAL),
    ],
    ids=["failed", "quarantined", "partial"],
)
def test_a_job_ends_as_its_join_ended(submit_joined, claim, settle, job_of, ending, state):
    job_id = submit_joined(1, max_attempts=1)
    settle(claim(), succeeded(made(job_id, 0, "00000-a.csv")))

    settle(claim(), ending)

    assert job_of(job_id).state is state
    assert job_of(job_id).read_failure() == BROKEN
    assert job_of(job_id).read_result() == (ending.result or Result())


def test_parts_that_end_at_the_same_moment_release_the_join_once(submit_joined, claim, settle, at_once):
    submit_joined(8)
    claims = [claim() for _ in range(8)]

    settled = at_once([lambda claimed=claimed: settle(claimed, DONE) for claimed in claims])

    assert [one.releases for one in settled].count("quick") == 1
    assert claim().is_join
    assert claim() is None
