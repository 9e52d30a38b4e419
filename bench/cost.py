"""What a piece of work costs in a process of its own: wall, CPU, bytes read, peak memory."""

import multiprocessing
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.rows import Missing

PRELOADED = ["bench.ways"]  # what the fresh processes have imported when they begin: imports are not measured
KIB = 1024


@dataclass(frozen=True, slots=True)
class Lap:
    """What was measured once. read_bytes: through read(2), from files and sockets alike."""

    wall_seconds: float
    cpu_seconds: float
    read_bytes: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of some work: its answer, its laps in order, and the most memory that its process ever held."""

    answer: Any
    laps: list[Lap]
    peak_bytes: int


class Clock:
    """Measures those parts of some work that stand in `with clock.lap():`, all threads and ended children together."""

    def __init__(self) -> None:
        self.laps: list[Lap] = []

    @contextmanager
    def lap(self) -> Iterator[None]:
        read, cpu, wall = _read_bytes("self"), _cpu_seconds(), time.perf_counter()
        yield
        wall, cpu = time.perf_counter() - wall, _cpu_seconds() - cpu
        self.laps.append(Lap(wall, cpu, _read_bytes("self") - read))


def fresh(work: Callable[..., Any], *arguments: Any) -> Outcome:
    """Do `work(clock, *arguments)` in a new process that has imported everything and done nothing else.

    Raises RuntimeError when the work raised; its traceback is on stderr.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, work, arguments))
    process.start()
    theirs.close()
    try:
        outcome: Outcome | None = ours.recv()
    except EOFError:
        outcome = None
    process.join()
    if outcome is None:
        raise RuntimeError(f"{work.__name__} failed in its process, whose words stand above")
    return outcome


def _work(pipe: Connection, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    clock = Clock()
    answer = work(clock, *arguments)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB
    pipe.send(Outcome(answer, clock.laps, peak))


def command(arguments: list[str]) -> Lap:
    """Run a command to its end; what it says on stderr is in the RuntimeError when it fails."""
    with tempfile.TemporaryFile() as said:
        redirect = [(os.POSIX_SPAWN_DUP2, said.fileno(), 2), (os.POSIX_SPAWN_DUP2, said.fileno(), 1)]
        started = time.perf_counter()
        pid = os.posix_spawnp(arguments[0], arguments, os.environ, file_actions=redirect)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        wall, read = time.perf_counter() - started, _read_bytes(str(pid))
        _, status, used = os.wait4(pid, 0)
        if status:
            said.seek(0)
            raise RuntimeError(f"{arguments[0]} failed: {said.read().decode(errors='replace')[-500:]}")
    return Lap(wall, used.ru_utime + used.ru_stime, read)


def together(laps: Sequence[Lap]) -> Lap:
    """Add laps up."""
    return Lap(
        sum(lap.wall_seconds for lap in laps),
        sum(lap.cpu_seconds for lap in laps),
        sum(lap.read_bytes for lap in laps),
    )


def need(program: str, package: str) -> str:
    """Return the path of a program; raises Missing when there is none."""
    path = shutil.which(program)
    if path is None:
        raise Missing(f"the baseline needs {program}, which is not installed (Debian: apt install {package})")
    return path


def _cpu_seconds() -> float:
    mine, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime


def _read_bytes(process: str) -> int:
    lines = Path(f"/proc/{process}/io").read_text().splitlines()
    return int(lines[0].removeprefix("rchar: "))
