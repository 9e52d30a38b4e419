"""Real worker and sweeper processes, killed and stopped, on either broker: every job still ends, once."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
import sqlalchemy as sa

from darkroom import settings as all_settings
from darkroom.jobs import JobState
from storage.engine import read, write
from storage.tables import attempts, parts, workers

WORKER = "import sys; from darkroom import settings; from workers.main import work; sys.exit(work(settings.load()))"
SWEEPER = (
    "import sys; from darkroom import settings; from workers.sweep import run; sys.exit(run(settings.load()))"
)


@pytest.fixture(params=["sql", pytest.param("redis", marks=pytest.mark.redis)])
def settings(request, settings):
    """The same settings on each broker."""
    import msgspec

    url = request.getfixturevalue("redis_url") if request.param == "redis" else ""
    changes = {"redis_url": url} if url else {}
    return msgspec.structs.replace(
        settings, broker=request.param, lease_seconds=2.0, sweep_seconds=0.2, ring_seconds=0.5, **changes
    )


@pytest.fixture
def start(settings):
    """Starts a process of the stack; kills what still runs at the end."""
    started = []

    def run(program: str, **changes: str) -> subprocess.Popen:
        environ = {k: v for k, v in os.environ.items() if not k.startswith("DARKROOM_")}
        environ |= all_settings.dump(settings) | changes
        process = subprocess.Popen([sys.executable, "-c", program], env=environ, start_new_session=True)
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def wait_for(condition, seconds=40.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def announced(engine):
    with read(engine) as db:
        return db.execute(sa.select(sa.func.count()).select_from(workers)).scalar_one()


def test_a_submitted_job_is_heard_and_done(start, engine, submit_drill, job_of):
    start(WORKER)
    wait_for(lambda: announced(engine) == 1)

    job_id = submit_drill(output_bytes=10)

    wait_for(lambda: job_of(job_id).has_ended())
    assert job_of(job_id).state is JobState.SUCCEEDED


def test_a_killed_workers_job_is_done_by_the_next(start, engine, submit_drill, job_of, causes_of):
    start(SWEEPER)
    doomed = start(WORKER)
    job_id = submit_drill(seconds=2.0, queue="cpu")
    wait_for(lambda: job_of(job_id).state is JobState.RUNNING)

    doomed.kill()
    start(WORKER)

    wait_for(lambda: job_of(job_id).has_ended())
    assert job_of(job_id).state is JobState.SUCCEEDED
    causes = causes_of(job_id)
    assert causes[-1] == "succeeded"
    assert set(causes[:-1]) == {"lease_lost"}  # once, unless this machine is too busy to beat in time


def test_a_join_whose_worker_was_killed_is_done_by_the_next_with_every_piece(
    start, engine, submit_drill, job_of
):
    start(SWEEPER)
    doomed = start(WORKER)
    job_id = submit_drill(seconds=1.0, parts=2, joins=True, output_bytes=100, queue="cpu")
    wait_for(lambda: states_of(engine, job_id) == ["succeeded", "succeeded", "running"])

    doomed.kill()
    start(WORKER)

    wait_for(lambda: job_of(job_id).has_ended())
    assert job_of(job_id).state is JobState.SUCCEEDED
    assert job_of(job_id).read_result().summary["piece_bytes"] == 200


def states_of(engine, job_id):
    query = sa.select(parts.c.state).where(parts.c.job_id == job_id).order_by(parts.c.number)
    with read(engine) as db:
        return list(db.execute(query).scalars())


def test_children_die_with_their_worker(start, submit_drill, job_of):
    doomed = start(WORKER)
    job_id = submit_drill(ending="spin", queue="cpu")
    wait_for(lambda: job_of(job_id).state is JobState.RUNNING)
    time.sleep(0.5)

    doomed.kill()
    doomed.wait()

    wait_for(lambda: not in_session(doomed.pid), 10.0)


def in_session(session: int) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == session:
                found.append(process)
        except ProcessLookupError:
            continue
    return found


def test_sigterm_lets_a_short_job_end(start, submit_drill, job_of, causes_of):
    worker = start(WORKER, DARKROOM_GRACE_SECONDS="20")
    job_id = submit_drill(seconds=2.0, queue="cpu")
    wait_for(lambda: job_of(job_id).state is JobState.RUNNING)

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(30) == 0
    assert job_of(job_id).state is JobState.SUCCEEDED
    assert causes_of(job_id) == ["succeeded"]


def test_sigterm_hands_a_long_job_back(start, engine, submit_drill, job_of, causes_of):
    worker = start(WORKER, DARKROOM_GRACE_SECONDS="0.3")
    job_id = submit_drill(seconds=600.0, queue="cpu")
    wait_for(lambda: job_of(job_id).state is JobState.RUNNING)

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(30) == 0
    assert job_of(job_id).state is JobState.QUEUED
    assert causes_of(job_id) == ["handed_back"]
    with read(engine) as db:
        assert db.execute(sa.select(parts.c.spent)).scalar_one() == 0
    assert announced(engine) == 0


def test_sigterm_lets_a_job_end_that_was_found_without_a_bell(start, submit_drill, job_of, causes_of):
    deaf = {"DARKROOM_BROKER": "redis", "DARKROOM_REDIS_URL": "redis://127.0.0.1:1/0"}
    worker = start(WORKER, **deaf, DARKROOM_LOOK_SECONDS="0.3")
    job_id = submit_drill(seconds=2.0, output_bytes=1000, queue="cpu")
    wait_for(lambda: job_of(job_id).state is JobState.RUNNING)

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(30) == 0
    assert causes_of(job_id) == ["succeeded"]


def test_a_job_whose_bell_was_lost_is_rung_for_again(start, engine, settings, owner, job_of):
    from storage import jobs
    from storage.jobs import NewJob

    start(WORKER)
    wait_for(lambda: announced(engine) == 1)
    new = NewJob(kind="drill", params="{}", pipeline_version=1, cache_key="k", owner=owner, queue="quick")
    with write(engine) as db:
        job_id = jobs.submit(db, new).id  # written down, and nobody rang

    start(SWEEPER)

    wait_for(lambda: job_of(job_id).has_ended())
    assert job_of(job_id).state is JobState.SUCCEEDED


@pytest.mark.redis
def test_a_flushed_redis_loses_no_job(start, engine, settings, redis_url, submit_drill, job_of):
    import redis

    if settings.broker != "redis":
        pytest.skip("only Redis can be flushed")
    ids = [submit_drill(seconds=0.2, queue="cpu") for _ in range(10)]
    redis.Redis.from_url(redis_url).flushall()

    start(SWEEPER)
    start(WORKER)

    wait_for(lambda: all(job_of(job_id).has_ended() for job_id in ids))
    with read(engine) as db:
        assert db.execute(sa.select(sa.func.count()).select_from(attempts)).scalar_one() == 10


def test_a_broker_that_is_away_stops_no_job(start, settings, submit_drill, job_of):
    if settings.broker != "redis":
        pytest.skip("the database is its own broker")
    start(WORKER, DARKROOM_REDIS_URL="redis://127.0.0.1:1/0", DARKROOM_LOOK_SECONDS="0.5")

    job_id = submit_drill(seconds=0.1, queue="cpu")

    wait_for(lambda: job_of(job_id).has_ended())
    assert job_of(job_id).state is JobState.SUCCEEDED
