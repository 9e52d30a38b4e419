"""Samples of several channels as one table, a row per moment, sent as it is read."""

import csv
import heapq
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from api.numbers import number
from api.tiles import Tiles
from storage.streams import Channel

BLOCK_BYTES = 1 << 16

Value = float | int | str | None
Cell = tuple[float, int, float | int | str]  # seconds, column, what is there


def rows(
    tiles: Tiles, channels: Sequence[Channel], start: float, end: float
) -> Iterator[tuple[float, list[Value]]]:
    """Give each moment with start <= seconds < end at which any channel has a sample, and what each has, None: nothing.

    Where a channel has a number and a text at one moment, the number is shown.
    """
    columns = [_cells(tiles, channel, column, start, end) for column, channel in enumerate(channels)]
    for seconds, cells in groupby(heapq.merge(*columns, key=_when), key=_when):
        row: list[Value] = [None] * len(channels)
        for _, column, value in cells:
            if row[column] is None:
                row[column] = value
        yield seconds, row


def csv_blocks(header: Sequence[str], lines: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    """Give a table of CSV in pieces; None is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for line in lines:
        writer.writerow(line)
        if text.tell() >= BLOCK_BYTES:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _cells(tiles: Tiles, channel: Channel, column: int, start: float, end: float) -> Iterator[Cell]:
    numbers = (
        (seconds, column, number(value))
        for part in tiles.samples(channel, start, end)
        for seconds, value in part
    )
    texts = ((seconds, column, text) for part in tiles.texts(channel, start, end) for seconds, text in part)
    return heapq.merge(numbers, texts, key=_when)  # which is stable: the numbers come first


def _when(cell: Cell) -> float:
    return cell[0]
