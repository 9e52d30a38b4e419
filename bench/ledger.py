"""What a job costs beside its work: from submit to start, jobs and submits a second, polls beside those who wait."""

import contextlib
import os
import select
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import redis
import sqlalchemy as sa

from bench.load import hammer, request
from bench.rows import ROUNDS, Row, at_least, at_most, in_turn, percentile
from bench.stack import Stack, free_port, started
from darkroom.client import Client
from darkroom.settings import Settings
from storage import engine as engines
from storage import jobs, users
from storage.engine import read, write
from storage.jobs import NewJob
from storage.tables import attempts
from storage.tables import jobs as job_rows

SPARSE_JOBS = 40
NOOP_JOBS = 1200
TRIM = 0.1  # of the ends at either side: workers do not start and stop as one
SUBMITS, CONNECTIONS = 100, 8
POLLS, POLLERS = 100, 4  # pollers never pause: they keep the web process as busy as it can be
WAITERS = 100
NOOP = {"seconds": 0}
SERVICES = Path(__file__).parent.parent / ".ci" / "services"


def run() -> Iterator[Row]:
    """Measure, row by row."""
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder, redis_server(folder) as redis_url:
        yield from latency("sql", folder, "")
        yield from latency("redis", folder, redis_url)
        yield throughput(folder, redis_url)
        yield submits(folder)
        yield from polls(folder)


# --- from submit to start ---


def latency(broker: str, folder: str, redis_url: str) -> Iterator[Row]:
    """Submit over HTTP to an idle system, one job at a time; the database's clock says when it was claimed."""
    with stack(folder, f"latency-{broker}", redis_url, drills=True) as (running, token):
        running.start("worker", "work", "--queues", "quick", "--slots", "2")
        running.start("sweeper", "sweep")
        running.wait_ready()
        with Client(running.settings.url(), token) as client:
            client.wait(client.submit("drill", params=NOOP, reuse=False))  # the worker is up
            for i in range(SPARSE_JOBS):
                time.sleep(0.2 + 0.013 * (i % 10))
                client.submit("drill", params=NOOP, reuse=False)
            time.sleep(1.0)
        with read(engines.connect(running.settings.database())) as db:
            waited = db.execute(
                sa.select((attempts.c.started_at - job_rows.c.created_at) * 1000)
                .join(job_rows, job_rows.c.id == attempts.c.job_id)
                .order_by(attempts.c.id)
                .offset(1)
            ).scalars()
            waits_ms = list(waited)
    yield at_most(f"submit to start, {broker} broker, p50", percentile(waits_ms, 50), "ms", 50)
    yield Row(f"submit to start, {broker} broker, p99", f"{percentile(waits_ms, 99):.1f} ms")


# --- no-op jobs a second ---


def throughput(folder: str, redis_url: str) -> Row:
    """Drain a backlog of no-op jobs with two workers of one slot, against two bare Dramatiq processes of one thread."""
    ours, bare = in_turn(lambda: drain_ours(folder), lambda: drain_bare(folder, redis_url))
    return at_least("no-op jobs, 2 workers (SQLite) vs bare Dramatiq 2x1 on Redis", ours, bare, "jobs/s", 0.5)


def drain_ours(folder: str) -> float:
    with stack(folder, f"drain-{time.monotonic_ns()}", "", drills=True, web=False) as (running, _):
        engine = engines.connect(running.settings.database())
        with write(engine) as db:
            owner = users.by_name(db, "bench").id
            params = msgspec.json.encode(NOOP).decode()
            new = NewJob(
                kind="drill", params=params, pipeline_version=1, cache_key="", owner=owner, queue="quick"
            )
            for _ in range(NOOP_JOBS):
                jobs.submit(db, new)
        for name in ("worker-1", "worker-2"):
            running.start(name, "work", "--queues", "quick", "--slots", "1")
        ended: list[float] = []
        while len(ended) < NOOP_JOBS:
            time.sleep(0.5)
            with read(engine) as db:
                query = sa.select(job_rows.c.ended_at).where(job_rows.c.ended_at.is_not(None))
                ended = list(db.execute(query).scalars())
        return steady_rate(ended)


def drain_bare(folder: str, redis_url: str) -> float:
    out = Path(tempfile.mkdtemp(dir=folder))
    environ = os.environ | {"BARE_REDIS": redis_url, "BARE_FOLDER": str(out)}
    subprocess.run([sys.executable, "-c", BARE_ENQUEUE], env=environ, check=True)
    command = [sys.executable, "-m", "dramatiq", "bench.bare_worker", "-p", "2", "-t", "1", "--skip-logging"]
    with subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL) as workers:
        ended: list[float] = []
        while len(ended) < NOOP_JOBS:
            time.sleep(0.2)
            ended = [float(line) for file in out.iterdir() for line in file.read_text().splitlines()]
        workers.terminate()
    redis.Redis.from_url(redis_url).flushall()
    return steady_rate(ended)


BARE_ENQUEUE = f"from bench.bare_worker import noop\nfor _ in range({NOOP_JOBS}): noop.send()"


def steady_rate(ended: list[float]) -> float:
    """Return ends a second between the first and the last tenth of them."""
    ordered = sorted(ended)
    cut = int(len(ordered) * TRIM)
    middle = ordered[cut : len(ordered) - cut]
    return (len(middle) - 1) / (middle[-1] - middle[0])


# --- submits a second ---


def submits(folder: str) -> Row:
    """Submit over kept connections, against a bare Falcon app under the same server that inserts one durable row."""
    with stack(folder, "submits", "", drills=True) as (running, token), bare_app(folder) as bare_url:
        running.wait_ready()
        body = msgspec.json.encode({"kind": "drill", "params": NOOP | {"queue": "gpu"}, "reuse": False})
        ours = request("POST", f"{running.settings.url()}/v1/jobs", token, body)
        bare = request("POST", f"{bare_url}/orders", token, body)

        def rate(url: str, message: bytes) -> float:
            load = hammer(url, message, connections=CONNECTIONS, requests=SUBMITS)
            if set(load.statuses) != {202}:
                msg = f"not every submit was accepted: {load.statuses}"
                raise RuntimeError(msg)
            return load.rate

        medians = in_turn(lambda: rate(running.settings.url(), ours), lambda: rate(bare_url, bare))
    return at_least("submits vs bare Falcon + one row", medians[0], medians[1], "/s", 0.5)


@contextmanager
def bare_app(folder: str) -> Iterator[str]:
    port = free_port()
    environ = os.environ | {"BARE_DATABASE": f"sqlite:///{folder}/bare.db"}
    server = [
        "gunicorn",
        "-k",
        "gthread",
        "--threads",
        "160",
        "-b",
        f"127.0.0.1:{port}",
        "--log-level",
        "warning",
    ]
    with subprocess.Popen([sys.executable, "-m", *server, "bench.bare:create()"], env=environ) as process:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


# --- polls beside those who wait ---


def polls(folder: str) -> Iterator[Row]:
    """Poll while 100 long-polls are held open, each on a job of its own that does not change."""
    with stack(folder, "polls", "", drills=True) as (running, token):
        running.wait_ready()
        url = running.settings.url()
        with Client(url, token) as client:
            ids = [client.submit("drill", params={"queue": "gpu"}, reuse=False).id for _ in range(WAITERS)]
        poll = request("GET", f"{url}/v1/jobs/{ids[0]}", token)
        with contextlib.ExitStack() as held:
            address = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
            alone = [hammer(url, poll, connections=POLLERS, requests=POLLS) for _ in range(ROUNDS)]
            wires = [held.enter_context(socket.create_connection(address)) for _ in ids]
            for wire, job_id in zip(wires, ids, strict=True):
                wire.sendall(request("GET", f"{url}/v1/jobs/{job_id}?wait=30", token))
            time.sleep(2.0)
            beside = [hammer(url, poll, connections=POLLERS, requests=POLLS) for _ in range(ROUNDS)]
            answered, _, _ = select.select(wires, [], [], 0)
            still_open = WAITERS - len(answered)
    rate = statistics.median(load.rate for load in beside)
    rate_alone = statistics.median(load.rate for load in alone)
    name = f"polls with {still_open} long-polls open"
    yield Row(name, f"{rate:.0f} /s", f"{rate_alone:.0f} /s alone", rate / rate_alone)
    yield at_most(
        f"{name}: p99 of other requests", statistics.median(load.p(99) for load in beside), "ms", 50
    )


# --- what they all stand on ---


@contextmanager
def stack(
    folder: str, name: str, redis_url: str, *, drills: bool, web: bool = True
) -> Iterator[tuple[Stack, str]]:
    """Give a prepared stack of its own, with the web running, and a token; the limits of a user are out of the way."""
    settings = Settings(
        data_dir=str(Path(folder) / name),
        bind=f"127.0.0.1:{free_port()}",
        drills=drills,
        log_level="error",
        broker="redis" if redis_url else "sql",
        redis_url=redis_url or "redis://127.0.0.1:1/0",
        rate_per_second=1e6,
        rate_burst=1_000_000,
        open_jobs_limit=1_000_000,
    )
    with started(settings, web=web) as both:
        yield both


@contextmanager
def redis_server(folder: str) -> Iterator[str]:
    """Give the URL of a Redis: the one that the environment names, or one of our own."""
    named = os.environ.get("DARKROOM_TEST_REDIS_URL")
    if named:
        yield named
        return
    home = Path(folder) / "servers"
    subprocess.run(["bash", SERVICES, "start", home, "redis"], check=True, capture_output=True)
    try:
        yield (home / "env").read_text().partition("REDIS_URL=")[2].split()[0]
    finally:
        subprocess.run(["bash", SERVICES, "stop", home], check=True, capture_output=True)
        shutil.rmtree(home, ignore_errors=True)
