"""The order of a training: the labelled points are kept as they are, then job and classifier are written down as one."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from darkroom.errors import Invalid
from darkroom.settings import Settings
from storage import media
from storage.blob_values import Blob
from storage.blobs import Blobs
from storage.classify import classifiers, dataset, labels, sources
from storage.classify.backbones import NO_BACKBONE
from storage.classify.classifiers import Classifier, NewClassifier
from storage.classify.labels import Called
from storage.classify.names import check_name
from storage.classify.sources import Source
from storage.counter import Counter
from storage.engine import read, write
from storage.jobs import Job
from storage.media import Media
from storage.once import Once, job_before, remember, taken_once

JSON = "application/json"


def order_training(
    engine: sa.Engine,
    blobs: Blobs,
    counter: Counter,
    source_id: int,
    user: int,
    *,
    settings: Settings,
    name: str | None,
    params: Mapping[str, Any],
    once: Once | None = None,
) -> Classifier:
    """Order a classifier trained from the source's points as they are now.

    name: None is that of the source. params: those of the kind `train`, but for `source` and `images`; the backbone is
    one of the source's owner, for others one that a classifier of the source has already. once: asked again
    with the same key, the same classifier is the answer.

    Raises NotFound, Forbidden, Invalid (too little to learn from), NotReady (its backbone), TooMany, IdempotencyMismatch.
    """
    if name is not None:
        check_name(name, "/name")
    with read(engine) as db:
        known = _answered(db, user, once, name)
    if known is not None:
        return known
    taken, blob = _taken(engine, blobs, settings, source_id, user)

    def order() -> tuple[Classifier, Job | None]:
        with write(engine) as db:
            source = sources.held(db, source_id, user)
            known = _answered(db, user, once, name)  # by a request that came at the same moment
            if known is not None:
                return known, None
            _check_backbone(db, source, user, params.get("backbone"))
            record = _record(db, source.owner, blob, _name(source_id))
            given = dict(params) | {"source": source_id, "images": taken.images}
            job = counter.order(db, "train", given, {"labels": record.id}, owner=source.owner, priority=0)
            new = NewClassifier(
                source=source_id,
                owner=source.owner,
                name=name or source.name,
                backbone=given.get("backbone"),
                job=job.id,
                labels=taken.labels,
                dataset_media=record.id,
            )
            remember(db, user, once, job.id)
            return classifiers.get(db, classifiers.add(db, new), user), job

    return _rung(counter, *taken_once(order))


def order_features(
    engine: sa.Engine,
    blobs: Blobs,
    counter: Counter,
    source_id: int,
    user: int,
    *,
    settings: Settings,
    backbone: int | None = None,
) -> Job:
    """Order that the features of the source's points be computed and kept, and return the job. Raises as above."""
    taken, blob = _taken(engine, blobs, settings, source_id, user)
    with write(engine) as db:
        source = sources.held(db, source_id, user)
        _check_backbone(db, source, user, backbone)
        name = _name(source_id)
        record = media.named(db, source.owner, blob.sha256, name) or _record(db, source.owner, blob, name)
        params = {"source": source_id, "images": taken.images, "backbone": backbone}
        job = counter.order(db, "features", params, {"labels": record.id}, owner=source.owner, priority=0)
    counter.ring(job)
    return job


def order_import(
    engine: sa.Engine,
    counter: Counter,
    source_id: int,
    user: int,
    *,
    name: str,
    media_id: int,
    manifest: Mapping[str, Any],
    codes: Sequence[str],
    once: Once | None = None,
) -> Classifier:
    """Take in a classifier that was trained elsewhere, a medium of the user's, and have it looked into.

    codes: of labels of the source, in the order of the network's outputs. once: as of a training.
    Raises NotFound, Forbidden, Invalid, TooMany, IdempotencyMismatch.
    """
    check_name(name, "/name")

    def order() -> tuple[Classifier, Job | None]:
        with write(engine) as db:
            source = sources.held(db, source_id, user)
            known = _answered(db, user, once, name)
            if known is not None:
                return known, None
            record = media.by_ids(db, [media_id]).get(media_id)
            if record is None or record.owner != user:
                raise Invalid(f"there is no media {media_id}", where="/media")
            called = _called(db, source_id, codes)
            params = {
                "role": "classifier",
                "manifest": dict(manifest),
                "labels": [{"id": label.id, "code": label.code, "name": label.name} for label in called],
            }
            job = counter.order(db, "vet", params, {"network": media_id}, owner=user, priority=0)
            new = NewClassifier(source=source_id, owner=source.owner, name=name, job=job.id, labels=called)
            remember(db, user, once, job.id)
            return classifiers.get(db, classifiers.add(db, new), user), job

    return _rung(counter, *taken_once(order))


def _rung(counter: Counter, classifier: Classifier, job: Job | None) -> Classifier:
    """Return the classifier; for a new job of its the bell is rung."""
    if job is not None:
        counter.ring(job)
    return classifier


def _answered(db: sa.Connection, user: int, once: Once | None, name: str | None) -> Classifier | None:
    """Return the classifier that this key has ordered before. Raises IdempotencyMismatch."""
    known = job_before(db, user, once)
    return None if known is None else classifiers.by_job(db, known, user, name)


def _taken(
    engine: sa.Engine, blobs: Blobs, settings: Settings, source_id: int, user: int
) -> tuple[dataset.Dataset, Blob]:
    """Return the points as they are, and the blob that keeps them: swept if nobody records it."""
    with read(engine) as db:
        sources.editable(db, source_id, user)
    with read(engine) as db:
        taken = dataset.take(db, source_id, settings.sources_train_points_limit)
    return taken, blobs.put(None, io.BytesIO(taken.document), content_type=JSON)


def _name(source_id: int) -> str:
    return f"source-{source_id}-points.json"


def _record(db: sa.Connection, owner: int, blob: Blob, name: str) -> Media:
    return media.add(db, owner, sha256=blob.sha256, size=blob.size, name=name, content_type=JSON)


def _check_backbone(db: sa.Connection, source: Source, user: int, backbone: int | None) -> None:
    """Raise Invalid for a backbone of the owner's that the user has not been shown: a model has all of it in it."""
    if backbone is None or user == source.owner or classifiers.have_backbone(db, source.id, backbone):
        return
    raise Invalid(NO_BACKBONE, where="/params/backbone")


def _called(db: sa.Connection, source_id: int, codes: Sequence[str]) -> list[Called]:
    by_code = {label.code: label for label in labels.of_source(db, source_id)}
    if len(codes) < 2:
        raise Invalid("a classifier tells two labels or more apart", where="/labels", limit=2)
    seen: set[str] = set()
    for number, code in enumerate(codes):
        if code not in by_code:
            raise Invalid(f"there is no label {code!r} in this source", where=f"/labels/{number}")
        if code in seen:
            raise Invalid(f"label {code!r} is there twice", where=f"/labels/{number}")
        seen.add(code)
    return [Called(by_code[code].id, code, by_code[code].name) for code in codes]
