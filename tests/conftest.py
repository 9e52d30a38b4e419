"""What every room's tests may lean on: a database, and services that are required where they were promised."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage import engine as engines
from storage import schema

SERVICES = ("redis", "postgres", "s3")


def promised_services() -> set[str]:
    named = {name.strip() for name in os.environ.get("DARKROOM_TEST_SERVICES", "").split(",") if name.strip()}
    return set(SERVICES) if "all" in named else named


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    promised = promised_services()
    for item in items:
        for service in SERVICES:
            if item.get_closest_marker(service) and service not in promised:
                item.add_marker(
                    pytest.mark.skip(
                        reason=f"{service} was not promised: DARKROOM_TEST_SERVICES={service} or all"
                    )
                )


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The server's own URL; required once PostgreSQL is promised."""
    return os.environ["DARKROOM_TEST_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture
def redis_url() -> str:
    return os.environ["DARKROOM_TEST_REDIS_URL"]


@pytest.fixture
def make_postgres(postgres_url: str) -> Iterator[str]:
    """A new, empty PostgreSQL database, dropped afterwards; its URL."""
    name = f"darkroom_{uuid.uuid4().hex[:12]}"
    server = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with server.connect() as db:
        db.exec_driver_sql(f"CREATE DATABASE {name}")
    yield sa.make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    with server.connect() as db:
        db.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "postgres":
        return str(request.getfixturevalue("make_postgres"))
    return f"sqlite:///{tmp_path / 'darkroom.db'}"


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """A migrated database of each kind."""
    engine = engines.connect(database_url)
    schema.migrate(engine)
    yield engine
    engine.dispose()
