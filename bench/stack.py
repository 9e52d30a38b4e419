"""A whole Darkroom as child processes, each of which can be killed and is then started again."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
from msgspec import Struct

from darkroom import settings as every
from darkroom.settings import Settings
from storage import blobs as stores
from storage import engine as engines
from storage import schema, users
from storage.engine import write

RESTART_SECONDS = 0.2
READY_SECONDS = 60.0


class Killed(Struct, frozen=True):
    """One SIGKILL that we sent: which process, its pid, when (epoch seconds)."""

    name: str
    pid: int
    at: float


class Stack:
    """Processes by name, restarted whenever they end, until `stop`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.environ = {k: v for k, v in os.environ.items() if not k.startswith("DARKROOM_")} | every.dump(
            settings
        )
        self.commands: dict[str, list[str]] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.killed: list[Killed] = []
        self.log = (Path(settings.data_dir) / "stack.log").open("ab")
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    def prepare(self) -> str:
        """Make the schema, the store and a user; return the user's token."""
        engine = engines.connect(self.settings.database())
        schema.migrate(engine)
        stores.connect(self.settings).prepare()
        with write(engine) as db:
            token = users.add_token(db, users.add(db, "bench", is_admin=True), "bench")
        engine.dispose()
        return token

    def start(self, name: str, *arguments: str) -> None:
        """Run `darkroom ARGUMENTS` under a name, again and again."""
        self.commands[name] = [sys.executable, "-m", "cli.main", *arguments]
        self._spawn(name)
        if not self._keeper.is_alive():
            self._keeper.start()

    def _spawn(self, name: str) -> None:
        self.processes[name] = subprocess.Popen(
            self.commands[name], env=self.environ, stdout=self.log, stderr=self.log, start_new_session=True
        )

    def _keep(self) -> None:
        while not self._stopping.wait(RESTART_SECONDS):
            with self._lock:
                for name, process in list(self.processes.items()):
                    if process.poll() is not None and not self._stopping.is_set():
                        self._spawn(name)

    def wait_ready(self) -> None:
        """Wait until the API says that it is ready. Raises TimeoutError."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.settings.url()}/readyz", timeout=5.0).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise TimeoutError("the stack did not become ready; see " + self.log.name)

    def kill(self, name: str) -> None:
        """SIGKILL a process, alone: what it started must notice by itself."""
        with self._lock:
            pid = self.processes[name].pid
            self.processes[name].kill()
            self.killed.append(Killed(name, pid, time.time()))

    def kill_child(self, name: str) -> bool:
        """SIGKILL one of the children in which a worker's jobs run; return whether there was one."""
        try:
            family = psutil.Process(self.processes[name].pid).children(recursive=True)
            leaders = [p for p in family if os.getpgid(p.pid) == p.pid and p.pid != os.getsid(p.pid)]
            if not leaders:
                return False
            child = max(leaders, key=lambda p: float(p.create_time()))
            child.kill()
        except (psutil.Error, ProcessLookupError):
            return False
        self.killed.append(Killed(f"{name} child", child.pid, time.time()))
        return True

    def stop(self, seconds: float = 40.0) -> None:
        """SIGTERM everything and wait; SIGKILL what does not go."""
        self._stopping.set()
        with self._lock:
            for process in self.processes.values():
                process.send_signal(signal.SIGTERM)
            for process in self.processes.values():
                try:
                    process.wait(seconds)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self.log.close()


@contextmanager
def started(settings: Settings, *, web: bool = True) -> Iterator[tuple[Stack, str]]:
    """Give a prepared stack in the settings' data directory, with the web running, and a token."""
    Path(settings.data_dir).mkdir(exist_ok=True)
    stack = Stack(settings)
    token = stack.prepare()
    if web:
        stack.start("web", "web")
    try:
        yield stack, token
    finally:
        stack.stop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
