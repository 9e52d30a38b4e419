"""Tiles of a channel, and the means of several side by side; read here and now."""

import falcon
import msgspec
from falcon import Request, Response

from api import conditional
from api.dialects.esdr.credential import HEADER
from api.dialects.esdr.envelope import answer
from api.dialects.esdr.reach import feed_of, named_channel, readable_channel
from api.dialects.esdr.spots import read_names, read_spot
from api.services import Services
from api.tiles import Asked
from darkroom.errors import Invalid
from storage.engine import read

CACHE = "private, no-cache"  # to be kept, and asked for each time: the answer is mostly 304


class Tile:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_get(self, req: Request, resp: Response, named: str, channel: str, spot: str) -> None:
        """Send the tile; an empty one for a channel that is not there."""
        level, offset = read_spot(spot)
        feed = feed_of(req, named)
        with read(self.services.engine) as db:
            found = readable_channel(db, req, feed, channel)
        _set_cache(resp)
        if found is None:
            answer(resp, _empty(level, offset))
            return
        tile = self.services.tiles.find([found], Asked(level=level, offset=offset, raw_width=0))
        resp.set_header("ETag", tile.etag)
        if conditional.is_known(req, tile.etag.strip('"')):
            conditional.answer_unchanged(resp)
            return
        answer(resp, tile.make())


class MultiTile:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_get(self, req: Request, resp: Response, channels: str, spot: str) -> None:
        """Send the means in each bin's centre, without an envelope, as these clients read it."""
        level, offset = read_spot(spot)
        names = read_names(channels, self.services.settings.streams_tile_channels_limit)
        with read(self.services.engine) as db:
            found = [named_channel(db, req, name) for name in names]
        if len({one.id for one in found}) < len(found):
            raise Invalid("two of the names mean one channel", where="channels")
        _set_cache(resp)
        resp.content_type = falcon.MEDIA_JSON
        resp.data = self.services.tiles.means(found, level, offset)


def _set_cache(resp: Response) -> None:
    resp.set_header("Cache-Control", CACHE)
    resp.set_header("Vary", f"Authorization, {HEADER}")


def _empty(level: int, offset: int) -> bytes:
    return msgspec.json.encode(
        {
            "fields": ["time", "mean", "stddev", "count"],
            "data": [],
            "level": level,
            "offset": offset,
            "sample_width": 0,
            "type": "value",
        }
    )
