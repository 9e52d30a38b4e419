"""How fast somebody may ask: one bucket for each, refilled steadily, kept in this process."""

import threading
import time
from collections.abc import Callable, Hashable

from msgspec import Struct

from darkroom.errors import TooMany

BUCKETS_LIMIT = 10_000  # buckets in memory; those that are full again are dropped first


class _Bucket(Struct):
    drops: float
    at: float


class Rate:
    """per_second: how many requests a bucket gains; burst: how many it holds; refusal: what is told when it is empty."""

    def __init__(
        self,
        per_second: float,
        burst: float,
        clock: Callable[[], float] = time.monotonic,
        *,
        refusal: str | None = None,
    ) -> None:
        self._refusal = refusal or f"more than {per_second:g} requests per second with this token"
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._buckets: dict[Hashable, _Bucket] = {}
        self._lock = threading.Lock()

    def take(self, key: Hashable) -> None:
        """Count one request under this key, a token's id for example. Raises TooMany when its bucket is empty."""
        with self._lock:
            at = self._clock()
            bucket = self._bucket(key, at)
            bucket.drops = min(self._burst, bucket.drops + (at - bucket.at) * self._per_second)
            bucket.at = at
            if bucket.drops >= 1.0:
                bucket.drops -= 1.0
                return
            missing = 1.0 - bucket.drops
        raise TooMany(
            self._refusal,
            retry_after=missing / self._per_second,
            limit=self._per_second,
        )

    def _bucket(self, key: Hashable, at: float) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= BUCKETS_LIMIT:
                self._drop_full(at)
            bucket = self._buckets[key] = _Bucket(self._burst, at)
        return bucket

    def _drop_full(self, at: float) -> None:
        refill_seconds = self._burst / self._per_second
        self._buckets = {
            key: bucket for key, bucket in self._buckets.items() if at - bucket.at < refill_seconds
        }
