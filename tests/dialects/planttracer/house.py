"""A `darkroom up` to which Plant Tracer's browser client is pointed: its processes, its log, its operator."""

import os
import re
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

START_SECONDS = 60
PAGES = "https://plants.example"  # where the client's pages are served from
SETTINGS = {
    "DARKROOM_BEAT_SECONDS": "0.2",
    "DARKROOM_CORS_ORIGINS": PAGES,
    "DARKROOM_GRACE_SECONDS": "1",
    "DARKROOM_LEASE_SECONDS": "3",
    "DARKROOM_RATE_BURST": "10000",
    "DARKROOM_RATE_PER_SECOND": "10000",
    "DARKROOM_RETRY_SECONDS": "0.1",
}


class House:
    """Everything that one `darkroom up` does and says."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self.log = data_dir.with_suffix(".log")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.bind = f"127.0.0.1:{free.getsockname()[1]}"
        self.url = f"http://{self.bind}"
        outside = {name: value for name, value in os.environ.items() if not name.startswith("DARKROOM_")}
        self.environ = {**outside, **SETTINGS, **settings, "DARKROOM_DATA_DIR": str(data_dir)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cli.main", "up", "--bind", self.bind],
                env=self.environ,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_for(self, words: str, times: int = 1) -> None:
        """Wait until these words were said so often."""
        for _ in range(START_SECONDS * 20):
            if self.said().count(words) >= times:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        pytest.fail(f"{words!r} was not said:\n{self.said()}")

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def children(self, *words: str) -> list[psutil.Process]:
        """The processes below, or those of them that were started with these words."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in found if all(word in " ".join(child.cmdline()) for word in words)]

    def command(self, *words: str) -> str:
        """Run `darkroom WORDS` as the operator of this house; return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", *words],
            env=self.environ,
            capture_output=True,
            check=False,
            text=True,
        )
        assert done.returncode == 0, f"darkroom {' '.join(words)}: {done.stderr}"
        return done.stdout

    def listen(self, email: str, act: Callable[[], object]) -> str:
        """Return the API key of the login link for this address that the log tells the operator when this is done."""
        heard = len(self.said())
        act()
        link = re.compile(rf"(?=.*\b{re.escape(email.lower())}\b).*\b(a[0-9a-f]{{32}})\b")  # on one line
        for _ in range(100):
            if found := link.search(self.said()[heard:]):
                return found.group(1)
            time.sleep(0.05)
        pytest.fail(f"no login link was told:\n{self.said()[heard:]}")


@contextmanager
def running(data_dir: Path, **settings: str) -> Iterator[House]:
    """Give a house that is ready; end it, and all that it started, afterwards."""
    house = House(data_dir, **settings)
    try:
        house.wait_for("darkroom is ready")
        house.wait_for("worker ready")
        yield house
    finally:
        family = (
            psutil.Process(house.process.pid).children(recursive=True) if house.process.poll() is None else []
        )
        house.process.send_signal(signal.SIGTERM)
        try:
            house.process.wait(30)
        finally:
            house.process.kill()
            for child in family:
                if child.is_running():
                    child.kill()
