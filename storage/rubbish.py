"""What nothing points to any more: blobs past the age at which somebody could still be about to point to them."""

from collections.abc import Callable, Iterator
from itertools import islice

import msgspec
import sqlalchemy as sa

from darkroom.jobs import Result
from storage.blob_values import adopted_key
from storage.blobs import Blobs
from storage.engine import now, read, write
from storage.planttracer.movies import State
from storage.planttracer.tables import pt_movies
from storage.streams import past
from storage.tables import idempotency, job_inputs, jobs, media, outputs, parts, uploads

KEY_SECONDS = 48 * 3600.0  # how long an Idempotency-Key is remembered
BATCH = 500


def forget_keys(db: sa.Connection) -> int:
    """Drop idempotency keys that no client still retries."""
    return db.execute(sa.delete(idempotency).where(idempotency.c.created_at < now() - KEY_SECONDS)).rowcount


def sweep_blobs(engine: sa.Engine, store: Blobs, orphan_seconds: float, unfinished_seconds: float) -> int:
    """Delete results that no job points to, and media with what is kept beside them that no record or open job does.

    What was never finished in the store goes too, at the age of `unfinished_seconds`. Return how many.

    Only blobs older than `orphan_seconds` by the database's clock are looked at: a worker that is about to settle, or
    an upload that is about to be recorded, has just written its blob, or renewed its age.
    """
    with read(engine) as db:
        at = db.execute(sa.select(now())).scalar_one()
    store.discard_unfinished(at - unfinished_seconds)
    horizon = at - orphan_seconds
    gone = 0
    for prefix in ("results/", "index/", "features/", "media/", "incoming/", "streams/"):
        for keys in _batches(stat.key for stat in store.list(prefix, older_than=horizon)):
            for key in orphans(engine, prefix, keys):
                gone += store.delete(key, older_than=horizon)  # spared when somebody renewed it meanwhile
    return gone


def orphans(engine: sa.Engine, prefix: str, keys: list[str]) -> list[str]:
    """Return those of the keys that nothing points to."""
    with write(engine) as db:  # a write transaction: no settle or upload is half-way while we look
        match prefix:
            case "results/":
                # Open jobs first: one that ends between the two looks is then found by its outputs.
                kept = _kept_parts(db, keys)
                kept |= set(db.execute(sa.select(outputs.c.key).where(outputs.c.key.in_(keys))).scalars())
            case "media/":
                kept = _kept_media(db, keys, _digest_of_media)
            case "index/":
                kept = _kept_media(db, keys, _digest_of_index)
            case "features/":
                kept = _kept_media(db, keys, _digest_of_features)
            case "streams/":
                kept = past.kept_keys(db, keys)
            case _:
                # An upload that is being completed: S3 dates a blob of parts by the first of them.
                open_uploads = sa.select(uploads.c.key).where(uploads.c.media_id.is_(None))
                kept = set(db.execute(open_uploads.where(uploads.c.key.in_(keys))).scalars())
                kept |= _kept_movies(db)
    return [key for key in keys if key not in kept]


def _kept_parts(db: sa.Connection, keys: list[str]) -> set[str]:
    """Return what ended parts made for jobs whose other parts still run: no output points to it before the last one ends."""
    named = {key.split("/")[1] for key in keys}
    ids = [int(name) for name in named if name.isdecimal() and len(name) < 19]
    made = (
        sa.select(parts.c.result)
        .join(jobs, jobs.c.id == parts.c.job_id)
        .where(parts.c.job_id.in_(ids), parts.c.result.is_not(None), jobs.c.ended_at.is_(None))
    )
    results = [msgspec.json.decode(text, type=Result) for text in db.execute(made).scalars()]
    return {output.key for result in results for output in result.outputs}


def _kept_movies(db: sa.Connection) -> set[str]:
    """Return the uploads, and the notes of what they became, that a movie of the Plant Tracer door still waits for."""
    awaited = sa.select(pt_movies.c.upload_key).where(
        pt_movies.c.state == State.UPLOADING, pt_movies.c.upload_key.is_not(None)
    )
    uploaded = list(db.execute(awaited).scalars())
    return {*uploaded, *map(adopted_key, uploaded)}


def _digest_of_media(key: str) -> str:
    return key.removeprefix("media/")


def _digest_of_index(key: str) -> str:
    return key.removeprefix("index/").partition("-")[0]


def _digest_of_features(key: str) -> str:
    return key.rpartition("/")[2]


def _kept_media(db: sa.Connection, keys: list[str], digest_of: Callable[[str], str]) -> set[str]:
    """Return those keys whose content a record or an open job points to."""
    digests = {digest_of(key) for key in keys}
    recorded = sa.select(media.c.sha256).where(media.c.sha256.in_(digests))
    needed = (
        sa.select(job_inputs.c.sha256)
        .join(jobs, jobs.c.id == job_inputs.c.job_id)
        .where(job_inputs.c.sha256.in_(digests), jobs.c.ended_at.is_(None))
    )
    kept = set(db.execute(sa.union(recorded, needed)).scalars())
    return {key for key in keys if digest_of(key) in kept}


def _batches(keys: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(keys, BATCH)):
        yield batch
