"""Backbones: networks that give features, brought by their owners."""

import msgspec
from falcon import Request, Response

from api import cursors
from api.bodies import write_json
from api.dialects.native import classifier_wire as wire
from api.dialects.native.classifier_views import backbone_view
from api.dialects.native.idempotency import KEYED, once_of
from api.dialects.native.resources.training import DIALECT, POLL_SECONDS, as_said
from api.dialects.native.wire import PageQuery
from api.services import Services
from api.typed import Answer, operation
from storage.classify import absorbing, backbones
from storage.classify.backbones import State
from storage.engine import read, write
from workers.enqueue import Counter


class BackboneList:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Register a backbone",
        body=wire.BackboneOrder,
        headers=KEYED,
        answers={202: Answer("being looked into", wire.Backbone, headers=("Location", "Retry-After"))},
        faults=(409,),
    )
    def on_post(self, req: Request, resp: Response, body: wire.BackboneOrder) -> None:
        """An ONNX file among your media that takes patches and gives features. It is looked into in a process of its own
        before it can be used. The one that is built in needs no registering: leave `backbone` out.
        """
        with as_said():
            made = backbones.order(
                self.services.engine,
                Counter(self.services.bell, self.services.settings, DIALECT),
                req.context.caller.user_id,
                name=body.name,
                media_id=body.media,
                manifest=msgspec.to_builtins(body.manifest),
                once=once_of(req, body),
            )
        write_json(resp, backbone_view(made), 202)
        resp.location = f"/v1/backbones/{made.id}"
        resp.set_header("Retry-After", str(POLL_SECONDS))

    @operation(
        "List your backbones",
        query=PageQuery,
        answers={200: Answer("a page, newest first", wire.BackbonePage, headers=("Link",))},
    )
    def on_get(self, req: Request, resp: Response, query: PageQuery) -> None:
        with read(self.services.engine) as db:
            page = backbones.find(
                db, req.context.caller.user_id, before_id=cursors.decode(query.cursor), limit=query.limit
            )
        cursor = cursors.encode(page[-1].id) if len(page) == query.limit else None
        cursors.link(req, resp, cursor)
        views = [backbone_view(backbone) for backbone in page]
        write_json(resp, wire.BackbonePage(backbones=views, next_cursor=cursor))


class BackboneItem:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Look at a backbone", answers={200: Answer("as it is", wire.Backbone, headers=("Retry-After",))}
    )
    def on_get(self, req: Request, resp: Response, backbone: int) -> None:
        caller = req.context.caller.user_id
        with read(self.services.engine) as db:
            found = backbones.get(db, backbone, caller)
        if found.state is State.VETTING:
            absorbing.absorb_backbone(self.services.engine, backbone)
            with read(self.services.engine) as db:
                found = backbones.get(db, backbone, caller)
        if found.state is State.VETTING:
            resp.set_header("Retry-After", str(POLL_SECONDS))
        write_json(resp, backbone_view(found))

    @operation("Forget a backbone", answers={204: Answer("forgotten; classifiers that have it in them stay")})
    def on_delete(self, req: Request, resp: Response, backbone: int) -> None:
        with write(self.services.engine) as db:
            backbones.remove(db, backbone, req.context.caller.user_id)
        resp.status = 204
