"""How often a user may ask: so many requests in any minute and any hour, counted in this process."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable

from msgspec import Struct

from darkroom.errors import TooMany

MINUTE, HOUR = 60, 3600  # seconds
LOGS_LIMIT = 10_000  # users in memory; those who have not been here for an hour are dropped first
REFUSAL = "Request was throttled. Expected available in {seconds} seconds."


class Standing(Struct, frozen=True):
    """What is left to a user of the tighter limit, and in how many seconds one more is."""

    limit: int
    remaining: int
    reset_seconds: int


class Throttle:
    """A log of times for each user; what is refused is not written into it."""

    def __init__(self, per_minute: int, per_hour: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._windows = ((MINUTE, per_minute), (HOUR, per_hour))
        self._clock = clock
        self._logs: dict[int, deque[float]] = {}
        self._lock = threading.Lock()

    def take(self, user: int) -> Standing:
        """Count one request. Raises TooMany, which says for how long, when either limit is met."""
        with self._lock:
            at = self._clock()
            log = self._log(user, at)
            standings = [_standing(log, at, *window) for window in self._windows]
            waits = [standing.reset_seconds for standing in standings if standing.remaining == 0]
            if not waits:
                log.append(at)
                standings = [_standing(log, at, *window) for window in self._windows]
                return min(standings, key=lambda standing: standing.remaining)
        seconds = max(waits)
        limit = next(one.limit for one in standings if one.reset_seconds == seconds)
        raise TooMany(REFUSAL.format(seconds=seconds), retry_after=seconds, limit=limit)

    def _log(self, user: int, at: float) -> deque[float]:
        """Return the times of a user within the last hour."""
        log = self._logs.get(user)
        if log is None:
            if len(self._logs) >= LOGS_LIMIT:
                self._logs = {known: log for known, log in self._logs.items() if log and at - log[-1] < HOUR}
            log = self._logs[user] = deque()
        while log and at - log[0] >= HOUR:
            log.popleft()
        return log


def _standing(log: deque[float], at: float, window: int, limit: int) -> Standing:
    """Return how a user stands within one window of the log, whose times rise."""
    count = 0
    for then in reversed(log):
        if at - then >= window or count == limit:
            break
        count += 1
    oldest = log[-count] if count else at
    return Standing(limit, limit - count, max(1, math.ceil(window - (at - oldest))))
