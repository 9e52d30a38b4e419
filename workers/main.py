"""A worker process: hears bells on its queues, works, says how it is, and leaves in order when asked."""

import os
import signal
import threading

os.environ.setdefault("dramatiq_restart_delay", "500")  # ms; read by Dramatiq when it is imported

import dramatiq
import structlog

from darkroom import log as logs
from darkroom.errors import Invalid
from darkroom.jobs import Queue
from darkroom.settings import Settings
from storage import blobs as stores
from storage import engine as engines
from workers import bell, broker, health, scratch
from workers.run import Bench

log = structlog.get_logger()

IDLE_MILLISECONDS = 40  # how long a consumer waits between looks at Redis when nothing rings
LAST_WORDS_SECONDS = 5.0  # to write hand-backs, beyond the grace


def work(settings: Settings, queues: str | None = None, slots: int | None = None) -> int:
    """Run a worker until SIGTERM or SIGINT; return its exit status."""
    logs.setup(settings.log_level)
    names = read_queues(queues or settings.queues)
    engine = engines.connect(settings.database())
    store = stores.connect(settings)
    bench = Bench(engine, settings, names, slots or settings.slots)
    scratch.sweep(bench.scratch.parent)
    rung = broker.connect(settings, engine)
    broker.gate(rung, bench.is_full)
    broker.listen(rung, names, bench.drain)
    worker = dramatiq.Worker(
        rung, queues=set(names), worker_threads=bench.slots, worker_timeout=IDLE_MILLISECONDS
    )
    worker.queue_prefetch = bench.slots
    state = health.Health(bench, worker, engine, store, bell.connect(settings, engine))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    bench.warm_up()
    worker.start()
    threading.Thread(target=state.watch, daemon=True, name="health").start()
    threading.Thread(target=keep_looking, args=(bench, stop), daemon=True, name="looker").start()
    page = health.serve(state, settings.health_bind) if settings.health_bind else None
    log.info("worker ready", worker=bench.worker_id, queues=names, slots=bench.slots)
    stop.wait()
    log.info("worker leaving", busy=bench.busy(), grace=settings.grace_seconds)
    bench.stop(settings.grace_seconds)
    bench.wait(settings.grace_seconds + LAST_WORDS_SECONDS)
    worker.stop(timeout=int(LAST_WORDS_SECONDS * 1000))
    state.leave()
    if page is not None:
        page.shutdown()
    scratch.remove(bench.scratch)
    return 0


def keep_looking(bench: Bench, stop: threading.Event) -> None:
    """Look for work now and then, bell or no bell: a broker that is away costs seconds, never a standstill."""
    while not stop.wait(bench.settings.look_seconds):
        bench.look()


def read_queues(text: str) -> list[str]:
    """Return queue names in the order given, which is the order in which they are served. Raises Invalid."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in set(Queue)]
    if unknown or not names:
        raise Invalid(f"unknown queues {unknown}", where="queues", limit=", ".join(Queue))
    return names
