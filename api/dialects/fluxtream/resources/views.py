"""Saved views of the grapher; each user has their own."""

from typing import Any

import falcon
import msgspec
import sqlalchemy as sa
from falcon import Request, Response
from sqlalchemy.exc import IntegrityError

from api.bodies import decode
from api.dialects.fluxtream.answers import answer
from api.dialects.fluxtream.fields import fields_of
from api.dialects.fluxtream.reach import check_owner
from api.faults import BODY
from api.services import Services
from darkroom.errors import Conflict, Invalid
from storage.engine import read, write
from storage.fluxtream import views
from storage.fluxtream.views import View

NAME_LIMIT = 200  # characters


class Views:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_get(self, req: Request, resp: Response, uid: int) -> None:
        check_owner(req, uid)
        with read(self.services.engine) as db:
            answer(resp, {"views": _listed(db, uid)})

    def on_post(self, req: Request, resp: Response, uid: int) -> None:
        """Save a view; one of the same name is written over."""
        check_owner(req, uid)
        settings = self.services.settings
        fields = fields_of(req, settings.body_limit_bytes)
        name, data = fields.needed("name").strip(), fields.needed("data")
        if not 1 <= len(name) <= NAME_LIMIT:
            raise Invalid(f"name has 1 to {NAME_LIMIT} characters", where=BODY, limit=NAME_LIMIT)
        decode(data.encode(), settings.json_depth_limit)
        try:
            view_id = self._save(uid, name, data)
        except IntegrityError:  # the same name at the same moment: the other request made it
            view_id = self._save(uid, name, data)
        with read(self.services.engine) as db:
            answer(resp, {"saved_view_id": view_id, "views": _listed(db, uid)})

    def _save(self, owner: int, name: str, data: str) -> int:
        limit = self.services.settings.views_limit
        with write(self.services.engine) as db:
            view_id = views.put(db, owner, name, data)
            if views.count(db, owner) > limit:
                raise Conflict(f"{limit} views are saved; that is the limit")
            return view_id


class ViewItem:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_get(self, req: Request, resp: Response, uid: int, view: int) -> None:
        """Send what the grapher saved, as it was."""
        check_owner(req, uid)
        with write(self.services.engine) as db:
            found = views.use(db, uid, view)
        resp.content_type = falcon.MEDIA_JSON
        resp.text = found.data

    def on_delete(self, req: Request, resp: Response, uid: int, view: int) -> None:
        check_owner(req, uid)
        with write(self.services.engine) as db:
            views.remove(db, uid, view)
            answer(resp, {"views": _listed(db, uid)})


def _listed(db: sa.Connection, owner: int) -> list[dict[str, Any]]:
    return [
        {
            "id": view.id,
            "last_used": round(view.used_at * 1000),
            "name": view.name,
            "time_range": _range_of(view),
        }
        for view in views.find(db, owner)
    ]


def _range_of(view: View) -> dict[str, float]:
    """Return the range of time in ms that a view shows: what the grapher keeps of its axis, in seconds."""
    try:
        axis = msgspec.json.decode(view.data)["v2"]["x_axis"]
        return {"min": round(axis["min"] * 1000), "max": round(axis["max"] * 1000)}
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
        return {"min": 0, "max": 0}
