"""Starts children from a preloaded forkserver, talks to them, and says how they died."""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterator
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from typing import Any

import msgspec
import psutil

from darkroom.jobs import Cause, Failure
from darkroom.settings import Settings
from workers.child import serve
from workers.named import BACKBONE, MODEL
from workers.work import Ended, Spec, Ticked

PRELOAD = ["workers.child"]  # brings PyAV, OpenCV, NumPy and the store's clients with it
KILL_WAIT_SECONDS = 10.0
GREETING_SECONDS = 30.0
KEPT_OPEN = {"movie", MODEL, BACKBONE}  # roles of what a child keeps open
_STARTING = threading.Lock()


def forkserver() -> ForkServerContext:
    """Return the context whose children start with the heavy imports done.

    Threads of numeric libraries are held to one, so that results do not depend on the number of cores.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    return context


@contextlib.contextmanager
def _nameless_main() -> Iterator[None]:
    """Keep a child from importing our main module anew: it needs nothing of it, and that costs more than its start."""
    main: Any = sys.modules["__main__"]
    with _STARTING:
        spec, file = main.__spec__, getattr(main, "__file__", None)
        main.__spec__, main.__file__ = None, None
        try:
            yield
        finally:
            main.__spec__, main.__file__ = spec, file


class Child:
    """One process that runs attempts; a life that ends with `kill`."""

    def __init__(self, context: ForkServerContext, settings: Settings) -> None:
        self.connection, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=serve, args=(theirs, settings), daemon=True)
        with _nameless_main():
            self.process.start()
        theirs.close()
        self.attempts = 0
        self.owner: int | None = None  # for whom it has worked; nobody else is served by it
        kept = settings.warm_movies + settings.warm_networks
        self.opened: deque[str] = deque(maxlen=kept)  # digests of what it may have open

    @property
    def pid(self) -> int:
        return self.process.pid or 0

    def assign(self, spec: Spec, owner: int) -> None:
        """Hand over an attempt of this owner's. Raises OSError when the child is gone."""
        self.attempts += 1
        self.owner = owner
        for input_ in spec.inputs:
            if input_.role not in KEPT_OPEN:
                continue
            if input_.sha256 in self.opened:
                self.opened.remove(input_.sha256)
            self.opened.append(input_.sha256)
        self.connection.send_bytes(msgspec.msgpack.encode(spec))

    def receive(self, timeout: float) -> Ticked | Ended | None:
        """Return the next message, None when there is none in time. Raises EOFError when the child is gone."""
        try:
            if not self.connection.poll(timeout):
                return None
            return msgspec.msgpack.decode(self.connection.recv_bytes(), type=Ticked | Ended)
        except OSError as error:  # reset by a kill in the middle of a message
            raise EOFError from error

    def greet(self) -> None:
        """Wait until the child is ready to work. Raises EOFError when it dies first, OSError when it stays silent."""
        if self.receive(GREETING_SECONDS) is None:
            msg = f"a child did not start within {GREETING_SECONDS:g} s"
            raise OSError(msg)

    def is_alive(self) -> bool:
        return self.process.is_alive()

    def memory_bytes(self) -> int:
        """Return the resident memory of the child, 0 when it is gone."""
        try:
            return int(psutil.Process(self.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def kill(self) -> None:
        """End the child and whatever it started, now."""
        if self.process.is_alive():  # the number of a dead one may be somebody else's by now
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError):  # it may not have made its group yet
                os.kill(self.pid, signal.SIGKILL)
        self.process.join(KILL_WAIT_SECONDS)
        self.connection.close()

    def death(self) -> Ended:
        """Say how a child that hung up has died."""
        self.process.join(KILL_WAIT_SECONDS)
        code = self.process.exitcode
        if code is not None and code < 0:
            name = signal.Signals(-code).name
            hint = "the kernel may have been out of memory" if name == "SIGKILL" else None
            failure = Failure("signal", f"the work was ended by {name}", hint)
            return Ended(Cause.SIGNAL, failure=failure, retry=True)
        failure = Failure("died", f"the child ended with status {code} before the work was done")
        return Ended(Cause.SIGNAL, failure=failure, retry=True)
