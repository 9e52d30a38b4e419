"""A tile of a channel, read here and now, with a tag by which it need not be sent again."""

import hashlib
from typing import Any

import falcon
from falcon import Request, Response

from api import conditional
from api.dialects.fluxtream.answers import encode
from api.dialects.fluxtream.manner import Manner
from api.dialects.fluxtream.reach import readable_channel
from api.dialects.fluxtream.spots import Spot, read_spot
from api.services import Services
from api.tiles import Asked
from darkroom.errors import Forbidden, Invalid
from storage.streams import Channel

CACHE = "private, no-cache"  # to be kept, and asked for each time: the answer is mostly 304
STATS_LIMIT = 4


class Tile:
    speaks = ""

    def __init__(self, services: Services, manner: Manner) -> None:
        self.services = services
        self._manner = manner

    def on_get(self, req: Request, resp: Response, *, uid: int, channel: str, spot: str) -> None:
        """Send the tile; an empty one for a channel that is not there, and, by the older paths, for one not shared."""
        where = read_spot(spot)
        found = self._channel(req, uid, channel)
        if found is None:
            self._send_empty(req, resp, where)
            return
        asked = Asked(level=where.level, offset=where.offset, stats=_stats_of(req), raw_width=0)
        tile = self.services.tiles.find([found], asked, asof=_asof_of(req))
        if _is_to_be_sent(req, resp, tile.etag.strip('"')):
            resp.content_type = falcon.MEDIA_JSON
            resp.data = tile.make()

    def _channel(self, req: Request, owner: int, name: str) -> Channel | None:
        try:
            return readable_channel(self.services, req, owner, name)
        except Forbidden:
            if not self._manner.is_legacy:
                raise
            return None

    def _send_empty(self, req: Request, resp: Response, where: Spot) -> None:
        body = encode(empty_tile(where))
        if _is_to_be_sent(req, resp, hashlib.sha256(body).hexdigest()[:32]):
            resp.content_type = falcon.MEDIA_JSON
            resp.data = body


def empty_tile(where: Spot) -> dict[str, Any]:
    """Return a tile without a row."""
    return {
        "fields": ["time", "mean", "stddev", "count"],
        "data": [],
        "level": where.level,
        "offset": where.offset,
        "sample_width": 0,
        "type": "value",
    }


def _is_to_be_sent(req: Request, resp: Response, tag: str) -> bool:
    resp.set_header("ETag", f'"{tag}"')
    resp.set_header("Cache-Control", CACHE)
    resp.set_header("Vary", "Authorization")
    if conditional.is_known(req, tag):
        conditional.answer_unchanged(resp)
        return False
    return True


def _stats_of(req: Request) -> tuple[str, ...]:
    given = [name.strip() for name in (req.get_param("stats") or "").split(",") if name.strip()]
    if len(given) > STATS_LIMIT:
        raise Invalid("stats names at most min, max, first, last", where="stats", limit=STATS_LIMIT)
    return tuple(given)


def _asof_of(req: Request) -> int | None:
    """Return the number of an upload: the tile is as it was right after it. Raises Invalid."""
    given = req.get_param("asof")
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= 18):
        raise Invalid("asof is the logrec_id of an upload", where="asof")
    return int(given)
