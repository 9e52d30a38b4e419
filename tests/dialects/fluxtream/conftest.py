"""Houses that curl is pointed at: all in one folder, and on servers."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.dialects.planttracer.house import House, running

NAME, PASSWORD = "test", "testtest"


@dataclass(frozen=True)
class Shell:
    """Runs curl against a house, in a folder of its own."""

    house: House
    folder: Path
    user_id: int = 0

    def curl(self, line: str) -> str:
        """Run a line as it stands in the documentation, against this house; give what was printed."""
        done = subprocess.run(
            ["/bin/sh", "-c", line.replace("http://fluxtream.org", self.house.url)],
            cwd=self.folder,
            capture_output=True,
            check=False,
            text=True,
        )
        assert done.returncode == 0, f"{line}: {done.stderr}"
        return done.stdout.replace("\r", "")


def settle(house: House, folder: Path) -> Shell:
    """Let the user of the documentation in."""
    house.command("user", "add", NAME)
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "user", "password", NAME],
        input=f"{PASSWORD}\n",
        env=house.environ,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    shell = Shell(house, folder)
    guest = shell.curl("curl -s -u test:testtest http://fluxtream.org/api/guest")
    return Shell(house, folder, int(guest.rpartition(":")[2].rstrip("}")))


@pytest.fixture(
    scope="module",
    params=[
        "embedded",
        pytest.param("served", marks=[pytest.mark.postgres, pytest.mark.redis, pytest.mark.s3]),
    ],
)
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """A shell of the user of the documentation, in each kind of house."""
    if shutil.which("curl") is None:
        pytest.skip("there is no curl here")
    folder = tmp_path_factory.mktemp("fluxtream")
    settings = {}
    if request.param == "served":
        settings = request.getfixturevalue("servers")
    with running(folder / "data", **settings) as house:
        yield settle(house, folder)


@pytest.fixture(scope="module")
def servers(postgres_url: str):
    """The settings of a house on PostgreSQL, Redis and S3."""
    name = f"fluxtream_{os.urandom(6).hex()}"
    server = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with server.connect() as db:
        db.exec_driver_sql(f"CREATE DATABASE {name}")
    url = sa.make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    yield {
        "DARKROOM_BROKER": "redis",
        "DARKROOM_DATABASE_URL": url,
        "DARKROOM_REDIS_URL": os.environ["DARKROOM_TEST_REDIS_URL"].removesuffix("/0") + "/6",
        "DARKROOM_S3_ACCESS_KEY": os.environ["DARKROOM_TEST_S3_ACCESS_KEY"],
        "DARKROOM_S3_BUCKET": name.replace("_", "-"),
        "DARKROOM_S3_ENDPOINT": os.environ["DARKROOM_TEST_S3_ENDPOINT"],
        "DARKROOM_S3_SECRET_KEY": os.environ["DARKROOM_TEST_S3_SECRET_KEY"],
        "DARKROOM_STORE": "s3",
    }
    with server.connect() as db:
        db.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()
