"""A whole Darkroom under a temporary directory, that leaves nothing behind."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from darkroom.client import Client
from darkroom.client_address import TOKEN_FILE
from darkroom.client_errors import Refused
from darkroom.errors import Invalid, Unavailable
from darkroom.settings import PREFIX

READY_SECONDS = 120.0  # a slow machine may import for long
END_SECONDS = 60.0
LOOK_SECONDS = 0.1
LAST_LINES = 40
BEAT_SECONDS = 0.25  # progress comes often enough for a short job's bar to move


class House:
    """A running `darkroom up` on the embedded default, whatever DARKROOM_* says outside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.url = f"http://127.0.0.1:{_free_port()}"
        bind = self.url.removeprefix("http://")
        options = ["--data", str(folder / "data"), "--bind", bind, "--parent", str(os.getpid())]
        outside = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "cli.main", "up", *options],
                env={**outside, f"{PREFIX}BEAT_SECONDS": str(BEAT_SECONDS)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us, who then end it in order
            )

    def wait_ready(self) -> None:
        """Return once requests are answered. Raises Unavailable when that does not come about."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/readyz", timeout=LOOK_SECONDS * 50).status_code == 200:
                    return
            time.sleep(LOOK_SECONDS)
        raise Unavailable("Darkroom did not start; its last words are above")

    def client(self) -> Client:
        return Client(self.url, (self.folder / "data" / TOKEN_FILE).read_text().strip())

    def last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LAST_LINES:])

    def stop(self) -> bool:
        """End all of it in order; return whether that went well."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(END_SECONDS) == 0
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGINT)  # a second signal: it kills what is left
            self.process.wait()
            return False


@contextmanager
def temporary_house() -> Iterator[House]:
    """Give a house that has begun to start; at the end of the block it is gone, processes and files."""
    folder = Path(tempfile.mkdtemp(prefix="darkroom-demo-"))
    house = House(folder)
    try:
        yield house
    except (Invalid, Refused):  # the user's to mend, and told in one line
        raise
    except Exception:
        print(house.last_words(), file=sys.stderr)
        raise
    finally:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # an orderly end takes a moment; let it
        try:
            house.stop()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            signal.signal(signal.SIGINT, before)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port
