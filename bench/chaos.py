"""Kill everything at random while jobs flow, then count: nothing lost, nothing done twice, nothing left lying about.

    python -m bench.chaos [--stack embedded|services|both] [--jobs 300] [--seconds 170] [--kills 24] [--seed 1]

`embedded` is SQLite, the SQL broker and the folder store; `services` is PostgreSQL, Redis and S3 (started by
`.ci/services`, unless the environment names running ones). With DARKROOM_TEST_SERVICES=all, both by default.
"""

import argparse
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psycopg
import redis
import sqlalchemy as sa

from bench import toll
from bench.stack import Stack
from bench.toll import Toll
from darkroom.client import Client
from darkroom.client_errors import ClientError
from darkroom.jobs import ENDED
from darkroom.settings import Settings
from pipelines.synthetic import write_stem
from storage import engine as engines
from storage.engine import read
from storage.tables import jobs as job_rows

LEASE_SECONDS = 5.0
BELL_LOSS = 0.1
WASTE_LIMIT = 1.3
STORM_SHARE = 0.55  # of the time: the rest is for what the storm broke off
Answer = TypeVar("Answer")
GAP_LIMIT_SECONDS = LEASE_SECONDS + 5.0
WORKERS = ("worker-1", "worker-2", "worker-3")
SERVICES = Path(__file__).parent.parent / ".ci" / "services"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos")
    parser.add_argument("--stack", choices=["embedded", "services", "both"], default=default_stack())
    parser.add_argument("--jobs", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=170.0, help="when the storm must be over, per stack")
    parser.add_argument("--kills", type=int, default=24, help="SIGKILLs of workers and their children")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    stacks = ["embedded", "services"] if arguments.stack == "both" else [arguments.stack]
    results = [storm(stack, arguments) for stack in stacks]
    return 0 if all(results) else 1


def default_stack() -> str:
    """Return both where the services were promised, else what needs nothing installed."""
    return "both" if "all" in os.environ.get("DARKROOM_TEST_SERVICES", "").split(",") else "embedded"


def storm(stack_name: str, arguments: argparse.Namespace) -> bool:
    """Run one storm; return whether every promise held."""
    with (
        tempfile.TemporaryDirectory(prefix="darkroom-chaos-") as folder,
        servers(stack_name, folder) as server_dir,
    ):
        settings = settings_of(stack_name, folder)
        stack = Stack(settings)
        token = stack.prepare()
        stack.start("web", "web")
        stack.start("sweeper", "sweep")
        for name in WORKERS:
            stack.start(name, "work", "--queues", "quick,cpu,io", "--slots", "2")
        try:
            stack.wait_ready()
            accepted, seconds = weather(stack, token, server_dir, arguments)
            counted = toll.take(engines.connect(settings.database()), settings, accepted, stack.killed)
        finally:
            stack.stop()
        return report(stack_name, counted, stack, seconds)


def weather(
    stack: Stack, token: str, server_dir: str | None, arguments: argparse.Namespace
) -> tuple[set[int], float]:
    """Submit and kill at the same time, then wait until all has ended; return accepted ids and the seconds it took."""
    chance = random.Random(arguments.seed)
    accepted: set[int] = set()
    started = time.monotonic()
    orders = threading.Thread(target=submit_all, args=(stack, token, arguments, accepted))
    orders.start()
    pause = STORM_SHARE * arguments.seconds / (arguments.kills + 5)
    for step in blows(stack, server_dir, arguments.kills, chance):
        time.sleep(pause * chance.uniform(0.5, 1.5))
        step()
    orders.join()
    wait_ended(stack.settings, accepted, started + arguments.seconds)
    return accepted, time.monotonic() - started


def blows(
    stack: Stack, server_dir: str | None, kills: int, chance: random.Random
) -> list[Callable[[], object]]:
    """Return the storm in random order: kills of workers and children, of the web, and of every server there is."""

    def strike() -> None:
        worker = chance.choice(WORKERS)
        if chance.random() < 0.5 or not stack.kill_child(worker):
            stack.kill(worker)

    steps: list[Callable[[], object]] = [strike] * kills
    steps += [lambda: stack.kill("web"), lambda: stack.kill("web"), lambda: stack.kill("sweeper")]
    if server_dir is not None:
        url = stack.settings.redis_url
        steps += [
            lambda: flush(url),
            lambda: crash(server_dir, "redis"),
            lambda: restart(server_dir, "postgres"),
        ]
    chance.shuffle(steps)
    return steps


def flush(url: str) -> None:
    redis.Redis.from_url(url).flushall()


def crash(server_dir: str, service: str) -> None:
    subprocess.run(["bash", SERVICES, "kill", server_dir, service], check=True, capture_output=True)
    time.sleep(2.0)
    restart(server_dir, service)


def restart(server_dir: str, service: str) -> None:
    subprocess.run(["bash", SERVICES, "restart", server_dir, service], check=True, capture_output=True)


def submit_all(stack: Stack, token: str, arguments: argparse.Namespace, accepted: set[int]) -> None:
    """Submit jobs of mixed kinds, as a client does who tries again until told yes or no."""
    chance = random.Random(arguments.seed + 1)
    pause = STORM_SHARE * arguments.seconds / arguments.jobs / 2  # so that work flows while the storm lasts
    with (
        Client(stack.settings.url(), token, patience=120.0) as client,
        tempfile.TemporaryDirectory() as folder,
    ):
        movie = Path(folder) / "stem.mp4"
        write_stem(movie, width=160, height=120, frames=20)
        media_id = again(lambda: client.probed(client.upload(movie).id)).id
        for _ in range(arguments.jobs):
            time.sleep(pause)
            kind, inputs, params = order(chance, media_id)
            job = client.submit(kind, inputs, params, reuse=False)
            accepted.add(job.id)


def again(ask: Callable[[], Answer]) -> Answer:
    """Return the first answer; a client's patience has an end, ours here does not."""
    while True:
        try:
            return ask()
        except ClientError:
            time.sleep(0.5)


def order(chance: random.Random, media_id: int) -> tuple[str, dict[str, int], dict[str, object]]:
    """Return one order of the mix: drills of 0.3 to 2.5 s, some in parts, some joined, some that fail; some real work."""
    draw = chance.random()
    if draw < 0.15:
        return "probe", {"movie": media_id}, {}
    if draw < 0.35:
        return "track", {"movie": media_id}, {"points": [{"label": "Apex", "x": 80, "y": 60}]}
    drill: dict[str, object] = {
        "seconds": round(chance.uniform(0.3, 2.5), 2),
        "queue": chance.choice(["quick", "cpu", "io"]),
    }
    if draw < 0.40:
        drill |= {"parts": 3, "seconds": 0.2}
    elif draw < 0.50:
        drill |= {"parts": 3, "seconds": 0.2, "joins": True, "output_bytes": 5_000}
    elif draw < 0.58:
        drill |= {"ending": "fail"}
    elif draw < 0.75:
        drill |= {"output_bytes": 10_000}
    return "drill", {}, drill


def wait_ended(settings: Settings, accepted: set[int], deadline: float) -> None:
    """Wait until every accepted job has ended, or the time is up."""
    engine = engines.connect(settings.database())
    while time.monotonic() < deadline:
        with read(engine) as db:
            ended = db.execute(sa.select(job_rows.c.id).where(job_rows.c.state.in_(ENDED))).scalars()
            if accepted <= set(ended):
                return
        time.sleep(0.25)


@contextmanager
def servers(stack_name: str, folder: str) -> Iterator[str | None]:
    """Give the folder of running servers, None for the embedded stack; start our own where none are named."""
    if stack_name == "embedded":
        yield None
        return
    if "DARKROOM_TEST_DIR" in os.environ:
        yield os.environ["DARKROOM_TEST_DIR"]
        return
    home = str(Path(folder) / "servers")
    Path(folder).chmod(0o755)  # PostgreSQL runs as another user
    subprocess.run(["bash", SERVICES, "start", home], check=True)
    for line in Path(home, "env").read_text().splitlines():
        for pair in line.removeprefix("export ").split():
            name, _, value = pair.partition("=")
            os.environ[name] = value
    try:
        yield home
    finally:
        subprocess.run(["bash", SERVICES, "stop", home], check=True)
        del os.environ["DARKROOM_TEST_DIR"]


def settings_of(stack_name: str, folder: str) -> Settings:
    """Return the settings of a stack on free ports, with short leases and lossy bells."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        bind = f"127.0.0.1:{free.getsockname()[1]}"
    common = {
        "data_dir": folder,
        "bind": bind,
        "drills": True,
        "lease_seconds": LEASE_SECONDS,
        "retry_seconds": 0.5,
        "max_attempts": 10,  # the storm, not the job, is to blame
        "bell_loss": BELL_LOSS,
        "log_level": "warning",
    }
    if stack_name == "embedded":
        return Settings(**common)  # type: ignore[arg-type]
    name = f"chaos_{os.getpid()}"
    server = os.environ["DARKROOM_TEST_DATABASE_URL"]
    with psycopg.connect(server, autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name}".encode())
    return Settings(
        **common,  # type: ignore[arg-type]
        database_url=server.rsplit("/", 1)[0] + f"/{name}",
        broker="redis",
        redis_url=os.environ["DARKROOM_TEST_REDIS_URL"],
        store="s3",
        s3_endpoint=os.environ["DARKROOM_TEST_S3_ENDPOINT"],
        s3_access_key=os.environ["DARKROOM_TEST_S3_ACCESS_KEY"],
        s3_secret_key=os.environ["DARKROOM_TEST_S3_SECRET_KEY"],
        s3_bucket=name.replace("_", "-"),
    )


def report(stack_name: str, counted: Toll, stack: Stack, seconds: float) -> bool:
    """Print the toll; return whether every promise held."""
    promises = {
        f"{counted.ended} of {counted.accepted} ended, {counted.lost} lost": counted.lost == 0,
        f"{counted.settled_twice} settled twice": counted.settled_twice == 0,
        f"{counted.orphans_left} orphan blobs after a sweep ({counted.orphans_swept} swept)": counted.orphans_left
        == 0,
        f"{counted.missing_outputs} results without their blob": counted.missing_outputs == 0,
        f"{counted.joined} results joined from all their pieces, {counted.joined_badly} not": counted.joined_badly
        == 0,
        f"waste: {counted.starts} starts for {counted.parts} parts = {counted.waste:.2f} (limit {WASTE_LIMIT})": (
            counted.waste <= WASTE_LIMIT
        ),
        f"longest gap from a kill to the next start: {counted.gap_seconds:.1f} s (limit {GAP_LIMIT_SECONDS:g})": (
            counted.gap_seconds <= GAP_LIMIT_SECONDS
        ),
    }
    struck: dict[str, int] = {}
    for kill in stack.killed:
        name = "children" if kill.name.endswith("child") else kill.name.split("-")[0]
        struck[name] = struck.get(name, 0) + 1
    print(
        f"chaos on {stack_name}: {seconds:.0f} s; SIGKILLs {struck}; states {counted.states}; attempts {counted.causes}"
    )
    for text, held in promises.items():
        print(f"  {'kept ' if held else 'BROKEN'}  {text}")
    if not all(promises.values()):
        kept = Path(tempfile.gettempdir()) / f"darkroom-chaos-{stack_name}.log"
        shutil.copy(stack.log.name, kept)
        print(f"  the stack's log: {kept}", file=sys.stderr)
    return all(promises.values())


if __name__ == "__main__":
    sys.exit(main())
