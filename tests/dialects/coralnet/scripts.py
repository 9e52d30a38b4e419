"""Scripts as people have written them for CoralNet, and a worker that can be killed under them."""

import subprocess
import sys
import time
from contextlib import contextmanager

import psutil
import sqlalchemy as sa

from darkroom import settings
from darkroom.jobs import JobState
from storage import engine as engines
from storage.engine import read
from storage.tables import parts
from tests.dialects.coralnet.conftest import CLASSIFIER

PATIENCE_SECONDS = 100


class Script:
    """Posts, then asks for the status and lets its library follow, until what comes has no status."""

    def __init__(self, house, http):
        self.host = house.url
        self.http = http
        self.seen = []

    def deploy(self, *images):
        """Return the path of the status, which the client puts behind the host."""
        reply = self.post(*images)
        assert reply.status_code == 202, reply.text
        return reply.headers["Location"]

    def post(self, *images):
        data = [{"type": "image", "attributes": {"url": url, "points": points}} for url, points in images]
        return self.http.post(f"{self.host}/api/classifier/{CLASSIFIER}/deploy/", json={"data": data})

    def poll(self, path, until=lambda attributes: False):
        """Return the images of the result, None when `until` says so of the counters before."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            reply = self.http.get(self.host + path)
            assert reply.status_code == 200, reply.text
            data = reply.json()["data"]
            attributes = data[0]["attributes"]
            if "status" not in attributes:
                return data
            self.seen.append(attributes)
            if until(attributes):
                return None
            time.sleep(0.05)
        raise AssertionError(self.seen[-1])


@contextmanager
def worker(house):
    """Give another worker beside the house's own."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "cli.main", "work"],
        env=house.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


def kill_at_work(house, process):
    """Kill a worker while it holds a lease, and return the numbers of the parts that it held."""
    engine = engines.connect(settings.load(house.environ).database())
    held = sa.select(parts.c.number).where(
        parts.c.state == JobState.RUNNING, parts.c.lease_worker.like(f"%:{process.pid}:%")
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        process.suspend()  # so that what is seen is so when it dies
        with read(engine) as db:
            numbers = list(db.execute(held).scalars())
        if numbers:
            process.kill()
            engine.dispose()
            return numbers
        process.resume()
        time.sleep(0.02)
    raise AssertionError("it never held a lease")


@contextmanager
def idle(house):
    """Let none of the house's workers do anything until the end of the block."""
    workers = house.children("cli.main", "work")
    for process in workers:
        process.suspend()
    try:
        yield
    finally:
        for process in workers:
            process.resume()
