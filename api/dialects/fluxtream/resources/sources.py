"""What there is to look at: the sources of a user with their channels, and how each is drawn."""

import time
from typing import Any

import falcon
from falcon import Request, Response

from api.bodies import decode
from api.dialects.fluxtream.answers import answer, answer_done
from api.dialects.fluxtream.fields import fields_of
from api.dialects.fluxtream.manner import Manner
from api.dialects.fluxtream.reach import DENIED, caller_of, check_owner, owns, split_name
from api.dialects.fluxtream.sample_views import sources_view
from api.services import Services
from darkroom.errors import Forbidden, NotFound
from storage import streams
from storage.engine import read, write
from storage.fluxtream import photos

STYLED = "Channel style set"


class Sources:
    speaks = ""

    def __init__(self, services: Services, manner: Manner) -> None:
        self.services = services
        self._manner = manner

    def on_get(self, req: Request, resp: Response, uid: int) -> None:
        answer(resp, {"sources": self._seen(req, uid)})

    def _seen(self, req: Request, owner: int, device: str | None = None) -> list[dict[str, Any]]:
        """Return what the caller may see of the owner's. Raises Forbidden, under v1, when that is nothing at all."""
        caller = caller_of(req)
        reader = None if owns(req, owner) else caller.user_id
        with read(self.services.engine) as db:
            channels = streams.find_channels(db, owner, device=device, reader=reader)
            sees_all = reader is None or streams.may_read(db, reader, owner)
            span = photos.span(db, owner) if sees_all and device in {None, photos.DEVICE} else None
        if not (channels or sees_all or self._manner.is_legacy):
            raise Forbidden(DENIED.format(owner=owner))
        return sources_view(channels, span)


class GraphSpecs(Sources):
    """One source; a grapher takes its times as the axis to begin with."""

    def on_get(self, req: Request, resp: Response, uid: int, source: str) -> None:  # type: ignore[override]
        seen = self._seen(req, uid, source)
        now = time.time()
        info = {"name": source, "channels": [], "min_time": now - 1, "max_time": now} | (
            seen[0] if seen else {}
        )
        answer(resp, {"info": info})


class ChannelStyle:
    speaks = ""

    def __init__(self, services: Services, manner: Manner) -> None:
        self.services = services
        self._manner = manner

    def on_post(self, req: Request, resp: Response, uid: int, channel: str) -> None:
        check_owner(req, uid)
        settings = self.services.settings
        given = fields_of(req, settings.body_limit_bytes).needed("user_default_style")
        style = decode(given.encode(), settings.json_depth_limit)
        with write(self.services.engine) as db:
            found = streams.find_channel(db, uid, *split_name(channel))
            if found is None:
                raise NotFound(f"there is no channel {channel}")
            streams.set_style(db, uid, found.id, style)
        if self._manner.is_legacy:
            answer_done(resp, self._manner, STYLED)
        else:
            resp.content_type, resp.text = falcon.MEDIA_TEXT, STYLED
