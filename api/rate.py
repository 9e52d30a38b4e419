"""How fast a token may ask: one bucket per token, refilled steadily, kept in this process."""

import threading
import time
from collections.abc import Callable

from msgspec import Struct

from darkroom.errors import TooMany

BUCKETS_LIMIT = 10_000  # buckets in memory; those that are full again are dropped first


class _Bucket(Struct):
    drops: float
    at: float


class Rate:
    """per_second: how many requests a bucket gains; burst: how many it holds."""

    def __init__(self, per_second: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._buckets: dict[int, _Bucket] = {}
        self._lock = threading.Lock()

    def take(self, token_id: int) -> None:
        """Count one request of this token. Raises TooMany when its bucket is empty."""
        with self._lock:
            at = self._clock()
            bucket = self._bucket(token_id, at)
            bucket.drops = min(self._burst, bucket.drops + (at - bucket.at) * self._per_second)
            bucket.at = at
            if bucket.drops >= 1.0:
                bucket.drops -= 1.0
                return
            missing = 1.0 - bucket.drops
        raise TooMany(
            f"more than {self._per_second:g} requests per second with this token",
            retry_after=missing / self._per_second,
            limit=self._per_second,
        )

    def _bucket(self, token_id: int, at: float) -> _Bucket:
        bucket = self._buckets.get(token_id)
        if bucket is None:
            if len(self._buckets) >= BUCKETS_LIMIT:
                self._drop_full(at)
            bucket = self._buckets[token_id] = _Bucket(self._burst, at)
        return bucket

    def _drop_full(self, at: float) -> None:
        refill_seconds = self._burst / self._per_second
        self._buckets = {
            token_id: bucket for token_id, bucket in self._buckets.items() if at - bucket.at < refill_seconds
        }
