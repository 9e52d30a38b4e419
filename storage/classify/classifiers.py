"""Classifiers: what was trained from a source, or brought to it; who may see the source may use them."""

from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import UNSET, Struct, UnsetType

from darkroom.errors import Conflict, Invalid, NotFound, NotReady
from darkroom.jobs import Failure
from storage.classify import sources
from storage.classify.backbones import reason_of
from storage.classify.labels import Called
from storage.classify.names import check_name
from storage.classify.tables import classify_classifiers, classify_sources
from storage.engine import now
from storage.tables import jobs

NO_CLASSIFIER = "This classifier doesn't exist or is not accessible"


class State(StrEnum):
    TRAINING = "training"  # its job has not ended
    READY = "ready"
    FAILED = "failed"


class Classifier(Struct, frozen=True, kw_only=True):
    """labels: as they were called when it was ordered, those that points had; figures: what its job found.

    media_id, evaluation_media, confusion_media: the model, its evaluation and the plot of its confusion matrix, once it
    is ready; dataset_media: what it was trained from. job_owner: who alone may look at its job.
    """

    id: int
    source: int | None
    owner: int
    name: str
    backbone: int | None
    job: int
    job_owner: int | None
    state: State
    labels: list[Called]
    dataset_media: int | None
    media_id: int | None
    sha256: str | None
    figures: dict[str, Any] | None
    evaluation_media: int | None
    confusion_media: int | None
    failure: Failure | None
    threshold: float | None
    created_at: float
    ready_at: float | None
    gone_at: float | None

    def media(self) -> list[int]:
        """Return the media that are its own."""
        mine = (self.dataset_media, self.media_id, self.evaluation_media, self.confusion_media)
        return [media_id for media_id in mine if media_id is not None]


class Model(Struct, frozen=True):
    """What is needed to classify: a file, by medium and digest."""

    media_id: int
    sha256: str


class NewClassifier(Struct, frozen=True, kw_only=True):
    source: int
    owner: int
    name: str
    backbone: int | None = None
    job: int
    labels: list[Called]
    dataset_media: int | None = None


def add(db: sa.Connection, new: NewClassifier) -> int:
    """Write down a classifier whose job was ordered in the same transaction; return its id."""
    values = msgspec.structs.asdict(new) | {"labels": msgspec.json.encode(new.labels).decode()}
    insert = sa.insert(classify_classifiers).values(state=State.TRAINING, created_at=now(), **values)
    classifier_id: int = db.execute(insert.returning(classify_classifiers.c.id)).scalar_one()
    return classifier_id


def get(db: sa.Connection, classifier_id: int, user: int | None) -> Classifier:
    """Return the classifier. Raises NotFound unless the user may see its source (None: whoever asks)."""
    row = db.execute(_kept(user).where(classify_classifiers.c.id == classifier_id)).one_or_none()
    if row is None:
        raise NotFound(NO_CLASSIFIER)
    return _classifier(row)


def by_job(db: sa.Connection, job_id: int, user: int, name: str | None) -> Classifier:
    """Return a classifier of this job, as equal orders have one: one that is called so, the newest. Raises NotFound."""
    of_job = _kept(user).where(classify_classifiers.c.job == job_id)
    named_first = (classify_classifiers.c.name == (name or "")).desc()
    row = db.execute(of_job.order_by(named_first, classify_classifiers.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        raise NotFound(NO_CLASSIFIER)
    return _classifier(row)


def usable(db: sa.Connection, classifier_id: int, user: int) -> Model:
    """Return the model of a classifier that can be used.

    Raises NotFound, NotReady while it is trained, and Conflict when that failed.
    """
    found = get(db, classifier_id, user)
    if found.state is State.FAILED:
        raise Conflict(f"classifier {classifier_id} was not made: {reason_of(found.failure)}")
    if found.media_id is None or found.sha256 is None:
        raise NotReady(f"classifier {classifier_id} is still being trained", retry_after=5.0)
    return Model(found.media_id, found.sha256)


def find(
    db: sa.Connection,
    user: int,
    *,
    source: int | None = None,
    before_id: int | None = None,
    limit: int | None = 50,
) -> list[Classifier]:
    """Return classifiers that the user may use, newest first, those with an id below `before_id`. limit: None for all."""
    query = _kept(user)
    if source is not None:
        query = query.where(classify_classifiers.c.source == source)
    if before_id is not None:
        query = query.where(classify_classifiers.c.id < before_id)
    rows = db.execute(query.order_by(classify_classifiers.c.id.desc()).limit(limit))
    return [_classifier(row) for row in rows]


def have_backbone(db: sa.Connection, source_id: int, backbone: int) -> bool:
    """Return whether a classifier of the source that is ready has this backbone in it."""
    query = _kept(None).where(
        classify_classifiers.c.source == source_id,
        classify_classifiers.c.backbone == backbone,
        classify_classifiers.c.state == State.READY,
    )
    return db.execute(query.limit(1)).one_or_none() is not None


def change(
    db: sa.Connection,
    classifier_id: int,
    user: int,
    *,
    name: str | None = None,
    threshold: float | UnsetType | None = UNSET,
) -> Classifier:
    """Change what is given; a threshold of None is taken away. Raises NotFound, Forbidden, Invalid."""
    held(db, classifier_id, user)
    values: dict[str, Any] = {} if name is None else {"name": check_name(name, "/name")}
    if threshold is not UNSET:
        if threshold is not None and not 0 <= threshold <= 1:
            raise Invalid("a threshold lies between 0 and 1", where="/threshold")
        values["threshold"] = threshold
    if values:
        db.execute(
            sa.update(classify_classifiers).where(classify_classifiers.c.id == classifier_id).values(**values)
        )
    return get(db, classifier_id, user)


def held(db: sa.Connection, classifier_id: int, user: int) -> Classifier:
    """Return a classifier of a source that the user may change, and hold that. Raises NotFound, Forbidden."""
    found = get(db, classifier_id, user)
    sources.held(db, found.source or 0, user)
    return get(db, classifier_id, user)


def pending(db: sa.Connection, limit: int = 500) -> list[int]:
    """Return classifiers whose job has ended without anybody having asked, oldest first."""
    query = (
        sa.select(classify_classifiers.c.id)
        .join(jobs, jobs.c.id == classify_classifiers.c.job)
        .where(
            classify_classifiers.c.state == State.TRAINING,
            classify_classifiers.c.gone_at.is_(None),
            jobs.c.ended_at.is_not(None),
        )
    )
    return list(db.execute(query.order_by(classify_classifiers.c.id).limit(limit)).scalars())


def settle(db: sa.Connection, classifier: Classifier, state: State, **found: Any) -> bool:
    """Write down how its job has ended; return False when somebody else did so before, or it is gone."""
    for name in ("figures", "failure"):
        if found.get(name) is not None:
            found[name] = msgspec.json.encode(found[name]).decode()
    changed = db.execute(
        sa.update(classify_classifiers)
        .where(
            classify_classifiers.c.id == classifier.id,
            classify_classifiers.c.state == State.TRAINING,
            classify_classifiers.c.gone_at.is_(None),
        )
        .values(state=state, **found)
    )
    return changed.rowcount == 1


def _kept(user: int | None) -> sa.Select[Any]:
    query = (
        sa.select(classify_classifiers, jobs.c.owner.label("job_owner"))
        .join(classify_sources, classify_sources.c.id == classify_classifiers.c.source)
        .outerjoin(jobs, jobs.c.id == classify_classifiers.c.job)
        .where(classify_classifiers.c.gone_at.is_(None))
    )
    return query if user is None else query.where(sources.visible(user))


def _classifier(row: sa.Row[Any]) -> Classifier:
    values = {str(name): value for name, value in row._asdict().items()}
    for name in ("labels", "figures", "failure"):
        values[name] = None if values[name] is None else msgspec.json.decode(values[name])
    return msgspec.convert(values, Classifier)
