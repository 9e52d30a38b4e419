"""What is made of a source: features, classifiers trained on it, classifiers taken in."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from falcon import Request, Response

from api import cursors
from api.bodies import write_json
from api.dialects.native import classifier_wire as wire
from api.dialects.native.classifier_views import classifier_view
from api.dialects.native.idempotency import KEYED, once_of
from api.dialects.native.resources.job import answer_with
from api.dialects.native.wire import Job, PageQuery
from api.services import Services
from api.typed import Answer, operation
from darkroom.errors import Invalid
from storage.classify import classifiers, sources, training
from storage.classify.classifiers import Classifier
from storage.engine import read
from workers.enqueue import Counter

DIALECT = "native"
PARAMS = "/params"
POLL_SECONDS = 2  # after which it is worth asking for a classifier again

ORDERED = Answer(
    "written down; it will be ready, or say why not", wire.Classifier, headers=("Location", "Retry-After")
)


class SourceTraining:
    tag = "sources"

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Train a classifier",
        body=wire.TrainOrder,
        body_is_optional=True,
        headers=KEYED,
        answers={202: ORDERED},
        faults=(409,),
    )
    def on_post(self, req: Request, resp: Response, source: int, body: wire.TrainOrder) -> None:
        """On the labelled points as they are at this moment. Needed are two labels with points and two images with points.
        Features that were computed before are not computed again. `GET` the classifier with `wait` until it is `ready`.
        """
        params = {name: value for name, value in msgspec.to_builtins(body).items() if name != "name"}
        with as_said():
            made = training.order_training(
                self.services.engine,
                self.services.blobs,
                Counter(self.services.bell, self.services.settings, DIALECT),
                source,
                req.context.caller.user_id,
                settings=self.services.settings,
                name=body.name,
                params=params,
                once=once_of(req, body),
            )
        answer_ordered(req, resp, made)


class SourceFeatures:
    tag = "sources"

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Compute the features of a source",
        body=wire.FeaturesOrder,
        body_is_optional=True,
        answers={
            202: Answer("written down", Job, headers=("Location", "Retry-After")),
            200: Answer("it had been done", Job, headers=("Location",)),
        },
        faults=(409,),
    )
    def on_post(self, req: Request, resp: Response, source: int, body: wire.FeaturesOrder) -> None:
        """Of all its labelled points, to be kept: what is trained afterwards reads no image. Training does so by itself. As there, the
        job is that of the source's owner, and nobody else can look at it.
        """
        with as_said():
            job = training.order_features(
                self.services.engine,
                self.services.blobs,
                Counter(self.services.bell, self.services.settings, DIALECT),
                source,
                req.context.caller.user_id,
                settings=self.services.settings,
                backbone=body.backbone,
            )
        answer_with(resp, job)
        resp.set_header("Location", f"/v1/jobs/{job.id}")


class SourceClassifiers:
    tag = "sources"

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "List the classifiers of a source",
        query=PageQuery,
        answers={200: Answer("a page, newest first", wire.ClassifierPage, headers=("Link",))},
    )
    def on_get(self, req: Request, resp: Response, source: int, query: PageQuery) -> None:
        answer_page(self.services, req, resp, query, source)

    @operation(
        "Import a classifier",
        body=wire.ClassifierOrder,
        headers=KEYED,
        answers={202: ORDERED},
        faults=(409,),
    )
    def on_post(self, req: Request, resp: Response, source: int, body: wire.ClassifierOrder) -> None:
        """One that was trained elsewhere: an ONNX file that takes patches and gives one probability per label. It is looked
        into in a process of its own before it can be used: no external data, only ONNX's own operators, rows that sum
        to 1, within limits of size and time.
        """
        with as_said():
            made = training.order_import(
                self.services.engine,
                Counter(self.services.bell, self.services.settings, DIALECT),
                source,
                req.context.caller.user_id,
                name=body.name,
                media_id=body.media,
                manifest=msgspec.to_builtins(body.manifest),
                codes=body.labels,
                once=once_of(req, body),
            )
        answer_ordered(req, resp, made)


def answer_page(
    services: Services, req: Request, resp: Response, query: PageQuery, source: int | None
) -> None:
    """Answer with a page of classifiers that the caller may use; of a source, if one is given."""
    caller = req.context.caller.user_id
    with read(services.engine) as db:
        if source is not None:
            sources.get(db, source, caller)
        page = classifiers.find(
            db, caller, source=source, before_id=cursors.decode(query.cursor), limit=query.limit
        )
    cursor = cursors.encode(page[-1].id) if len(page) == query.limit else None
    cursors.link(req, resp, cursor)
    views = [classifier_view(classifier, caller) for classifier in page]
    write_json(resp, wire.ClassifierPage(classifiers=views, next_cursor=cursor))


def answer_ordered(req: Request, resp: Response, made: Classifier) -> None:
    write_json(resp, classifier_view(made, req.context.caller.user_id), 202)
    resp.location = f"/v1/classifiers/{made.id}"
    resp.set_header("Retry-After", str(POLL_SECONDS))


@contextmanager
def as_said() -> Iterator[None]:
    """Let an error name the field of the body from which the params of a job were made."""
    try:
        yield
    except Invalid as error:
        if error.where is None or not error.where.startswith(PARAMS):
            raise
        where = error.where.removeprefix(PARAMS)
        raise Invalid(error.message, where=where, limit=error.limit, hint=error.hint) from error
