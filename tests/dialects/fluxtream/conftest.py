"""Houses that curl is pointed at: all in one folder, and on servers."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

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
