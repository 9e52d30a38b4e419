"""Writers that meet, and die: what is kept follows from the uploads alone, and readers see whole versions."""

import contextlib
import os
import random
import threading
import time

import psutil

from tests.offspring import children_of_benches

UPLOADS = 100  # of each of two writers
KILLS = int(os.environ.get("DARKROOM_TEST_KILLS", "10"))


def rows_of(number):
    """Rows that overlap with those of others, some of them deletes."""
    dice = random.Random(number)
    start = dice.randrange(0, 20_000)
    return [[start + n, False if dice.random() < 0.05 else dice.randrange(1000)] for n in range(60)]


def test_two_writers_at_once_leave_the_bytes_of_one_after_the_other(make_house, make_serial):
    house = make_house(streams_tail_samples=0)
    taken = {}
    done = threading.Event()

    def write(writer):
        for number in range(UPLOADS):
            rows = rows_of(writer * UPLOADS + number)
            taken[house.upload(rows).id] = rows

    def work(bench):
        while not done.is_set():
            bench.drain()
            time.sleep(0.01)
        bench.drain()

    benches = [house.bench(), house.bench()]
    writers = [threading.Thread(target=write, args=(one,)) for one in range(2)]
    workers = [threading.Thread(target=work, args=(bench,)) for bench in benches]
    for thread in writers + workers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in workers:
        thread.join()

    assert len(taken) == 2 * UPLOADS
    assert house.keys() == make_serial([taken[number] for number in sorted(taken)])


def test_a_killed_worker_leaves_nothing_half_and_the_next_makes_the_same_bytes(make_house, make_serial):
    house = make_house(streams_tail_samples=0, streams_together_limit=2)
    uploads, torn, kills = [], [], []
    done = threading.Event()

    def kill():
        dice = random.Random(7)
        while len(kills) < KILLS and not done.wait(dice.uniform(0.02, 0.15)):
            kills.extend(kill_children())

    def look():
        while not done.wait(0.005):
            seen = house.tile(level=0)
            torn.extend([seen] if not is_whole(seen) else [])

    threads = [threading.Thread(target=kill), threading.Thread(target=look)]

    def post():
        number = len(uploads)
        uploads.append([[t, number] for t in range(400)] + [[1000 + number, 1]])
        return house.upload(uploads[-1])

    bench = house.bench()
    taken = [post()]
    bench.drain()
    for thread in threads:
        thread.start()
    while len(kills) < KILLS:
        taken.append(post())
        bench.drain()
    while any(house.now(one).state == "pending" for one in taken):
        bench.drain()
    done.set()
    for thread in threads:
        thread.join()

    assert len(kills) >= KILLS
    assert torn == []
    assert house.keys() == make_serial(uploads)


def test_the_tail_of_a_device_that_posts_single_samples_is_folded_and_reads_as_if_it_were(make_house):
    house = make_house(streams_tail_uploads=4)
    bench = house.bench()
    uploads = [[[60 * number, number]] for number in range(7)]
    seen_after = []
    for rows in uploads:
        house.upload(rows)
        bench.drain()
        seen_after.append(house.tile(level=0))

    version = house.version()
    assert [len(rows) for rows in seen_after] == [1, 2, 3, 4, 5, 6, 7]
    assert (len(version.chunks), len(version.tail)) == (1, 2)
    assert house.channel().bounds() == {"min_time": 0, "max_time": 360, "min_value": 0, "max_value": 6}


def is_whole(seen):
    """Say whether these are the samples of one upload: 400 of one value."""
    return len(seen) == 400 and len({value for _, value in seen}) == 1


def kill_children():
    """Kill every child of a bench of this process, as the kernel may at any moment; return which."""
    children = children_of_benches()
    for child in children:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()
    return [child.pid for child in children]
