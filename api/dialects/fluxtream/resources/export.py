"""Samples of several channels as one table of CSV, sent as it is read."""

import math
import re
from collections.abc import Iterator

import msgspec
from falcon import Request, Response

from api import side_by_side
from api.dialects.fluxtream.reach import readable_channel
from api.numbers import number
from api.services import Services
from api.side_by_side import Value
from api.tiles import Tiles
from darkroom.errors import Invalid, NotFound
from storage.streams import Channel

NAME = re.compile(
    r"fluxtream-export(?:-from-(?P<start>-?\d{1,15}(?:\.\d{1,9})?))?(?:-to-(?P<end>-?\d{1,15}(?:\.\d{1,9})?))?\.csv"
)
CHANNELS_LIMIT = 100


class Export:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_get(self, req: Request, resp: Response, uid: int, name: str) -> None:
        """Send a row per moment at which any channel has a sample, from the first named up to but not at the last."""
        match = NAME.fullmatch(name)
        if match is None:
            raise NotFound(f"there is no export {name!r}")
        start, end = float(match["start"] or -math.inf), float(match["end"] or math.inf)
        names = _names_of(req)
        channels = [self._channel(req, uid, one) for one in names]
        resp.content_type = "text/csv; charset=utf-8"
        resp.downloadable_as = name
        lines = _lines(self.services.tiles, channels, start, end)
        resp.stream = side_by_side.csv_blocks(["Time", *names], lines)

    def _channel(self, req: Request, owner: int, name: str) -> Channel:
        channel = readable_channel(self.services, req, owner, name)
        if channel is None:
            raise NotFound(f"there is no channel {name}")
        return channel


def _lines(tiles: Tiles, channels: list[Channel], start: float, end: float) -> Iterator[list[Value]]:
    for seconds, row in side_by_side.rows(tiles, channels, start, end):
        yield [number(seconds), *row]


def _names_of(req: Request) -> list[str]:
    given = req.get_param("channels")
    if given is None:
        raise Invalid("the parameter channels is missing", where="channels")
    try:
        names = msgspec.json.decode(given.encode(), type=list[str])
    except msgspec.MsgspecError as error:
        raise Invalid(f"channels is no JSON array of names: {error}", where="channels") from error
    if any("\x00" in name for name in names):
        raise Invalid("channels has a name with a NUL character", where="channels")
    if not 1 <= len(names) <= CHANNELS_LIMIT or len(set(names)) != len(names):
        raise Invalid(
            f"channels has 1 to {CHANNELS_LIMIT} names, each once", where="channels", limit=CHANNELS_LIMIT
        )
    return names
