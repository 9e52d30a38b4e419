"""Keeps a few processes alive in one terminal: shows what they say, starts them again, ends them in order."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import IO

from msgspec import Struct

FIRST_PAUSE_SECONDS = 0.5  # before a process that died starts again; doubles
PAUSE_LIMIT_SECONDS = 30.0
STEADY_SECONDS = 60.0  # who lived so long starts afresh without a pause
LOOK_SECONDS = 0.2
READ_BYTES = 1 << 16
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Say = Callable[[str, str], None]


class Part(Struct, frozen=True):
    """One process to keep: its name in the log, its command, and how long it may take to end."""

    name: str
    command: Sequence[str]
    end_seconds: float


class Kept:
    """A part, and the life of the process that plays it now."""

    def __init__(self, part: Part, environ: Mapping[str, str]) -> None:
        self.part = part
        self.environ = environ
        self.process: subprocess.Popen[bytes] | None = None
        self.pause_seconds = FIRST_PAUSE_SECONDS
        self.started_at = 0.0
        self.start_at = 0.0
        self._rest = b""

    def start(self) -> IO[bytes]:
        """Start the process, in a group of its own; return the pipe on which it speaks."""
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            [*self.part.command, "--parent", str(os.getpid())],
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the supervisor, which ends them in order
        )
        assert self.process.stdout is not None  # noqa: S101 - PIPE was asked for
        os.set_blocking(self.process.stdout.fileno(), False)
        return self.process.stdout

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        """Send a signal to the process; SIGKILL goes to its whole group."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            if number == signal.SIGKILL:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)

    def hear(self) -> tuple[list[str], bool]:
        """Return the whole lines that were said since the last call, and whether more can come."""
        if self.process is None or self.process.stdout is None:
            return [], False
        said, is_open = b"", True
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self.process.stdout.fileno(), READ_BYTES):
                said += chunk
            is_open = False
        *whole, self._rest = (self._rest + said).split(b"\n")
        return [line.decode(errors="replace") for line in whole], is_open


class Supervisor:
    """Parts are started in their order, and ended in their order too: who takes in work comes first."""

    def __init__(self, parts: Sequence[Part], environ: Mapping[str, str], say: Say) -> None:
        self.kept = [Kept(part, environ) for part in parts]
        self.say = say
        self.signals = 0
        self._selector = selectors.DefaultSelector()

    def run(self, ready: Callable[[], bool], when_ready: Callable[[], None]) -> None:
        """Keep the parts alive until a signal comes, then end them; a second signal kills them.

        ready: asked until it says yes once, upon which when_ready is called.
        """
        heard = [
            number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN
        ]  # as nohup sets
        before = {number: signal.signal(number, self._note) for number in heard}
        told = False
        try:
            while not self.signals:
                self._start_due()
                self._pump()
                self._bury()
                if not told and all(kept.is_running() for kept in self.kept) and ready():
                    told = True
                    when_ready()
            self.end()
        finally:
            for kept in self.kept:
                kept.signal(signal.SIGKILL)
            for number, handler in before.items():
                signal.signal(number, handler)

    def end(self) -> None:
        """End the parts one after the other, each within its time."""
        for kept in self.kept:
            if not kept.is_running():
                continue
            self.say(kept.part.name, "ending")
            kept.signal(signal.SIGTERM)
            deadline = time.monotonic() + kept.part.end_seconds
            while kept.is_running() and self.signals < 2 and time.monotonic() < deadline:
                self._pump()
            if kept.is_running():
                self.say(kept.part.name, "is killed")
            kept.signal(signal.SIGKILL)  # with whatever it left behind
            self._hear(kept)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.signals += 1

    def _start_due(self) -> None:
        for kept in self.kept:
            if kept.process is None and time.monotonic() >= kept.start_at:
                self._selector.register(kept.start(), selectors.EVENT_READ, kept)

    def _pump(self) -> None:
        """Pass on what the processes say, waiting for it a moment."""
        for key, _ in self._selector.select(LOOK_SECONDS):
            self._hear(key.data)

    def _hear(self, kept: Kept) -> None:
        lines, is_open = kept.hear()
        for line in lines:
            self.say(kept.part.name, line)
        pipe = kept.process and kept.process.stdout
        if pipe and not is_open and pipe in self._selector.get_map():
            self._selector.unregister(pipe)

    def _bury(self) -> None:
        """Note who has died, and when to start it again."""
        for kept in self.kept:
            if kept.process is None or kept.process.poll() is None:
                continue
            kept.signal(signal.SIGKILL)  # its own children would be in the way of the next
            self._hear(kept)
            status, pipe = kept.process.returncode, kept.process.stdout
            kept.process = None
            if pipe is not None:
                if pipe in self._selector.get_map():
                    self._selector.unregister(pipe)
                pipe.close()
            if time.monotonic() - kept.started_at > STEADY_SECONDS:
                kept.pause_seconds = FIRST_PAUSE_SECONDS
            kept.start_at = time.monotonic() + kept.pause_seconds
            self.say(kept.part.name, f"{_how(status)}; starts again in {kept.pause_seconds:g} s")
            kept.pause_seconds = min(PAUSE_LIMIT_SECONDS, kept.pause_seconds * 2)


def _how(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    return f"was ended by {signal.Signals(-status).name}"


def say_plainly(name: str, line: str) -> None:
    """Print a line under the name of the process that said it; when nobody can read it any more, ask for the end."""
    try:
        sys.stdout.write(f"{name:<6}| {line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        signal.raise_signal(signal.SIGTERM)
