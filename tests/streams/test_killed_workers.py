"""Whole workers that are killed, wherever they are, publishing too: every upload is published once, and to the byte."""

import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
import sqlalchemy as sa

from darkroom import settings as all_settings
from storage.engine import read
from storage.tables import attempts

KILLS = int(os.environ.get("DARKROOM_TEST_KILLS", "5"))
PENDING = 4  # uploads that wait when a kill is near, so that it meets work


@pytest.fixture
def start():
    """Starts a process of a house, in a session of its own; kills what still runs at the end."""
    started = []

    def run(house, verb):
        outside = {name: value for name, value in os.environ.items() if not name.startswith("DARKROOM_")}
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "cli.main", verb],
                env=outside | all_settings.dump(house.means.settings),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
        return started[-1]

    yield run
    for process in started:
        kill(process)


def kill(process):
    """Kill a process and all that it has started, as a machine that loses its power."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def attempts_of(house, *conditions):
    with read(house.means.engine) as db:
        return db.execute(sa.select(sa.func.count()).select_from(attempts).where(*conditions)).scalar_one()


class Feed:
    """What a house is sent: 400 samples that the next upload writes over, and one that stays; and what is seen of them."""

    def __init__(self, house):
        self.house = house
        self.sent, self.taken, self.torn = [], [], []
        self.done = threading.Event()
        self._reader = threading.Thread(target=self._look)

    def __enter__(self):
        self.post()
        self.house.bench().drain()
        self._reader.start()
        return self

    def __exit__(self, *error):
        self.done.set()
        self._reader.join()

    def post(self):
        number = len(self.sent)
        self.sent.append([[t, number] for t in range(400)] + [[1000 + number, 1]])
        self.taken.append(self.house.upload(self.sent[-1]))

    def keep_busy(self):
        """Post as long as there is little to do."""
        recent = [self.house.now(one).state for one in self.taken[-PENDING:]]
        for _ in range(PENDING - recent.count("pending")):
            self.post()

    def is_published(self):
        return all(self.house.now(one).state == "done" for one in self.taken)

    def _look(self):
        while not self.done.wait(0.01):
            values = [value for _, value in self.house.tile(level=0)]
            if len(values) != 400 or len(set(values)) != 1:
                self.torn.append(values)


@pytest.mark.timeout(max(120, 30 * KILLS))
def test_workers_that_are_killed_anywhere_leave_the_bytes_of_one_upload_after_the_other(
    make_house, make_serial, start
):
    house = make_house(
        streams_tail_samples=0,
        streams_together_limit=2,
        lease_seconds=1.0,
        sweep_seconds=0.1,
        ring_seconds=0.1,
    )
    dice = random.Random(11)
    start(house, "sweep")
    crew = [start(house, "work")]  # the next one gets ready while one works

    with Feed(house) as feed:
        for _ in range(KILLS):
            crew.append(start(house, "work"))
            claimed = attempts.c.worker.contains(f":{crew[0].pid}:")
            before = attempts_of(house, claimed)
            wait_for(
                lambda claimed=claimed, before=before: attempts_of(house, claimed) > before,
                meanwhile=feed.keep_busy,
            )
            time.sleep(dice.uniform(0.0, 0.2))
            kill(crew.pop(0))
        wait_for(feed.is_published)

    assert attempts_of(house, attempts.c.cause == "lease_lost") > 0, "no kill has met any work"
    assert feed.torn == []
    assert house.keys() == make_serial(feed.sent)


def wait_for(condition, seconds=60.0, meanwhile=lambda: None):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        meanwhile()
        time.sleep(0.01)
