"""An answer that is dear to make and may be a few seconds old."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Memory(Generic[T]):
    """Makes the answer at most once in `seconds`; whoever asks meanwhile gets the last one."""

    def __init__(
        self, seconds: float, make: Callable[[], T], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._make = make
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: tuple[T, float] | None = None

    def get(self) -> T:
        with self._lock:
            if self._kept is None or self._clock() - self._kept[1] >= self._seconds:
                self._kept = (self._make(), self._clock())
            return self._kept[0]
