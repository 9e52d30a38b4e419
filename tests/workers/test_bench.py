"""What a worker does with a part, with real children that really die."""

import os
import signal
import threading
import time

import pytest

from darkroom.jobs import JobState
from storage import blobs, leases, rubbish
from storage.engine import write
from tests.offspring import children_of_benches
from workers.terms import terms_of


def run_until_ended(bench, job_of, job_id):
    while not job_of(job_id).has_ended():
        bench.drain()
        time.sleep(0.02)
    return job_of(job_id)


def wait_for(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


@pytest.fixture
def in_thread():
    """Runs a function beside the test; joins it at the end."""
    threads = []

    def start(function):
        thread = threading.Thread(target=function)
        threads.append(thread)
        thread.start()
        return thread

    yield start
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def test_a_drill_succeeds_and_its_output_is_kept(make_bench, submit_drill, job_of, settings):
    job_id = submit_drill(output_bytes=1000)

    job = run_until_ended(make_bench(), job_of, job_id)

    assert job.state is JobState.SUCCEEDED
    (output,) = job.read_result().outputs
    assert (output.name, output.size) == ("drill.bin", 1000)
    assert len(blobs.connect(settings).read_range(output.key, 0, 2000)) == 1000


def test_bad_input_fails_at_once_with_the_pipelines_reason(make_bench, submit_drill, job_of, causes_of):
    job_id = submit_drill(ending="fail")

    job = run_until_ended(make_bench(), job_of, job_id)

    assert job.state is JobState.FAILED
    assert job.read_failure().code == "drill_failed"
    assert causes_of(job_id) == ["error"]


def test_an_unexpected_error_is_tried_again_then_quarantined(make_bench, submit_drill, job_of, causes_of):
    job_id = submit_drill(ending="raise")

    job = run_until_ended(make_bench(), job_of, job_id)

    assert job.state is JobState.QUARANTINED
    assert job.read_failure().message == "RuntimeError: the drill was told to raise"
    assert causes_of(job_id) == ["error", "error", "error"]


def test_a_child_that_is_killed_by_a_signal_is_named_so(make_bench, submit_drill, job_of, causes_of):
    job_id = submit_drill(ending="abort", queue="cpu")

    job = run_until_ended(make_bench(), job_of, job_id)

    assert job.state is JobState.QUARANTINED
    assert job.read_failure().message == "the work was ended by SIGABRT"
    assert causes_of(job_id) == ["signal", "signal", "signal"]


def test_a_loop_in_native_code_is_ended_at_its_limit(make_bench, submit_drill, job_of, causes_of):
    job_id = submit_drill(ending="spin", queue="cpu")

    job = run_until_ended(make_bench(wall_limit_seconds=0.7), job_of, job_id)

    assert job.state is JobState.FAILED
    assert job.read_failure().code == "wall_limit"
    assert job.read_failure().message == "the work took longer than its limit of 0.7 s"
    assert causes_of(job_id) == ["limit"]


def test_work_that_makes_no_progress_is_ended(make_bench, submit_drill, job_of):
    job_id = submit_drill(ending="stall")

    job = run_until_ended(make_bench(stall_limit_seconds=0.7), job_of, job_id)

    assert job.read_failure().code == "stall_limit"


def test_work_that_takes_all_memory_is_quarantined_and_its_neighbour_finishes(
    make_bench, submit_drill, job_of, causes_of, in_thread
):
    greedy = submit_drill(ending="exhaust", queue="cpu")
    neighbour = submit_drill(seconds=1.0)
    in_thread(lambda: run_until_ended(make_bench(("quick",)), job_of, neighbour))

    job = run_until_ended(make_bench(("cpu",), memory_limit_bytes=400 << 20), job_of, greedy)

    assert job.state is JobState.QUARANTINED
    assert job.read_failure().code == "out_of_memory"
    assert causes_of(greedy) == ["oom", "oom", "oom"]
    wait_for(lambda: job_of(neighbour).has_ended())
    assert job_of(neighbour).state is JobState.SUCCEEDED


def test_a_cancelled_job_is_killed_in_the_middle(
    make_bench, submit_drill, job_of, causes_of, in_thread, engine, owner
):
    from storage import jobs

    job_id = submit_drill(ending="spin", queue="cpu")
    in_thread(lambda: run_until_ended(make_bench(), job_of, job_id))
    wait_for(lambda: job_of(job_id).state is JobState.RUNNING)

    with write(engine) as db:
        jobs.cancel(db, job_id, owner, 60.0)

    wait_for(lambda: job_of(job_id).has_ended())
    assert job_of(job_id).state is JobState.CANCELLED
    assert causes_of(job_id) == ["cancelled"]


def test_a_killed_child_costs_one_attempt_and_the_job_succeeds(
    make_bench, submit_drill, job_of, causes_of, in_thread
):
    job_id = submit_drill(seconds=3.0, queue="cpu")
    in_thread(lambda: run_until_ended(make_bench(), job_of, job_id))
    wait_for(lambda: job_of(job_id).state is JobState.RUNNING and youngest_child() is not None)
    time.sleep(0.3)

    os.kill(youngest_child().pid, signal.SIGKILL)

    wait_for(lambda: job_of(job_id).has_ended())
    assert job_of(job_id).state is JobState.SUCCEEDED
    assert causes_of(job_id) == ["signal", "succeeded"]


def youngest_child():
    """The child that runs a job: it leads its own process group."""
    mine = [child for child in children_of_benches() if os.getpgid(child.pid) == child.pid]
    return next(iter(mine), None)


def test_a_job_that_outlasts_the_grace_is_handed_back_unspent(
    make_bench, submit_drill, job_of, causes_of, in_thread
):
    job_id = submit_drill(seconds=30.0, queue="cpu")
    bench = make_bench()
    in_thread(bench.drain)
    wait_for(lambda: job_of(job_id).state is JobState.RUNNING)

    bench.stop(grace_seconds=0.2)

    wait_for(lambda: job_of(job_id).state is JobState.QUEUED)
    assert causes_of(job_id) == ["handed_back"]


def test_a_worker_that_lost_its_lease_publishes_nothing_and_its_blob_is_swept(
    make_bench, submit_drill, job_of, engine, settings, in_thread
):
    job_id = submit_drill(seconds=1.5, output_bytes=500, queue="cpu")
    in_thread(make_bench(beat_seconds=60.0).drain)
    wait_for(lambda: job_of(job_id).state is JobState.RUNNING)
    expire_lease(engine, settings)

    job = run_until_ended(make_bench(), job_of, job_id)

    (kept,) = job.read_result().outputs
    store = blobs.connect(settings)
    wait_for(lambda: len(list(store.list("results/"))) == 2)
    assert rubbish.sweep_blobs(engine, store, orphan_seconds=-60.0, unfinished_seconds=60.0) == 1
    assert [stat.key for stat in store.list("results/")] == [kept.key]


def expire_lease(engine, settings):
    import sqlalchemy as sa

    from storage.tables import parts

    with write(engine) as db:
        db.execute(sa.update(parts).values(lease_until=0.0))
        ((part_id, token),) = leases.overdue(db)
        leases.expire(db, part_id, token, terms_of(settings))


def test_quick_jobs_share_a_warm_child(make_bench, submit_drill, job_of):
    bench = make_bench()
    first, second = submit_drill(), submit_drill()

    run_until_ended(bench, job_of, first)
    one = youngest_child().pid
    run_until_ended(bench, job_of, second)

    assert youngest_child().pid == one


def test_a_child_whose_watcher_failed_answers_no_other_job(make_bench, submit_drill, job_of, monkeypatch):
    bench = make_bench()
    first = submit_drill(seconds=1.0, output_bytes=1)
    with monkeypatch.context() as patch:
        patch.setattr(leases, "beat", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            bench.drain()
    second = submit_drill(seconds=0.5, output_bytes=2)

    run_until_ended(bench, job_of, second)

    assert job_of(second).read_result().outputs[0].size == 2
    assert not job_of(first).has_ended()


def test_a_kind_that_this_worker_does_not_know_waits_for_one_that_does(
    make_bench, submit_drill, job_of, causes_of, engine
):
    import sqlalchemy as sa

    from storage.tables import jobs

    known, unknown = submit_drill(), submit_drill()
    with write(engine) as db:
        db.execute(sa.update(jobs).where(jobs.c.id == unknown).values(kind="levitate"))

    run_until_ended(make_bench(), job_of, known)

    assert job_of(known).state is JobState.SUCCEEDED
    assert job_of(unknown).state is JobState.QUEUED
    assert set(causes_of(unknown)) == {"handed_back"}


def test_a_result_is_kept_when_the_claim_behind_it_goes_wrong(make_bench, submit_drill, job_of, monkeypatch):
    bench = make_bench()
    job_id = submit_drill(output_bytes=10)
    claimed = bench.claim()

    def break_down(db):
        raise RuntimeError("no more of this")

    monkeypatch.setattr(bench, "_next", break_down)
    monkeypatch.setattr(bench, "claim", lambda: None)
    bench.work(claimed)

    assert job_of(job_id).state is JobState.SUCCEEDED
