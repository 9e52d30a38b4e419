"""Sources: list, create, look, change, delete; and the members of one."""

from typing import Any

import sqlalchemy as sa
from falcon import Request, Response
from msgspec import UNSET, Struct

from api import cursors
from api.bodies import write_json
from api.dialects.native import source_wire as wire
from api.dialects.native.source_views import source_view
from api.dialects.native.wire import PageQuery
from api.services import Services
from api.typed import Answer, operation
from darkroom.errors import NotFound
from storage import users
from storage.classify import members, removal, sources
from storage.classify.sources import Source
from storage.engine import read, write


class SourceList:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Create a source",
        body=wire.SourceOrder,
        answers={201: Answer("made, empty", wire.Source, headers=("Location",))},
        faults=(409,),
    )
    def on_post(self, req: Request, resp: Response, body: wire.SourceOrder) -> None:
        """A set of labels, images, and points on them, from which classifiers are trained."""
        with write(self.services.engine) as db:
            made = sources.add(
                db,
                req.context.caller.user_id,
                name=body.name,
                description=body.description,
                is_public=body.is_public,
            )
            view = _views(db, [made])[0]
        write_json(resp, view, 201)
        resp.location = f"/v1/sources/{made.id}"

    @operation(
        "List sources",
        query=PageQuery,
        answers={200: Answer("a page, newest first", wire.SourcePage, headers=("Link",))},
    )
    def on_get(self, req: Request, resp: Response, query: PageQuery) -> None:
        """Yours, those that you are a member of, and public ones."""
        with read(self.services.engine) as db:
            page = sources.find(
                db, req.context.caller.user_id, before_id=cursors.decode(query.cursor), limit=query.limit
            )
            views = _views(db, page)
        cursor = cursors.encode(page[-1].id) if len(page) == query.limit else None
        cursors.link(req, resp, cursor)
        write_json(resp, wire.SourcePage(sources=views, next_cursor=cursor))


class SourceItem:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation("Look at a source", answers={200: Answer("as it is", wire.Source)})
    def on_get(self, req: Request, resp: Response, source: int) -> None:
        with read(self.services.engine) as db:
            view = _views(db, [sources.get(db, source, req.context.caller.user_id)])[0]
        write_json(resp, view)

    @operation(
        "Change a source",
        body=wire.SourceChange,
        answers={200: Answer("changed", wire.Source)},
        faults=(409,),
    )
    def on_patch(self, req: Request, resp: Response, source: int, body: wire.SourceChange) -> None:
        """Its owner may."""
        with write(self.services.engine) as db:
            changed = sources.change(db, source, req.context.caller.user_id, **given(body))
            view = _views(db, [changed])[0]
        write_json(resp, view)

    @operation("Delete a source", answers={204: Answer("deleted, with all that is in it")})
    def on_delete(self, req: Request, resp: Response, source: int) -> None:
        """Its owner may. Labels, points and classifiers go with it, trainings are cancelled; the media of its images stay."""
        expiry = self.services.settings.result_expiry_seconds
        with write(self.services.engine) as db:
            removal.remove_source(db, source, req.context.caller.user_id, expiry)
        resp.status = 204


class SourceMembers:
    tag = "sources"

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation("List the members of a source", answers={200: Answer("by name", wire.Members)})
    def on_get(self, req: Request, resp: Response, source: int) -> None:
        with read(self.services.engine) as db:
            found = members.find(db, source, req.context.caller.user_id)
        views = [wire.Member(id=one.id, name=one.name, may_edit=one.may_edit) for one in found]
        write_json(resp, wire.Members(members=views))


class SourceMember:
    tag = "sources"

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation("Look at a member of a source", answers={200: Answer("what this user may", wire.Member)})
    def on_get(self, req: Request, resp: Response, source: int, name: str) -> None:
        with read(self.services.engine) as db:
            found = members.find(db, source, req.context.caller.user_id)
        for one in found:
            if one.name == name:
                write_json(resp, wire.Member(id=one.id, name=one.name, may_edit=one.may_edit))
                return
        raise NotFound(f"{name[:100]!r} is no member of this source")

    @operation(
        "Let somebody be a member of a source",
        body=wire.MemberOrder,
        body_is_optional=True,
        answers={200: Answer("may see it from now on", wire.Member)},
    )
    def on_put(self, req: Request, resp: Response, source: int, name: str, body: wire.MemberOrder) -> None:
        """Its owner may. Safe to repeat."""
        with write(self.services.engine) as db:
            caller = req.context.caller.user_id
            sources.get(db, source, caller)
            made = members.put(db, source, caller, _person(db, name), may_edit=body.may_edit)
        write_json(resp, wire.Member(id=made.id, name=made.name, may_edit=made.may_edit))

    @operation("Let a member go", answers={204: Answer("sees the source no longer")})
    def on_delete(self, req: Request, resp: Response, source: int, name: str) -> None:
        """The owner may, and everybody with himself."""
        with write(self.services.engine) as db:
            caller = req.context.caller.user_id
            sources.get(db, source, caller)
            members.remove(db, source, caller, _person(db, name))
        resp.status = 204


def given(body: Struct) -> dict[str, Any]:
    """Return those fields of a change that it names."""
    said = {name: getattr(body, name) for name in body.__struct_fields__}
    return {name: value for name, value in said.items() if value is not UNSET}


def _views(db: sa.Connection, page: list[Source]) -> list[wire.Source]:
    name_by_id = users.names_of(db, {one.owner for one in page})
    counts = sources.counts(db, [one.id for one in page])
    return [source_view(one, name_by_id[one.owner], counts[one.id]) for one in page]


def _person(db: sa.Connection, name: str) -> int:
    """Return the id of the user of this name. Raises NotFound."""
    if not name.isprintable():  # PostgreSQL refuses to look for a NUL
        raise NotFound("there is no user of this name")
    return users.by_name(db, name).id
