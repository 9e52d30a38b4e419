"""Tiles of channels, at any zoom."""

import falcon
from falcon import Request, Response

from api import conditional
from api.dialects.native import channel_wire as wire
from api.dialects.native.channel_query import names_beside, readable_channel, stats_of, whole_number
from api.dialects.native.resources.samples import ARROW
from api.services import Services
from api.tiles import Asked, Found
from api.typed import Answer, operation
from storage.engine import read

KEPT = ("ETag", "Cache-Control", "Vary")


class ChannelTile:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Read a tile",
        query=wire.TileQuery,
        headers={
            "If-None-Match": "the ETag of the answer before",
            "Accept": f"`{ARROW}` for an Arrow stream",
        },
        answers={
            200: Answer(
                "the tile; of several channels, all of theirs",
                (wire.Tile, wire.Tiles),
                headers=KEPT,
                pictures=(ARROW,),
            ),
            304: Answer("nothing changed", headers=KEPT),
        },
        faults=(410,),
    )
    def on_get(
        self,
        req: Request,
        resp: Response,
        *,
        device: str,
        channel: str,
        level: str,
        offset: str,
        query: wire.TileQuery,
    ) -> None:
        """The times from `offset * 2**(level + 9)` seconds on, in 512 bins of `2**level` seconds, each a row with mean,
        spread and count; or the samples themselves, if they are no more than 512. Where the line of a graph must break,
        a row has mean -1e308 and count 0. With `with`, several channels come in one answer.
        """
        asked = Asked(
            level=whole_number(level, "level"),
            offset=whole_number(offset, "offset"),
            form="arrow" if prefers_arrow(req, falcon.MEDIA_JSON) else "json",
            stats=stats_of(query.stats),
        )
        found = self._found(req, f"{device}.{channel}", query, asked)
        resp.set_header("ETag", found.etag)
        resp.set_header("Cache-Control", "private, no-cache")
        resp.set_header("Vary", "Accept, Authorization")
        if conditional.is_known(req, found.etag.strip('"')):
            conditional.answer_unchanged(resp)
            return
        resp.content_type = ARROW if asked.form == "arrow" else falcon.MEDIA_JSON
        resp.data = found.make()

    def _found(self, req: Request, full: str, query: wire.TileQuery, asked: Asked) -> Found:
        limit = self.services.settings.streams_tile_channels_limit
        names = names_beside(full, query.beside, limit)
        with read(self.services.engine) as db:
            channels = [readable_channel(db, req, name, query.owner) for name in names]
        return self.services.tiles.find(channels, asked, asof=query.asof)


def prefers_arrow(req: Request, *others: str) -> bool:
    """Tell whether the answer is to be Arrow. Raises 406 when none of what is spoken here is wanted."""
    spoken = (*others, ARROW)
    preferred = req.client_prefers(spoken)
    if preferred is None:
        raise falcon.HTTPNotAcceptable(description=f"this is answered in {' or '.join(spoken)}")
    return preferred == ARROW
