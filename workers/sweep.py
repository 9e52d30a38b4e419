"""The sweeper: takes back expired leases, rings for what nobody heard, removes what nobody points to. Safe to run twice."""

import signal
import threading
import time
from collections.abc import Callable
from functools import partial

import sqlalchemy as sa
import structlog

from darkroom import log as logs
from darkroom.errors import Unavailable
from darkroom.jobs import Queue
from darkroom.kinds import KINDS
from darkroom.settings import Settings
from storage import blobs as stores
from storage import engine as engines
from storage import jobs, leases, pool, rerouting, rubbish, uploads
from storage.blobs import Blobs
from storage.classify import absorbing, backbones, classifiers
from storage.engine import read, write
from storage.fluxtream import development, photos
from storage.leases import Unheard
from storage.planttracer import intake, movies
from storage.planttracer.means import Means
from storage.streams import past
from workers import bell as bells
from workers.bell import Bell
from workers.enqueue import Counter
from workers.terms import terms_of

log = structlog.get_logger()

MAX_BACKOFF = 16  # of the first patience
COMPACT_PRIORITY = -50  # after whatever somebody waits for
RUBBISH_SECONDS = 60.0  # how often blobs, uploads and old records are looked through


def run(settings: Settings) -> int:
    """Sweep until SIGTERM or SIGINT; return the exit status."""
    logs.setup(settings.log_level)
    engine = engines.connect(settings.database())
    bell, store = bells.connect(settings, engine), stores.connect(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    log.info("sweeper ready")
    means = means_of(engine, store, bell, settings)
    threading.Thread(target=_keep_clean, args=(means, stop), daemon=True, name="rubbish").start()
    ringer = Ringer(settings.ring_seconds)
    while not stop.wait(settings.sweep_seconds):
        _guarded(lambda: sweep_ledger(engine, bell, settings, ringer))
        _guarded(partial(sweep_movies, means, movies.due))
        _guarded(partial(sweep_photos, engine, store))
        _guarded(partial(sweep_classifiers, engine, store))
        _guarded(partial(bring_back, engine, bell))
    return 0


def means_of(engine: sa.Engine, store: Blobs, bell: Bell, settings: Settings) -> Means:
    """Return what the keeping of Plant Tracer's movies leans on."""
    return Means(engine, store, Counter(bell, settings, "planttracer"), settings)


def sweep_movies(means: Means, find: Callable[[sa.Connection], list[str]]) -> int:
    """Bring Plant Tracer's movies on that nobody has asked for; return how many were looked after."""
    with read(means.engine) as db:
        found = find(db)
    for movie_id in found:
        _guarded(partial(intake.look_after, means, movie_id))
    return len(found)


def sweep_photos(engine: sa.Engine, store: Blobs) -> int:
    """Write down what the jobs of photos have found that nobody has waited for; return how many were looked after."""
    with read(engine) as db:
        found = photos.pending(db)
    for photo in found:
        _guarded(partial(development.absorb, engine, store, photo))
    return len(found)


def sweep_classifiers(engine: sa.Engine, store: Blobs) -> int:
    """Write down what the jobs of classifiers and backbones came to; return how many were looked after."""
    with read(engine) as db:
        trained, brought = classifiers.pending(db), backbones.pending(db)
    for classifier in trained:
        _guarded(partial(absorbing.absorb_classifier, engine, store, classifier))
    for backbone in brought:
        _guarded(partial(absorbing.absorb_backbone, engine, backbone))
    return len(trained) + len(brought)


def bring_back(engine: sa.Engine, bell: Bell) -> int:
    """Have done on CPUs what waits for a GPU that is gone; return how many parts."""
    kinds = [kind.name for kind in KINDS.values() if kind.uses_networks]
    with read(engine) as db:
        waits = leases.is_waiting(db, Queue.GPU)
    if not waits:
        return 0
    with write(engine) as db:
        moved = rerouting.bring_back(db, kinds, deserted=Queue.GPU, served=Queue.CPU)
        if moved:
            bell.ring_within(db, Queue.CPU)
    if moved:
        log.warning("no worker with a GPU: its work goes to CPUs", parts=moved)
        bell.ring(Queue.CPU)
    return moved


def sweep_channels(means: Means) -> int:
    """Order that channels with much that was deleted be compacted, each version once; return how many there are."""
    with read(means.engine) as db:
        worn = past.worn(db, means.settings.streams_compact_tombstones)
    for channel, version, owner in worn:
        with write(means.engine) as db:
            params = {"channel": channel, "version": version}
            job = means.counter.order(
                db, "compact", params, {}, owner=owner, priority=COMPACT_PRIORITY, is_limited=False
            )
        means.counter.ring(job)
    return len(worn)


def _keep_clean(means: Means, stop: threading.Event) -> None:
    """Remove rubbish beside the sweeps of the ledger, which a long listing must not hold up; take uploads in before that."""
    while True:
        _guarded(partial(sweep_movies, means, movies.awaited))
        _guarded(lambda: sweep_channels(means))
        _guarded(lambda: sweep_rubbish(means.engine, means.blobs, means.settings))
        if stop.wait(RUBBISH_SECONDS):
            return


def _guarded(sweep: Callable[[], object]) -> None:
    try:
        sweep()
    except Unavailable as error:
        log.warning("cannot sweep", error=error.message)
    except Exception:  # the next sweep may go better; a sweeper that ended sweeps nothing
        log.exception("sweep failed")


def sweep_ledger(engine: sa.Engine, bell: Bell, settings: Settings, ringer: "Ringer") -> int:
    """Take back expired leases and ring for waiting parts; return how many leases were taken back."""
    terms = terms_of(settings)
    with read(engine) as db:
        overdue = leases.overdue(db)
    taken = 0
    for part_id, token in overdue:
        with write(engine) as db:
            state = leases.expire(db, part_id, token, terms)
        if state is not None:
            taken += 1
            log.warning("lease expired", part_id=part_id, state=state)
    ringer.ring(engine, bell, at_once=taken > 0)
    return taken


class Ringer:
    """Rings for parts that nobody heard of; ever more rarely while the oldest of them stays where it is."""

    def __init__(self, ring_seconds: float) -> None:
        self.ring_seconds = ring_seconds
        self.patience: dict[
            str, tuple[int, float, float]
        ] = {}  # oldest part, when to ring next, then after how long

    def ring(self, engine: sa.Engine, bell: Bell, *, at_once: bool = False) -> list[str]:
        """Ring on each queue whose time has come, once for every slot that could answer; return those queues."""
        with read(engine) as db:
            unheard = leases.waiting_by_queue(db)
        self.patience = {row.queue: self.patience[row.queue] for row in unheard if row.queue in self.patience}
        late = [row for row in unheard if self._is_late(row) or at_once]
        if late:
            with write(engine) as db:
                for row in late:
                    bell.ring_within(db, row.queue)
        for row in late:
            for _ in range(min(row.count, max(row.slots, 1))):
                bell.ring(row.queue)
        return [row.queue for row in late]

    def _is_late(self, row: Unheard) -> bool:
        at = time.monotonic()
        oldest, due, interval = self.patience.get(row.queue, (-1, 0.0, 0.0))
        if row.oldest != oldest:
            self.patience[row.queue] = (row.oldest, at + self.ring_seconds, self.ring_seconds)
            return False
        if at < due:
            return False
        interval = min(2 * interval, MAX_BACKOFF * self.ring_seconds)
        self.patience[row.queue] = (oldest, at + interval, interval)
        return True


def sweep_rubbish(engine: sa.Engine, store: Blobs, settings: Settings) -> int:
    """Forget what has expired and delete blobs that nothing points to; return how many blobs went."""
    with write(engine) as db:
        expired = jobs.expire_results(db)
        pool.forget(db)
        rubbish.forget_keys(db)
        past.forget_past(db, settings.streams_past_seconds)
    _abort_uploads(engine, store)
    gone = rubbish.sweep_blobs(engine, store, settings.orphan_seconds, settings.upload_expiry_seconds)
    if expired or gone:
        log.info("swept", results_expired=expired, blobs_deleted=gone)
    return gone


def _abort_uploads(engine: sa.Engine, store: Blobs) -> None:
    with read(engine) as db:
        abandoned = uploads.abandoned(db)
    for upload in abandoned:
        store.abort(upload.key, upload.multipart_id)
        with write(engine) as db:
            uploads.remove(db, upload.id)
