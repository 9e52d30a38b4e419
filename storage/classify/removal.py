"""What is removed takes along what hangs on it: classifiers their media and their training, sources all of it."""

import sqlalchemy as sa

from storage import jobs
from storage.classify import classifiers, sources
from storage.classify.classifiers import Classifier
from storage.classify.tables import (
    classify_backbones,
    classify_classifiers,
    classify_images,
    classify_labels,
    classify_members,
    classify_points,
    classify_sources,
)
from storage.engine import now
from storage.tables import media


def remove_classifier(db: sa.Connection, classifier_id: int, user: int, result_expiry_seconds: float) -> None:
    """Remove a classifier with its media; its training is cancelled. Jobs that use it end as they would have.

    Raises NotFound, Forbidden.
    """
    _let_go(db, classifiers.held(db, classifier_id, user), result_expiry_seconds)


def remove_source(db: sa.Connection, source_id: int, user: int, result_expiry_seconds: float) -> None:
    """Remove a source with labels, images, points and classifiers; the media of its images stay. Only its owner may.

    Raises NotFound, Forbidden.
    """
    sources.owned(db, source_id, user)
    for classifier in classifiers.find(db, user, source=source_id, limit=None):
        _let_go(db, classifier, result_expiry_seconds)
    of_source = classify_classifiers.c.source == source_id
    db.execute(sa.update(classify_classifiers).where(of_source).values(source=None))
    images = sa.select(classify_images.c.id).where(classify_images.c.source == source_id)
    db.execute(sa.delete(classify_points).where(classify_points.c.image.in_(images)))
    for table in (classify_images, classify_labels, classify_members):
        db.execute(sa.delete(table).where(table.c.source == source_id))
    db.execute(sa.delete(classify_sources).where(classify_sources.c.id == source_id))


def _let_go(db: sa.Connection, classifier: Classifier, result_expiry_seconds: float) -> None:
    gone = {
        "gone_at": now(),
        "dataset_media": None,
        "media_id": None,
        "evaluation_media": None,
        "confusion_media": None,
    }
    mine = classify_classifiers.c.id == classifier.id
    db.execute(sa.update(classify_classifiers).where(mine).values(**gone))
    drop_media(db, classifier.media())
    others = sa.select(classify_classifiers.c.id).where(
        classify_classifiers.c.job == classifier.job, classify_classifiers.c.gone_at.is_(None)
    )
    if db.execute(others.limit(1)).one_or_none() is None:  # equal orders have one job
        jobs.cancel(db, classifier.job, None, result_expiry_seconds)


def drop_media(db: sa.Connection, media_ids: list[int]) -> None:
    """Forget media that were made for a classifier, but for those that its owner has made something else of."""
    images, backbones = classify_images.c.media_id, classify_backbones.c.media_id
    db.execute(
        sa.delete(media).where(
            media.c.id.in_(media_ids),
            ~sa.exists().where(images == media.c.id),
            ~sa.exists().where(backbones == media.c.id),
        )
    )
