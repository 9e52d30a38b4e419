"""From the job of a classifier or backbone to its row: how it ended is written down once, by whoever comes first."""

from typing import Any

import sqlalchemy as sa
import structlog

from darkroom.errors import NotFound
from darkroom.jobs import Failure, JobState, Output, Result
from storage import jobs, media
from storage.blobs import Blobs
from storage.classify import backbones, classifiers, removal
from storage.classify.classifiers import Classifier, State
from storage.engine import now, read, write
from storage.jobs import Job

MODEL = "model.onnx"
FILES = {MODEL: "media_id", "evaluation.json": "evaluation_media", "confusion.png": "confusion_media"}
EXPIRED = Failure("expired", "what its job made has expired", "order it again")
CANCELLED = Failure("cancelled", "its job was cancelled", "order it again")

log = structlog.get_logger()


def absorb_classifier(engine: sa.Engine, blobs: Blobs, classifier_id: int) -> None:
    """Write down how the classifier's job has ended, its files as media of its own.

    Nothing changes while the job runs, or when the classifier is gone. Twice, or by two at once, comes to the same.
    """
    try:
        with read(engine) as db:
            classifier = classifiers.get(db, classifier_id, None)
            job = jobs.get(db, classifier.job, None)
    except NotFound:
        return
    if classifier.state is not State.TRAINING or not job.has_ended():
        return
    failure = _failure_of(job)
    if failure is None:
        failure = _keep(engine, blobs, classifier, job.read_result())
    if failure is not None:
        log.info("classifier failed", classifier_id=classifier_id, job_id=job.id, code=failure.code)
        with write(engine) as db:
            classifiers.settle(db, classifier, State.FAILED, failure=failure)


def absorb_backbone(engine: sa.Engine, backbone_id: int) -> None:
    """Write down what was found when the backbone was looked into, as above."""
    try:
        with read(engine) as db:
            backbone = backbones.get(db, backbone_id, None)
            job = jobs.get(db, backbone.job, None)
    except NotFound:
        return
    if backbone.state is not backbones.State.VETTING or not job.has_ended():
        return
    failure = _failure_of(job)
    figures = job.read_result().summary if failure is None else None
    with write(engine) as db:
        backbones.settle(db, backbone, figures, failure)


def _failure_of(job: Job) -> Failure | None:
    """Return why the job came to nothing, None if it came to something."""
    if job.state is JobState.SUCCEEDED:
        return None
    return job.read_failure() or CANCELLED


def _keep(engine: sa.Engine, blobs: Blobs, classifier: Classifier, result: Result) -> Failure | None:
    """Make media of the files and the classifier ready; return why that cannot be."""
    made = {output.name: output for output in result.outputs if output.name in FILES}
    if MODEL not in made:
        return EXPIRED
    try:
        for output in made.values():
            media.copy_output(blobs, output)
    except NotFound:  # it was not looked at before its result expired
        return EXPIRED
    with write(engine) as db:
        found: dict[str, Any] = {"sha256": made[MODEL].sha256, "figures": result.summary}
        records = _record(db, classifier, made)
        if not classifiers.settle(db, classifier, State.READY, ready_at=now(), **found, **records):
            removal.drop_media(db, list(records.values()))
    return None


def _record(db: sa.Connection, classifier: Classifier, made: dict[str, Output]) -> dict[str, int]:
    return {
        FILES[name]: media.keep_output(
            db, classifier.owner, output, f"classifier-{classifier.id}-{output.name}"
        ).id
        for name, output in made.items()
    }
