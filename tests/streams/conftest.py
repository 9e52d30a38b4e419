"""What the tests of streams stand on: a ledger and a store of each kind, a bench with real children, and tiles read back."""

import io
import json
import os
from collections.abc import Iterator

import msgspec
import pytest
from msgspec import Struct

from api.tiles import Asked, Tiles
from darkroom.settings import Settings
from storage import blobs as stores
from storage import engine as engines
from storage import jobs, schema, streams, users
from storage.blobs import Blobs
from storage.engine import read, write
from storage.streams import Form, Upload, manifest
from workers import bell
from workers.enqueue import Counter
from workers.run import Bench


class House(Struct, frozen=True):
    """Ada's house: takes uploads of the device `strap`, works them off, and reads what came of it."""

    means: streams.Means
    ada: int
    benches: list[Bench] = []

    def upload(self, rows, *names, **form) -> Upload:
        body = rows if isinstance(rows, bytes) else json.dumps(rows).encode()
        shape = Form(**{"format": "rows", "channel_names": list(names or ("a",)), **form})
        return streams.upload(self.means, self.ada, "strap", shape, io.BytesIO(body))

    def bench(self, **changes) -> Bench:
        settings = msgspec.structs.replace(self.means.settings, **changes)
        self.benches.append(Bench(self.means.engine, settings, ["quick", "io"], 1))
        return self.benches[-1]

    def close(self) -> None:
        for child in [child for bench in self.benches for child in bench._warm]:
            child.kill()

    def now(self, upload: Upload) -> Upload:
        with read(self.means.engine) as db:
            return streams.get_upload(db, self.ada, upload.id)

    def job(self, upload: Upload) -> jobs.Job:
        with read(self.means.engine) as db:
            return jobs.get(db, upload.job, None)

    def channel(self, name="a") -> streams.Channel:
        with read(self.means.engine) as db:
            return streams.get_channel(db, self.ada, "strap", name, reader=self.ada)

    def version(self, name="a") -> manifest.Version:
        with read(self.means.engine) as db:
            return manifest.of_name(db, self.ada, "strap", name)

    def keys(self, name="a") -> list[str]:
        version = self.version(name)
        return sorted(row.key.rpartition("/")[2] for row in (*version.chunks, *version.pages))

    def tiles(self) -> Tiles:
        settings = self.means.settings
        return Tiles(self.means.engine, self.means.blobs, 1 << 26, settings.streams_past_seconds)

    def tile(self, level=0, offset=0, name="a", asof=None):
        """The rows of a tile that are no breaks: (time, mean)."""
        found = self.tiles().find([self.channel(name)], Asked(level=level, offset=offset), asof=asof)
        return [(row[0], row[1]) for row in json.loads(found.make())["data"] if row[1] > -1e307]


@pytest.fixture
def settings(tmp_path, database_url) -> Settings:
    return Settings(
        data_dir=str(tmp_path / "data"),
        database_url=database_url.replace("postgresql+psycopg://", "postgresql://"),
        lease_seconds=5.0,
        beat_seconds=0.1,
        retry_seconds=0.01,
        retry_limit_seconds=0.01,
        max_attempts=100,
    )


@pytest.fixture
def store(settings) -> Settings:
    """The settings of a store: a folder beside SQLite, S3 beside PostgreSQL if it was promised; each pair is run once."""
    if settings.database_url.startswith("sqlite") or "DARKROOM_TEST_S3_ENDPOINT" not in os.environ:
        return settings
    return msgspec.structs.replace(
        settings,
        store="s3",
        s3_endpoint=os.environ["DARKROOM_TEST_S3_ENDPOINT"],
        s3_access_key=os.environ["DARKROOM_TEST_S3_ACCESS_KEY"],
        s3_secret_key=os.environ["DARKROOM_TEST_S3_SECRET_KEY"],
        s3_bucket=f"test-{os.urandom(8).hex()}",
    )


@pytest.fixture
def blobs(store) -> Iterator[Blobs]:
    blobs = stores.connect(store)
    blobs.prepare()
    yield blobs
    blobs.close()


def open_house(engine, blobs, settings, name="ada") -> House:
    with write(engine) as db:
        user = users.add(db, name)
    counter = Counter(bell.connect(settings, engine), settings, "native")
    return House(streams.Means(engine, blobs, counter, settings), user)


@pytest.fixture
def make_house(engine, store, blobs):
    """Opens a house; settings can be changed."""
    opened = []

    def make(name: str = "ada", **changes) -> House:
        opened.append(open_house(engine, blobs, msgspec.structs.replace(store, **changes), name))
        return opened[-1]

    yield make
    for house in opened:
        house.close()


@pytest.fixture
def make_serial(tmp_path, settings):
    """Takes uploads one after another, each published alone, on a ledger of their own; gives the keys of the channel."""

    def make(uploads) -> list[str]:
        apart = msgspec.structs.replace(
            settings,
            data_dir=str(tmp_path / "serial"),
            database_url=f"sqlite:///{tmp_path}/serial/darkroom.db",
            streams_tail_samples=0,
            streams_together_limit=1,
        )
        engine, blobs = engines.connect(apart.database()), stores.connect(apart)
        schema.migrate(engine)
        blobs.prepare()
        house = open_house(engine, blobs, apart)
        bench = house.bench()
        for rows in uploads:
            house.upload(rows)
            bench.drain()
        keys = house.keys()
        house.close()
        engine.dispose()
        return keys

    return make


@pytest.fixture
def house(make_house) -> House:
    return make_house()


@pytest.fixture
def bench(house) -> Bench:
    return house.bench()
