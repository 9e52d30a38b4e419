"""What a responder may reach: the ledger, the store, the bell, and those who stand at the door."""

from api.auth import Callers
from api.memory import Memory
from api.passwords import Passwords
from api.rate import Rate
from api.tiles import Tiles
from api.waiting import Watcher
from darkroom.settings import Settings
from storage import blobs, engine, pool
from storage.pool import Worker
from workers import enqueue

WAITERS_SHARE = 0.75  # of the threads may wait, whatever the settings say: the rest answer everybody else
WORKERS_SECONDS = 1.0  # for so long the list of live workers is good enough


class Services:
    """Opened once per process; nothing is connected before it is used."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.engine = engine.connect(settings.database())
        self.blobs = blobs.connect(settings)
        self.bell = enqueue.connect_bell(settings, self.engine)
        self.callers = Callers(self.engine)
        self.passwords = Passwords(self.engine)
        self.rate = Rate(settings.rate_per_second, settings.rate_burst)
        threads = max(1, int(settings.web_threads * WAITERS_SHARE))
        self.watcher = Watcher(self.engine, min(settings.waiters_limit, threads))
        self.tiles = Tiles(
            self.engine, self.blobs, settings.streams_cache_bytes, settings.streams_past_seconds
        )
        self.workers: Memory[list[Worker]] = Memory(WORKERS_SECONDS, self._alive)

    def origins(self) -> list[str]:
        """Return the origins whose pages may call."""
        return [origin.strip() for origin in self.settings.cors_origins.split(",") if origin.strip()]

    def _alive(self) -> list[Worker]:
        with engine.read(self.engine) as db:
            return pool.alive(db)

    def close(self) -> None:
        self.watcher.close()
        self.blobs.close()
        self.engine.dispose()
