"""Classifiers: list, look, change, delete; how one did, and the model itself."""

import time

import falcon
from falcon import Request, Response

from api.bodies import write_json
from api.dialects.native import classifier_wire as wire
from api.dialects.native.classifier_views import classifier_view
from api.dialects.native.resources.results import SEE, see_other
from api.dialects.native.resources.sources import given
from api.dialects.native.resources.training import POLL_SECONDS, answer_page
from api.dialects.native.wire import PageQuery, WaitQuery
from api.services import Services
from api.typed import Answer, operation
from darkroom.errors import NotFound
from storage import blobs, jobs, media
from storage.classify import absorbing, classifiers, removal
from storage.classify.classifiers import Classifier, State
from storage.engine import read, write
from storage.media import Media

BUSY_SECONDS = 2  # after which to ask again, when too many wait already


class ClassifierList:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "List classifiers",
        query=PageQuery,
        answers={200: Answer("a page, newest first", wire.ClassifierPage, headers=("Link",))},
    )
    def on_get(self, req: Request, resp: Response, query: PageQuery) -> None:
        """All that you may use: those of your sources, of those that you are a member of, and of public ones."""
        answer_page(self.services, req, resp, query, None)


class ClassifierItem:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Look at a classifier",
        query=WaitQuery,
        answers={200: Answer("as it is", wire.Classifier, headers=("Retry-After",))},
    )
    def on_get(self, req: Request, resp: Response, classifier: int, query: WaitQuery) -> None:
        """With `wait` the answer comes once it is `ready` or `failed`, or when the time is over; when too many wait already,
        it comes at once.
        """
        found = self._ended(req, resp, classifier, query.wait)
        if found.state is State.TRAINING and resp.get_header("Retry-After") is None:
            resp.set_header("Retry-After", str(POLL_SECONDS))
        write_json(resp, classifier_view(found, req.context.caller.user_id))

    @operation(
        "Change a classifier",
        body=wire.ClassifierChange,
        answers={200: Answer("changed", wire.Classifier)},
    )
    def on_patch(self, req: Request, resp: Response, classifier: int, body: wire.ClassifierChange) -> None:
        """Its name, and the score below which a person is to look."""
        with write(self.services.engine) as db:
            caller = req.context.caller.user_id
            changed = classifiers.change(db, classifier, caller, **given(body))
        write_json(resp, classifier_view(changed, caller))

    @operation("Delete a classifier", answers={204: Answer("deleted; while it was trained, cancelled")})
    def on_delete(self, req: Request, resp: Response, classifier: int) -> None:
        """Jobs that use it end as they would have."""
        expiry = self.services.settings.result_expiry_seconds
        with write(self.services.engine) as db:
            removal.remove_classifier(db, classifier, req.context.caller.user_id, expiry)
        resp.status = 204

    def _ended(self, req: Request, resp: Response, classifier_id: int, seconds: float) -> Classifier:
        """Return the classifier once its job has ended, or the time is over."""
        caller = req.context.caller.user_id
        until = time.monotonic() + min(seconds, self.services.settings.wait_limit_seconds)
        while True:
            with read(self.services.engine) as db:
                found = classifiers.get(db, classifier_id, caller)
                job = jobs.get(db, found.job, None)
            if found.state is not State.TRAINING:
                return found
            if job.has_ended():
                absorbing.absorb_classifier(self.services.engine, self.services.blobs, classifier_id)
                with read(self.services.engine) as db:
                    return classifiers.get(db, classifier_id, caller)
            left = until - time.monotonic()
            if left <= 0:
                return found
            if not self.services.watcher.wait(job.id, job.version, left):
                resp.set_header("Retry-After", str(BUSY_SECONDS))
                return found


class ClassifierEvaluation:
    tag = "classifiers"

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Read how a classifier did",
        answers={200: Answer("on images that it had not learned from", wire.Evaluation)},
        faults=(409,),
    )
    def on_get(self, req: Request, resp: Response, classifier: int) -> None:
        """Accuracy, figures of each label, the confusion matrix, calibration, and how much accuracy costs how many points;
        out of five folds that are split by image. One that was trained elsewhere has none: 404.
        """
        record = _file_of(self.services, req, classifier, "evaluation_media")
        resp.data = blobs.whole(self.services.blobs, record.key())
        resp.content_type = falcon.MEDIA_JSON


class ClassifierConfusion:
    tag = "classifiers"
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation("Look at the confusion matrix", answers={303: SEE}, faults=(409,))
    def on_get(self, req: Request, resp: Response, classifier: int) -> None:
        """A PNG: rows are what people said, columns what the classifier says."""
        see_other(resp, _link(self.services, _file_of(self.services, req, classifier, "confusion_media")))


class ClassifierModel:
    tag = "classifiers"
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation("Download a classifier's model", answers={303: SEE}, faults=(409,))
    def on_get(self, req: Request, resp: Response, classifier: int) -> None:
        """One ONNX file with backbone, scaler and head, which says of itself how it is fed and what its labels are."""
        see_other(resp, _link(self.services, _file_of(self.services, req, classifier, "media_id")))


def _file_of(services: Services, req: Request, classifier_id: int, which: str) -> Media:
    """Return a file of a classifier. Raises NotFound, NotReady while it is trained, Conflict when that failed."""
    caller = req.context.caller.user_id
    absorbing.absorb_classifier(services.engine, services.blobs, classifier_id)
    with read(services.engine) as db:
        classifiers.usable(db, classifier_id, caller)
        media_id: int | None = getattr(classifiers.get(db, classifier_id, caller), which)
        if media_id is None:
            raise NotFound(f"classifier {classifier_id} was trained elsewhere: there is none of it")
        return media.get(db, media_id, None)


def _link(services: Services, record: Media) -> str:
    return services.blobs.url(
        record.key(),
        expires=services.settings.url_expiry_seconds,
        filename=record.name,
        content_type=record.content_type,
    )
