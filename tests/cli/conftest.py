import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from cli.main import main

START_SECONDS = 60
SETTINGS = {
    "DARKROOM_DRILLS": "true",
    "DARKROOM_GRACE_SECONDS": "2",
    "DARKROOM_RETRY_SECONDS": "0.1",
    "DARKROOM_BEAT_SECONDS": "0.2",
}


class Up:
    """A `darkroom up` of one's own, and all that it says."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.log = data_dir.with_suffix(".log")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.bind = f"127.0.0.1:{free.getsockname()[1]}"
        outside = {name: value for name, value in os.environ.items() if not name.startswith("DARKROOM_")}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cli.main", "up", "--data", str(data_dir), "--bind", self.bind],
                env={**outside, **SETTINGS},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_for(self, words: str, times: int = 1) -> None:
        for _ in range(START_SECONDS * 20):
            if self.log.read_text().count(words) >= times:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        pytest.fail(f"{words!r} was not said:\n{self.log.read_text()}")

    def children(self, *words: str) -> list[psutil.Process]:
        """The processes below, or those of them that were started with these words."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in found if all(word in " ".join(child.cmdline()) for word in words)]


@contextmanager
def running(data_dir: Path) -> Iterator[Up]:
    up = Up(data_dir)
    try:
        up.wait_for("darkroom is ready")
        up.wait_for("worker ready")
        yield up
    finally:
        family = psutil.Process(up.process.pid).children(recursive=True) if up.process.poll() is None else []
        up.process.send_signal(signal.SIGTERM)
        try:
            up.process.wait(30)
        finally:
            up.process.kill()
            for child in family:
                if child.is_running():
                    child.kill()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A running house for all tests that only talk to it."""
    with running(tmp_path_factory.mktemp("house") / "data") as up:
        yield up


@pytest.fixture
def own_house(tmp_path: Path) -> Iterator[Up]:
    """A running house that the test may break."""
    with running(tmp_path / "own") as up:
        yield up


@pytest.fixture
def at_home(house: Up, monkeypatch: pytest.MonkeyPatch) -> Up:
    """Verbs of this test talk to the house."""
    monkeypatch.setenv("DARKROOM_DATA_DIR", str(house.data_dir))
    return house


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the developer's shell reaches a test."""
    for name in [name for name in os.environ if name.startswith("DARKROOM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DARKROOM_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def run() -> Callable[..., int]:
    """Run the command with these words; return its exit status."""
    return lambda *words: main(words)
