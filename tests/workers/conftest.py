"""A worker without its process: a bench over a real database, a real folder and real children."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from darkroom.settings import Settings
from storage import jobs, traces, users
from storage.engine import read, write
from storage.jobs import Job
from workers import bell, enqueue
from workers.enqueue import Order
from workers.run import Bench

MakeBench = Callable[..., Bench]


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        data_dir=str(tmp_path / "data"),
        database_url=database_url.replace("postgresql+psycopg://", "postgresql://"),
        drills=True,
        lease_seconds=5.0,
        beat_seconds=0.1,
        retry_seconds=0.01,
        retry_limit_seconds=0.01,
    )


@pytest.fixture
def owner(engine: sa.Engine) -> int:
    with write(engine) as db:
        return users.add(db, "ada")


@pytest.fixture
def submit_drill(engine: sa.Engine, settings: Settings, owner: int) -> Callable[..., int]:
    """Submits a drill with these params; gives its id."""

    def submit(**params: object) -> int:
        order = Order(kind="drill", params=dict(params), owner=owner, reuse=False)
        return enqueue.submit(engine, bell.connect(settings, engine), settings, order).job.id

    return submit


@pytest.fixture
def make_bench(engine: sa.Engine, settings: Settings) -> MakeBench:
    """A bench with one slot; settings can be changed by name."""

    def make(queues: tuple[str, ...] = ("quick", "cpu"), **changes: object) -> Bench:
        import msgspec

        return Bench(engine, msgspec.structs.replace(settings, **changes), list(queues), 1)

    return make


@pytest.fixture
def job_of(engine: sa.Engine) -> Callable[[int], Job]:
    def get(job_id: int) -> Job:
        with read(engine) as db:
            return jobs.get(db, job_id, None)

    return get


@pytest.fixture
def causes_of(engine: sa.Engine) -> Callable[[int], list[str | None]]:
    def get(job_id: int) -> list[str | None]:
        with read(engine) as db:
            return [attempt.cause for attempt in traces.attempts_of(db, job_id)]

    return get
