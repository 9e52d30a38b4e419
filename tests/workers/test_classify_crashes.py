"""What becomes of a classify job when children die, machines go, and people change their minds."""

import json
import os
import signal
import threading
import time
from importlib.metadata import version

import pytest
import sqlalchemy as sa

from darkroom.jobs import JobState, Queue
from storage import jobs, pool, traces
from storage.classify import results
from storage.classify.findings import INTERNAL
from storage.engine import read, write
from storage.standing import standing
from storage.tables import parts, workers
from tests.offspring import children_of_benches
from tests.workers.classifying import first
from tests.workers.survey import png
from workers import bell, sweep

TWO = {"rows": 1, "columns": 2}
LONG = {"rows": 20, "columns": 20}  # of points that take a second or two


def at_work(house, job_id):
    """Return (number, attempt) of the parts whose child has begun with its pictures."""
    query = sa.select(parts.c.number, parts.c.attempt).where(
        parts.c.job_id == job_id, parts.c.state == JobState.RUNNING, parts.c.phase == "images"
    )
    with read(house.engine) as db:
        return [tuple(row) for row in db.execute(query)]


def youngest_child():
    """Return the child that runs a job: it leads its own process group."""
    return next(child for child in children_of_benches() if os.getpgid(child.pid) == child.pid)


@pytest.fixture
def work_on(house, make_bench):
    """Sets a bench to work beside the test, until the job has ended."""
    threads = []

    def start(job_id):
        bench = make_bench(beat_seconds=0.05)

        def work():
            while not house.job(job_id).has_ended():
                bench.drain()
                time.sleep(0.02)

        threads.append(threading.Thread(target=work))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def wait_for(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not (met := condition()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)
    return met


def kill_at(house, job_id, number, attempt):
    """Kill the child that works on this part, once it has begun with it."""
    wait_for(lambda: at_work(house, job_id) == [(number, attempt)])
    os.kill(youngest_child().pid, signal.SIGKILL)


def test_a_part_whose_child_is_killed_is_done_by_another(house, work_on, causes_of):
    long = house.put(png(7))
    job_id = house.order(images=[{"media": long, "grid": LONG}], overlay=False)
    work_on(job_id)

    kill_at(house, job_id, 0, attempt=1)

    wait_for(lambda: house.job(job_id).has_ended())
    assert house.job(job_id).state is JobState.SUCCEEDED
    assert causes_of(job_id) == ["signal", "succeeded"]
    (image,) = house.found(job_id)
    assert len(image["points"]) == 400


def test_an_image_that_kills_every_child_costs_its_own_part_alone(house, work_on, causes_of):
    good, poison = house.put(png(7)), house.put(png(8))
    images = [{"media": good, "grid": TWO}, {"media": poison, "grid": LONG}, {"media": good, "grid": TWO}]
    job_id = house.order(images=images, overlay=False)
    work_on(job_id)

    for attempt in range(1, house.settings.max_attempts + 1):
        kill_at(house, job_id, 1, attempt)

    wait_for(lambda: house.job(job_id).has_ended())
    assert house.job(job_id).state is JobState.PARTIAL
    assert [image["index"] for image in house.found(job_id)] == [0, 2]
    assert sorted(causes_of(job_id)) == ["signal", "signal", "signal", "succeeded", "succeeded"]
    with read(house.engine) as db:
        told = list(results.each(house.store, db, house.job(job_id)))
    assert told[1].error == INTERNAL
    assert [image.error for image in (told[0], told[2])] == [None, None]


def test_a_cancel_ends_the_work_in_the_middle(house, work_on):
    images = [{"media": house.put(png(7)), "grid": LONG} for _ in range(3)]
    job_id = house.order(images=images, overlay=False)
    work_on(job_id)
    wait_for(lambda: at_work(house, job_id) == [(0, 1)])

    with write(house.engine) as db:
        jobs.cancel(db, job_id, house.owner, 60.0)

    wait_for(lambda: house.job(job_id).has_ended(), seconds=5.0)
    assert house.job(job_id).state is JobState.CANCELLED


def test_two_workers_share_a_job_and_do_nothing_twice(house, work_on, causes_of):
    images = [{"media": house.put(png(seed)), "grid": {"rows": 4, "columns": 5}} for seed in range(6)]
    job_id = house.order(images=images, overlay=False)

    work_on(job_id)
    work_on(job_id)

    wait_for(lambda: house.job(job_id).has_ended())
    assert house.job(job_id).state is JobState.SUCCEEDED
    assert causes_of(job_id) == ["succeeded"] * 6
    assert [image["index"] for image in house.found(job_id)] == [0, 1, 2, 3, 4, 5]
    assert [len(image["points"]) for image in house.found(job_id)] == [20] * 6


def test_progress_counts_images_from_the_start_and_those_that_fail_too(house, make_bench):
    good, bad = house.put(png(7)), house.put(b"no picture")
    images = [{"media": media_id, "grid": TWO} for media_id in (good, bad, good)]
    job_id = house.order(images=images, overlay=False)
    bench = make_bench()
    told = [progress(house, job_id)]

    claim = bench.claim()
    while claim is not None:
        claim = bench.work(claim)
        told.append(progress(house, job_id))

    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def progress(house, job_id):
    with read(house.engine) as db:
        found = standing(db, job_id).progress
    return found.done, found.total


def test_a_child_stays_warm_for_the_next_job_with_its_classifier(house, make_bench):
    bench = make_bench()
    images = [{"media": house.put(png(7)), "grid": TWO}]
    house.order(images=images, reuse=False)
    bench.drain()
    (child,) = bench._warm

    job_id = house.order(images=images, reuse=False)
    bench.drain()

    assert bench._warm == [child]
    assert child.attempts == 2
    assert first(house.found(job_id)[0])[0] == 1
    with read(house.engine) as db:
        machine = json.loads(traces.attempts_of(db, job_id)[0].machine)
    assert machine["networks"] == "cpu"
    assert machine["libraries"]["onnxruntime"] == version("onnxruntime")


def test_work_waits_for_a_gpu_while_a_worker_has_one_and_goes_on_without_it(house, make_bench):
    with write(house.engine) as db:
        pool.announce(db, "far", "gpu", 1, "{}")
    images = [{"media": house.put(png(7)), "grid": TWO} for _ in range(2)]
    job_id = house.order(images=images, overlay=False)
    ring = bell.connect(house.settings, house.engine)
    assert sweep.bring_back(house.engine, ring) == 0
    assert house.job(job_id).queue == Queue.GPU

    with write(house.engine) as db:
        db.execute(sa.update(workers).values(seen_at=workers.c.seen_at - 60))
    moved = sweep.bring_back(house.engine, ring)
    make_bench().drain()

    assert moved == 2
    assert house.job(job_id).state is JobState.SUCCEEDED


def test_a_worker_with_a_gpu_takes_what_waits_for_it(house, make_bench):
    with write(house.engine) as db:
        pool.announce(db, "near", "gpu", 1, "{}")
    job_id = house.order(images=[{"media": house.put(png(7)), "grid": TWO}], overlay=False)

    make_bench(queues=("gpu",)).drain()

    assert house.job(job_id).state is JobState.SUCCEEDED
