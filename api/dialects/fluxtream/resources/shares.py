"""Who may look at what: an owner lets others read single channels, or everything, photos too."""

from typing import Any

import sqlalchemy as sa
from falcon import Request, Response

from api.dialects.fluxtream.answers import answer
from api.dialects.fluxtream.fields import Fields, fields_of
from api.dialects.fluxtream.reach import check_owner, split_name
from api.services import Services
from darkroom.errors import NotFound
from storage import streams, users
from storage.engine import read, write


class Shares:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_get(self, req: Request, resp: Response, uid: int) -> None:
        check_owner(req, uid)
        with read(self.services.engine) as db:
            answer(resp, {"shares": _listed(db, uid)})

    def on_post(self, req: Request, resp: Response, uid: int) -> None:
        """Let `reader`, a user's name, look at `channel`; at everything when none is named."""
        check_owner(req, uid)
        fields = fields_of(req, self.services.settings.body_limit_bytes)
        with write(self.services.engine) as db:
            streams.share(db, uid, *_named(db, uid, fields))
            answer(resp, {"shares": _listed(db, uid)})

    def on_delete(self, req: Request, resp: Response, uid: int) -> None:
        """Take a share back, named as it was given."""
        check_owner(req, uid)
        fields = fields_of(req, self.services.settings.body_limit_bytes)
        with write(self.services.engine) as db:
            if not streams.unshare(db, uid, *_named(db, uid, fields)):
                raise NotFound("this was not shared")
            answer(resp, {"shares": _listed(db, uid)})


def _named(db: sa.Connection, owner: int, fields: Fields) -> tuple[int, int | None]:
    reader = users.by_name(db, fields.needed("reader")).id
    name = fields.get("channel")
    if name is None:
        return reader, None
    channel = streams.find_channel(db, owner, *split_name(name))
    if channel is None:
        raise NotFound(f"there is no channel {name}")
    return reader, channel.id


def _listed(db: sa.Connection, owner: int) -> list[dict[str, Any]]:
    name_by_reader = {user.id: user.name for user in users.find(db)}
    name_by_channel = {one.id: f"{one.device}.{one.name}" for one in streams.find_channels(db, owner)}
    return [
        {"reader": name_by_reader[reader], "channel": None if channel is None else name_by_channel[channel]}
        for reader, channel in streams.shares_of(db, owner)
    ]
