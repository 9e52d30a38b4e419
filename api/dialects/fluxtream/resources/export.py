"""Samples of several channels as one table of CSV, sent as it is read."""

import csv
import heapq
import io
import math
import re
from collections.abc import Iterator
from itertools import groupby

import msgspec
from falcon import Request, Response

from api.dialects.fluxtream.reach import readable_channel
from api.dialects.fluxtream.sample_views import number
from api.services import Services
from api.tiles import Tiles
from darkroom.errors import Invalid, NotFound
from storage.streams import Channel

NAME = re.compile(
    r"fluxtream-export(?:-from-(?P<start>-?\d{1,15}(?:\.\d{1,9})?))?(?:-to-(?P<end>-?\d{1,15}(?:\.\d{1,9})?))?\.csv"
)
CHANNELS_LIMIT = 100
BLOCK_BYTES = 1 << 16

Cell = tuple[float, int, str]  # seconds, column, as written


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
        resp.stream = blocks(self.services.tiles, names, channels, start, end)

    def _channel(self, req: Request, owner: int, name: str) -> Channel:
        channel = readable_channel(self.services, req, owner, name)
        if channel is None:
            raise NotFound(f"there is no channel {name}")
        return channel


def blocks(
    tiles: Tiles, names: list[str], channels: list[Channel], start: float, end: float
) -> Iterator[bytes]:
    """Give the table in pieces. Where a channel has a number and a text at one moment, the number is shown."""
    columns = [_cells(tiles, channel, column, start, end) for column, channel in enumerate(channels)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["Time", *names])
    for seconds, cells in groupby(heapq.merge(*columns, key=_when), key=_when):
        row = [""] * len(names)
        for _, column, written in cells:
            row[column] = row[column] or written
        writer.writerow([number(seconds), *row])
        if text.tell() >= BLOCK_BYTES:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _cells(tiles: Tiles, channel: Channel, column: int, start: float, end: float) -> Iterator[Cell]:
    numbers = (
        (seconds, column, str(number(value)))
        for part in tiles.samples(channel, start, end)
        for seconds, value in part
    )
    texts = ((seconds, column, text) for part in tiles.texts(channel, start, end) for seconds, text in part)
    return heapq.merge(numbers, texts, key=_when)  # which is stable: the numbers come first


def _when(cell: Cell) -> float:
    return cell[0]


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
