"""Sensor streams through a whole Darkroom, over HTTP: ten million samples at once, then a thousand more, and their tiles."""

import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec

from api.tiles import Asked, Tiles
from bench.cost import Clock, fresh
from bench.meter import Meter
from bench.rows import Row, at_most
from bench.shelf import s3_settings
from bench.stack import free_port, started
from bench.tiles_peers import seconds
from bench.tiles_shelf import START
from darkroom.client import Client
from darkroom.settings import Settings
from storage import blobs as stores
from storage import engine as engines
from storage import streams, users
from storage.engine import read

DEVICE, CHANNEL = "strap", "strap.walk"
APPENDED, APPENDS = 1000, 21
LEVELS = range(-8, 21)
TILES = 5  # of each level
CPU_GOAL, PEAK_GOAL, APPEND_GOAL, ETAG_GOAL = 10.0, 500.0, 50.0, 1.0
MB = 1_000_000


def run(path: Path, count: int) -> Iterator[Row]:
    """Measure with the upload at `path`, of `count` samples: with blobs in a folder, and in an S3 server."""
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder:
        yield from _served("folder", Settings(data_dir=folder), path, count)
    try:
        with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder, s3_settings(folder) as settings:
            yield from _served("s3", settings, path, count)
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()[-1:]
        yield Row("s3: no server can be had, so no goal there is met", str(said), goal="a server", met=False)


def _served(store: str, base: Settings, path: Path, count: int) -> Iterator[Row]:
    """Start what `darkroom up` starts, and use it."""
    settings = msgspec.structs.replace(
        base,
        bind=f"127.0.0.1:{free_port()}",
        log_level="error",
        rate_per_second=1e6,
        rate_burst=1_000_000,
    )
    with started(settings) as (stack, token):
        stack.start("worker", "work")
        stack.start("sweeper", "sweep")
        stack.wait_ready()
        with Meter(process.pid for process in stack.processes.values()) as meter:
            sent = fresh(send, settings.url(), token, path)
        name = f"{store}: {count // MB} M from JSON over HTTP"
        yield at_most(f"{name}: CPU of all processes", meter.cpu_seconds, "s", CPU_GOAL)
        yield at_most(f"{name}: peak memory of any process", meter.peak_bytes / MB, "MB", PEAK_GOAL)
        yield Row(f"{name}: from the first byte to published", f"{sent.laps[0].wall_seconds:.1f} s")
        yield Row(f"{name}: CPU of who sends it", f"{sent.laps[0].cpu_seconds:.1f} s")
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=settings.url(), headers=headers, timeout=60.0) as http:
            yield from _appended(store, http, count)
            yield from _tiles(store, http, count)
        yield from _inside(store, settings, count)


def send(clock: Clock, url: str, token: str, path: Path) -> None:
    """Upload samples, and wait until everybody may read them; a lap."""
    with Client(url, token) as client, clock.lap():
        client.upload_samples(DEVICE, path)


def _appended(store: str, http: httpx.Client, count: int) -> Iterator[Row]:
    """Upload a thousand samples behind the last, again and again; the answer comes when they are published."""
    laps = []
    for turn in range(APPENDS):
        first = START + count + turn * APPENDED
        rows = [[first + at, at / 10] for at in range(APPENDED)]
        body = msgspec.json.encode({"channel_names": ["walk"], "data": rows})
        begin = time.perf_counter()
        answer = http.post(
            f"/v1/channels/{DEVICE}/samples", content=body, headers={"Content-Type": "application/json"}
        )
        laps.append(time.perf_counter() - begin)
        _expect(answer, httpx.codes.OK)
    name = f"{store}: append of {APPENDED} to {count // MB} M over HTTP, published"
    yield at_most(f"{name}: p50", statistics.median(laps) * 1e3, "ms", APPEND_GOAL)
    yield Row(f"{name}: fastest, slowest", f"{min(laps) * 1e3:.1f} ms, {max(laps) * 1e3:.1f} ms")


def _tiles(store: str, http: httpx.Client, count: int) -> Iterator[Row]:
    """Read tiles three times: as they come first, from what the web process has unpacked then, and unchanged."""
    first, again, unchanged = [], [], []
    for level in LEVELS:
        chance = random.Random(f"http {level}")
        for _ in range(TILES):
            offset = int((START + chance.uniform(0, count)) // 2.0 ** (level + 9))
            target = f"/v1/channels/{CHANNEL}/tiles/{level}.{offset}"
            taken, answer = _get(http, target, {}, httpx.codes.OK)
            first.append(taken)
            again.append(_get(http, target, {}, httpx.codes.OK)[0])
            known = {"If-None-Match": answer.headers["ETag"]}
            unchanged.append(_get(http, target, known, httpx.codes.NOT_MODIFIED)[0])
    bare = [_get(http, "/healthz", {}, httpx.codes.OK)[0] for _ in first]
    for name, laps in (("asked first", first), ("cached", again), ("unchanged, a 304", unchanged)):
        p50, worst = statistics.median(laps) * 1e3, sorted(laps)[len(laps) * 95 // 100] * 1e3
        bare_ms = statistics.median(bare) * 1e3
        yield Row(
            f"{store}: tile over HTTP, {name}: p50, p95; against /healthz",
            f"{p50:.2f} ms, {worst:.2f} ms",
            f"{bare_ms:.2f} ms",
            p50 / bare_ms,
        )


def _get(
    http: httpx.Client, target: str, headers: dict[str, str], status: int
) -> tuple[float, httpx.Response]:
    begin = time.perf_counter()
    answer = http.get(target, headers=headers)
    taken = time.perf_counter() - begin
    _expect(answer, status)
    return taken, answer


def _expect(answer: httpx.Response, status: int) -> None:
    if answer.status_code != status:
        raise RuntimeError(f"{answer.url}: {answer.status_code}, not {status}: {answer.text[:300]}")


def _inside(store: str, settings: Settings, count: int) -> Iterator[Row]:
    """Time what a web process does for a tile, HTTP left out: its ETag from the ledger, and all of it with nothing kept."""
    engine, blobs = engines.connect(settings.database()), stores.connect(settings)
    with read(engine) as db:
        owner = users.by_name(db, "bench").id
        channel = streams.get_channel(db, owner, DEVICE, "walk", reader=owner)

    def tiles() -> Tiles:
        return Tiles(engine, blobs, settings.streams_cache_bytes, settings.streams_past_seconds)

    warm, known, cold = tiles(), [], []
    for level in LEVELS:
        chance, laps = random.Random(f"inside {level}"), []
        for _ in range(TILES):
            asked = Asked(level=level, offset=int((START + chance.uniform(0, count)) // 2.0 ** (level + 9)))
            laps.append(seconds(lambda: tiles().find([channel], asked).make()))  # noqa: B023 - called at once
            known.append(seconds(lambda: warm.find([channel], asked)))  # noqa: B023 - called at once
        cold.append(statistics.median(laps))
    yield at_most(f"{store}: a tile's ETag: p50", statistics.median(known) * 1e3, "ms", ETAG_GOAL)
    yield Row(f"{store}: tile, nothing kept, p50 of the slowest level", f"{max(cold) * 1e3:.1f} ms")
    blobs.close()
    engine.dispose()
