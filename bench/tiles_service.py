"""Sensor streams through ledger, worker and store: ten million samples at once, then a thousand more, and their tiles."""

import io
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import sqlalchemy as sa

from api.tiles import Asked, Tiles
from bench.cost import Clock, fresh
from bench.memory import ignore
from bench.rows import Row, at_most
from bench.tiles_shelf import START
from darkroom import log
from darkroom.params import AggregateParams
from darkroom.settings import Settings
from storage import blobs as stores
from storage import engine as engines
from storage import schema, streams, users
from storage.blobs import Blobs
from storage.engine import read, write
from storage.streams import Form
from workers import bell
from workers.actors.table import ACTORS
from workers.enqueue import Counter
from workers.movies import Movies
from workers.run import Bench
from workers.work import Work

APPENDED, APPENDS = 1000, 15
CPU_GOAL, PEAK_GOAL, APPEND_GOAL, UNCHANGED_GOAL = 10.0, 500.0, 50.0, 1.0
MB = 1_000_000


class House:
    """A new ledger and store with one user, who has a device `strap`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.engine: sa.Engine = engines.connect(settings.database())
        schema.migrate(self.engine)
        self.blobs: Blobs = stores.connect(settings)
        self.blobs.prepare()
        with write(self.engine) as db:
            self.owner = users.add(db, "bench")
        counter = Counter(bell.connect(settings, self.engine), settings, "native")
        self.means = streams.Means(self.engine, self.blobs, counter, settings)

    def upload(self, path: Path) -> streams.Upload:
        with path.open("rb") as body:
            return streams.upload(self.means, self.owner, "strap", Form(format="json"), body)

    def append(self, first: float, bench: Bench) -> float:
        """Upload APPENDED samples from a time on, and see them published; return the seconds."""
        rows = [[first + at, at / 10] for at in range(APPENDED)]
        body = io.BytesIO(json.dumps({"channel_names": ["walk"], "data": rows}).encode())
        begin = time.perf_counter()
        streams.upload(self.means, self.owner, "strap", Form(format="json"), body)
        bench.drain()
        return time.perf_counter() - begin


def run(path: Path, count: int) -> Iterator[Row]:
    """Measure with the upload at `path`, of `count` samples; with an S3 server too, where the environment names one."""
    log.setup("warning")
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder:
        outcome = fresh(aggregate, Settings(data_dir=folder), path)
        name = f"{count // MB} M from JSON through ledger, worker and store"
        yield at_most(f"{name}: CPU", outcome.laps[0].cpu_seconds, "s", CPU_GOAL)
        yield at_most(f"{name}: peak memory", outcome.peak_bytes / MB, "MB", PEAK_GOAL)
    for store, settings in _stores().items():
        with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder:
            yield from _served(store, House(msgspec.structs.replace(settings, data_dir=folder)), path, count)


def aggregate(clock: Clock, settings: Settings, path: Path) -> None:
    """Take an upload, and do what a worker's child does with it; a lap."""
    house = House(settings)
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as scratch, clock.lap():
        upload = house.upload(path)
        work = Work(
            params=AggregateParams(upload=upload.id, size_bytes=upload.size),
            inputs={},
            part=0,
            scratch=Path(scratch),
            blobs=house.blobs,
            settings=settings,
            tick=ignore,
            movies=Movies(house.blobs, settings),
        )
        ACTORS["aggregate"](work)


def _stores() -> dict[str, Settings]:
    found = {"folder": Settings()}
    if endpoint := os.environ.get("DARKROOM_TEST_S3_ENDPOINT"):
        found["s3"] = Settings(
            store="s3",
            s3_endpoint=endpoint,
            s3_access_key=os.environ["DARKROOM_TEST_S3_ACCESS_KEY"],
            s3_secret_key=os.environ["DARKROOM_TEST_S3_SECRET_KEY"],
            s3_bucket=f"bench-{os.urandom(8).hex()}",
        )
    return found


def _served(store: str, house: House, path: Path, count: int) -> Iterator[Row]:
    bench = Bench(house.engine, house.settings, ["quick", "io"], 1)
    begin = time.perf_counter()
    house.upload(path)
    bench.drain()
    yield Row(
        f"{store}: {count // MB} M from JSON, from upload to published",
        f"{time.perf_counter() - begin:.1f} s",
    )
    last = START + count
    laps = [house.append(last + turn * APPENDED, bench) for turn in range(APPENDS)]
    name = f"{store}: append of {APPENDED} to {count // MB} M, published: p50"
    yield at_most(name, statistics.median(laps) * 1e3, "ms", APPEND_GOAL)
    yield from _unchanged(store, house)
    house.blobs.close()
    house.engine.dispose()


def _unchanged(store: str, house: House) -> Iterator[Row]:
    """Time the answer that a tile has not changed: its ETag, from the ledger alone."""
    with read(house.engine) as db:
        channel = streams.get_channel(db, house.owner, "strap", "walk", reader=house.owner)
    tiles = Tiles(
        house.engine, house.blobs, house.settings.streams_cache_bytes, house.settings.streams_past_seconds
    )
    laps = []
    for level in (0, 5, 10, 14, 20) * 5:
        asked = Asked(level=level, offset=int(START // 2.0 ** (level + 9)))
        begin = time.perf_counter()
        tiles.find([channel], asked)
        laps.append(time.perf_counter() - begin)
    yield at_most(f"{store}: a tile's ETag: p50", statistics.median(laps) * 1e3, "ms", UNCHANGED_GOAL)
