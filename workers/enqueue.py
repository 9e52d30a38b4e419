"""The counter: checks an order, writes it into the ledger in one transaction, and rings the bell."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from darkroom.errors import Invalid, NotReady, TooMany
from darkroom.facts import Facts, MovieFacts
from darkroom.jobs import Input, JobState, Queue
from darkroom.kinds import KINDS, TABLES, Kind, parts_of, queue_of, read_params
from darkroom.params_classify import ClassifyParams
from darkroom.settings import Settings
from darkroom.splits import Parts
from storage import engine as engines
from storage import jobs, media, pool
from storage.jobs import Job, NewJob
from storage.once import taken_once
from workers import bell as bells
from workers.bell import Bell
from workers.named import named_inputs

OPEN_RETRY_SECONDS = 10.0
PRIORITY_LIMIT = 100
MOVIE = "movie"  # the role of what is probed


class Order(Struct, frozen=True, kw_only=True):
    """What a door asks for: params as the client sent them, inputs by role as media ids."""

    kind: str
    params: dict[str, Any]
    inputs: dict[str, int] = {}
    owner: int
    dialect: str = "native"
    priority: int = 0
    reuse: bool = True
    rerun_of: int | None = None
    idempotency_key: str | None = None
    body_sha256: str = ""


class Receipt(Struct, frozen=True):
    """Which job answers the order. created: this order made it; otherwise it was there and is joined or replayed."""

    job: Job
    created: bool


class Checked(Struct, frozen=True):
    """An order that can be done; params is canonical JSON with defaults filled in.

    is_lasting: whether the same order would have the same answer tomorrow.
    """

    kind: Kind
    params: str
    queue: Queue
    inputs: list[Input]
    split: Parts
    is_lasting: bool


class Sought(Struct, frozen=True):
    """What is known of an order before it is written down; job: one that answers it, or is about to."""

    cache_key: str
    job: Job | None


def submit(engine: sa.Engine, bell: Bell, settings: Settings, order: Order) -> Receipt:
    """Accept an order: once this returns, the job ends, whatever happens.

    Raises Invalid (a field is wrong), NotFound (no such media), NotReady (a movie is still being probed), TooMany (open
    jobs), IdempotencyMismatch, Unavailable.
    """
    _check_orderly(order)

    def take() -> Receipt:
        with engines.write(engine) as db:
            return write_down(db, bell, settings, order)

    receipt = taken_once(take)
    if receipt.created:
        bell.ring(receipt.job.queue)
    return receipt


def seek(engine: sa.Engine, settings: Settings, order: Order) -> Sought:
    """Check an order and look for a job that answers it, writing nothing.

    Raises as `submit` does, but for TooMany and IdempotencyMismatch.
    """
    with engines.read(engine) as db:
        checked = _check(db, settings, order)
        before = jobs.look_before(db, order.owner, checked.queue)
        key = cache_key(checked.kind, checked.params, checked.inputs, before.numerics)
        return Sought(key, jobs.find_answer(db, order.owner, key))


def write_down(
    db: sa.Connection, bell: Bell, settings: Settings, order: Order, *, is_limited: bool = True
) -> Receipt:
    """Write the order into the ledger within the caller's transaction; ring the queue after it commits.

    is_limited: whether the limit of open jobs holds for it.
    """
    if order.idempotency_key is not None:
        known = jobs.find_by_key(db, order.owner, order.idempotency_key, order.body_sha256)
        if known is not None:
            return Receipt(jobs.get(db, known, order.owner), created=False)
    checked = _check(db, settings, order)
    kind, queue, inputs = checked.kind, checked.queue, checked.inputs
    before = jobs.before_submit(db, order.owner, queue)
    new = NewJob(
        kind=kind.name,
        params=checked.params,
        pipeline_version=kind.version,
        cache_key=cache_key(kind, checked.params, inputs, before.numerics),
        owner=order.owner,
        queue=queue,
        dialect=order.dialect,
        priority=order.priority,
        parts=checked.split.total,
        joins=checked.split.joins,
        shares=checked.split.shares,
        max_attempts=settings.max_attempts,
        inputs=inputs,
        rerun_of=order.rerun_of,
    )
    receipt = _reuse(db, new) if order.reuse and checked.is_lasting else None
    if receipt is None:
        if is_limited:
            _check_open(before.open_jobs, settings)
        receipt = Receipt(jobs.submit(db, new), created=True)
        bell.ring_within(db, queue)
    if kind.name == "probe":
        media.set_probe_job(db, order.inputs["movie"], receipt.job.id)
    if order.idempotency_key is not None:
        jobs.remember_key(db, order.owner, order.idempotency_key, order.body_sha256, receipt.job.id)
    return receipt


def _check(db: sa.Connection, settings: Settings, order: Order) -> Checked:
    """Return what the order comes to. Raises Invalid, NotFound, NotReady."""
    kind, params = read_params(order.kind, order.params)
    if abs(order.priority) > PRIORITY_LIMIT:
        raise Invalid("priority is out of range", where="/priority", limit=PRIORITY_LIMIT)
    records = _read_inputs(db, kind, order, settings)
    facts = _facts(db, kind, records)
    kind.check(params, facts, settings)
    encoded = msgspec.json.encode(params, order="deterministic").decode()
    table_bytes = sum(records[role].size for role in records.keys() & TABLES)
    queue = queue_of(kind, params, facts, settings, table_bytes=table_bytes)
    given = [Input(role, record.id, record.sha256) for role, record in records.items()]
    return Checked(
        kind=kind,
        params=encoded,
        queue=Queue.GPU if kind.uses_networks and pool.is_served(db, Queue.GPU) else queue,
        inputs=given + named_inputs(db, params, order.owner),
        split=parts_of(kind, params, facts, settings),
        is_lasting=not (isinstance(params, ClassifyParams) and params.names_urls()),
    )


def _check_orderly(order: Order) -> None:
    """Raise Invalid for a kind that comes with something else, unless one of its jobs is done again."""
    kind = KINDS.get(order.kind)
    if kind is None or not kind.is_inner or (kind.may_rerun and order.rerun_of is not None):
        return
    raise Invalid(f"kind {order.kind!r} comes with something else, and is not ordered", where="/kind")


def cache_key(kind: Kind, params: str, inputs: list[Input], numerics: str) -> str:
    """Return the digest of all that decides the numbers of a result."""
    decides = [kind.name, kind.version, params, [(input_.role, input_.sha256) for input_ in inputs], numerics]
    return hashlib.sha256(msgspec.json.encode(decides)).hexdigest()


def _reuse(db: sa.Connection, new: NewJob) -> Receipt | None:
    same = jobs.find_identical(db, new.owner, new.cache_key)
    if same is None:
        return None
    if not same.has_ended():
        return Receipt(same, created=False)
    return Receipt(jobs.submit_reused(db, new, same), created=False)


def _check_open(open_jobs: int, settings: Settings) -> None:
    if open_jobs >= settings.open_jobs_limit:
        raise TooMany(
            f"{settings.open_jobs_limit} of your jobs have not ended; that is the limit",
            retry_after=OPEN_RETRY_SECONDS,
            limit=settings.open_jobs_limit,
        )


def _read_inputs(db: sa.Connection, kind: Kind, order: Order, settings: Settings) -> dict[str, media.Media]:
    """Return the media that are worked on by role, those that are needed first."""
    for role in order.inputs:
        if role not in kind.roles():
            raise Invalid(
                f"kind {kind.name!r} has no input {role!r}",
                where=f"/inputs/{role}",
                limit=", ".join(kind.roles()),
            )
    for role in kind.inputs:
        if role not in order.inputs:
            raise Invalid(f"input {role!r} is missing", where=f"/inputs/{role}")
    named = {role: order.inputs[role] for role in kind.roles() if role in order.inputs}
    records = {role: media.get(db, media_id, order.owner) for role, media_id in named.items()}
    for role in records.keys() & TABLES:
        _check_table(role, records[role], settings.table_limit_bytes)
    return records


def _check_table(role: str, record: media.Media, limit: int) -> None:
    if record.size > limit:
        raise Invalid(
            f"media {record.id} has {record.size} bytes; a table has at most {limit}",
            where=f"/inputs/{role}",
            limit=limit,
        )


def _facts(db: sa.Connection, kind: Kind, records: dict[str, media.Media]) -> Facts:
    """Return what is known of the movie, for a kind that must know; the other inputs are none, or were made by a job."""
    if not kind.needs_probe or MOVIE not in records:
        return {}
    return {MOVIE: _probed(db, MOVIE, records[MOVIE])}


def _probed(db: sa.Connection, role: str, record: media.Media) -> MovieFacts:
    if record.probe_job is None:
        raise NotReady(f"media {record.id} was never probed", hint="submit a probe job for it")
    job = jobs.get(db, record.probe_job, None)
    if not job.has_ended():
        raise NotReady(f"media {record.id} is still being probed", retry_after=1.0)
    if job.state is JobState.SUCCEEDED:
        return msgspec.convert(job.read_result().summary, MovieFacts)
    failure = job.read_failure()
    reason = "its probe was cancelled" if failure is None else failure.message
    raise Invalid(f"media {record.id} cannot be used: {reason}", where=f"/inputs/{role}")


def probe_upload(db: sa.Connection, bell: Bell, settings: Settings, record: media.Media) -> Job:
    """Have a new upload looked into, within the caller's transaction; equal content is looked into once."""
    order = Order(kind="probe", params={}, inputs={"movie": record.id}, owner=record.owner)
    return write_down(
        db, bell, settings, order, is_limited=False
    ).job  # the bytes are here: too late to refuse them


def connect_bell(settings: Settings, engine: sa.Engine) -> Bell:
    """Return the bell that the settings name; the doors get it from here, and know nothing else of the workers."""
    return bells.connect(settings, engine)


class Counter:
    """The counter for who orders work in a transaction of its own, with what else it writes down there."""

    def __init__(self, bell: Bell, settings: Settings, dialect: str) -> None:
        self._bell, self._settings, self._dialect = bell, settings, dialect

    def probe(self, db: sa.Connection, record: media.Media) -> Job:
        """Have a new medium looked into."""
        return probe_upload(db, self._bell, self._settings, record)

    def order(
        self,
        db: sa.Connection,
        kind: str,
        params: Mapping[str, Any],
        inputs: Mapping[str, int],
        *,
        owner: int,
        priority: int,
        is_limited: bool = True,
    ) -> Job:
        """Order work. is_limited: whether the limit of open jobs holds for it. Raises as `submit` does."""
        order = Order(
            kind=kind,
            params=dict(params),
            inputs=dict(inputs),
            owner=owner,
            dialect=self._dialect,
            priority=priority,
        )
        return write_down(db, self._bell, self._settings, order, is_limited=is_limited).job

    def ring(self, job: Job) -> None:
        """Tell the workers that this job waits; harmless when it does no longer."""
        self._bell.ring(job.queue)
