"""Samples of a feed's channels as one table, CSV or JSON, sent as it is read."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import falcon
import msgspec
from falcon import Request, Response

from api import side_by_side
from api.dialects.esdr.reach import feed_of, readable_channel
from api.dialects.esdr.spots import read_names
from api.numbers import number
from api.services import Services
from api.side_by_side import Value
from darkroom.errors import Invalid, NotFound
from storage.engine import read
from storage.feeds import Feed
from storage.streams import Channel

SECONDS = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
CHANNELS_LIMIT = 100
FORMATS = {"csv": "text/csv; charset=utf-8", "json": falcon.MEDIA_JSON}
FLUSH_LINES = 1000

Stamp = Callable[[float], Value]


class Export:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_get(self, req: Request, resp: Response, named: str, channel: str) -> None:
        """Send a row per moment at which any channel of the list has a sample: `from` <= time < `to`."""
        feed = feed_of(req, named)
        format, stamp = _format_of(req), _stamp_of(req)
        start, end = _seconds_of(req, "from", -math.inf), _seconds_of(req, "to", math.inf)
        if end < start:
            raise Invalid("to is before from", where="to", limit=start)
        found = self._channels(req, feed, read_names(channel, CHANNELS_LIMIT))
        names = [f"{feed.name()}.{one.name}" for one in found]
        rows = side_by_side.rows(self.services.tiles, found, start, end)
        lines = ([stamp(seconds), *row] for seconds, row in rows)
        resp.content_type = FORMATS[format]
        resp.downloadable_as = f"feed-{feed.name()}.{format}"
        resp.stream = (
            _json_blocks(names, lines)
            if format == "json"
            else side_by_side.csv_blocks(["EpochTime" if stamp is number else "Time", *names], lines)
        )

    def _channels(self, req: Request, feed: Feed, names: list[str]) -> list[Channel]:
        with read(self.services.engine) as db:
            found = {name: readable_channel(db, req, feed, name) for name in names}
        missing = [name for name, one in found.items() if one is None]
        if missing:
            raise NotFound(f"feed {feed.name()} has no channel {missing[0][:200]}")
        return [one for one in found.values() if one is not None]


def _format_of(req: Request) -> str:
    format = req.get_param("format") or "csv"
    if format not in FORMATS:
        raise Invalid(f"format {format[:40]!r} is none of csv, json", where="format")
    return format


def _seconds_of(req: Request, name: str, default: float) -> float:
    given = req.get_param(name)
    if given is None:
        return default
    if not SECONDS.fullmatch(given):
        raise Invalid(f"{name} {given[:40]!r} is no time in seconds since 1970", where=name)
    return float(given)


def _stamp_of(req: Request) -> Stamp:
    """Return how times are written: seconds since 1970; with a timezone ISO 8601, where the year has four digits."""
    name = req.get_param("timezone")
    if name is None:
        return number
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # a folder of zones is an OSError
        raise Invalid(
            f"timezone {name[:40]!r} is none of IANA's, such as Europe/Vienna", where="timezone"
        ) from error

    def stamp(seconds: float) -> Value:
        try:
            return datetime.fromtimestamp(seconds, zone).isoformat()
        except (ValueError, OverflowError, OSError):
            return number(seconds)

    return stamp


def _json_blocks(names: Sequence[str], lines: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    """Give `{"channel_names": […], "data": [[time, value, …], …]}` in pieces."""
    held = [b'{"channel_names":%b,"data":[' % msgspec.json.encode(names)]
    comma = b""
    for line in lines:
        held += (comma, msgspec.json.encode(line))
        comma = b",\n"
        if len(held) > FLUSH_LINES:
            yield b"".join(held)
            held = []
    yield b"".join([*held, b"]}"])
