"""What the house offers and who is in it: kinds of jobs, live workers, the caller."""

from typing import Any

from falcon import Request, Response

from api import schemas
from api.bodies import write_json
from api.dialects.native import translate, wire
from api.services import Services
from api.typed import Answer, operation
from darkroom.kinds import KINDS, Kind
from darkroom.params import DrillParams
from darkroom.settings import Settings
from storage import jobs
from storage.engine import read


class KindList:
    tag = "house"

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation("List the kinds of jobs", answers={200: Answer("every kind, with its params", wire.Kinds)})
    def on_get(self, req: Request, resp: Response) -> None:
        write_json(resp, wire.Kinds(kinds=kind_rows(self.services.settings)))


class WorkerList:
    tag = "house"

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation("List the live workers", answers={200: Answer("those seen within seconds", wire.Workers)})
    def on_get(self, req: Request, resp: Response) -> None:
        alive = self.services.workers.get()
        write_json(resp, wire.Workers(workers=[translate.worker_view(worker) for worker in alive]))


class Myself:
    tag = "house"

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation("Say who I am", answers={200: Answer("whose token this is, and its limits", wire.Me)})
    def on_get(self, req: Request, resp: Response) -> None:
        caller, settings = req.context.caller, self.services.settings
        with read(self.services.engine) as db:
            open_jobs = jobs.count_open(db, caller.user_id)
        limits = wire.Limits(
            open_jobs=settings.open_jobs_limit,
            requests_per_second=settings.rate_per_second,
            upload_bytes=settings.upload_limit_bytes,
            body_bytes=settings.body_limit_bytes,
            wait_seconds=settings.wait_limit_seconds,
        )
        view = wire.Me(
            id=caller.user_id,
            name=caller.name,
            is_admin=caller.is_admin,
            scopes=sorted(caller.scopes),
            open_jobs=open_jobs,
            limits=limits,
        )
        write_json(resp, view)


def kind_rows(settings: Settings) -> list[wire.KindRow]:
    """Return the kinds that this house accepts."""
    return [_kind_row(kind) for kind in KINDS.values() if settings.drills or kind.params is not DrillParams]


def _kind_row(kind: Kind) -> wire.KindRow:
    schema = params_schema(kind)
    return wire.KindRow(
        name=kind.name,
        summary=schema.get("description", ""),
        queue=kind.queue,
        version=kind.version,
        inputs=list(kind.inputs),
        optional_inputs=list(kind.optional),
        params=schema,
    )


def params_schema(kind: Kind) -> dict[str, Any]:
    """Return the JSON Schema of a kind's params, without the tag that the ledger keeps in them."""
    _, components = schemas.of([kind.params], "#/$defs/{name}")
    schema = components.pop(kind.params.__name__)
    tag = kind.params.__struct_config__.tag_field
    schema["properties"].pop(tag, None)
    schema["required"] = [name for name in schema["required"] if name != tag]
    return {**schema, "$defs": components} if components else schema
