"""What processes cost together: the CPU of all of them, and the most memory that any one of them ever held."""

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

GLANCE_SECONDS = 0.02  # a process that ends takes along what it grew since the last glance
TICKS = os.sysconf("SC_CLK_TCK")
KIB = 1024


class Meter:
    """Watches processes and all that they start, while in `with`; `cpu_seconds` and `peak_bytes` tell afterwards."""

    def __init__(self, roots: Iterable[int]) -> None:
        self._roots = list(roots)
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self.cpu_seconds = 0.0
        self.peak_bytes = 0

    def __enter__(self) -> Self:
        self.cpu_seconds = -self._cpu()
        self._watcher.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._watcher.join()
        self._glance()
        self.cpu_seconds += self._cpu()

    def _watch(self) -> None:
        while not self._over.wait(GLANCE_SECONDS):
            self._glance()

    def _glance(self) -> None:
        for process in self._family():
            with suppress(OSError):  # it has ended
                for line in (process / "status").read_text().splitlines():
                    if line.startswith("VmHWM:"):
                        self.peak_bytes = max(self.peak_bytes, int(line.split()[1]) * KIB)

    def _cpu(self) -> float:
        """Add up those that live; the time of an ended one has gone to who started and awaited it."""
        ticks = 0
        for process in self._family():
            with suppress(OSError):
                said = (process / "stat").read_text().rpartition(")")[2].split()
                ticks += sum(int(word) for word in said[11:15])  # utime, stime, cutime, cstime
        return ticks / TICKS

    def _family(self) -> Iterator[Path]:
        waiting = list(self._roots)
        while waiting:
            process = Path("/proc") / str(waiting.pop())
            yield process
            with suppress(OSError):
                for thread in (process / "task").iterdir():
                    waiting += [int(pid) for pid in (thread / "children").read_text().split()]
