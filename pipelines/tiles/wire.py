"""Tiles as bytes: JSON as Fluxtream's clients read it, and Arrow."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.errors import BadInput
from pipelines.tiles.tile import Tile
from pipelines.tiles.values import Bins

FIELDS = ("time", "mean", "stddev", "count")
STATS = {"min": "low", "max": "high", "first": "first", "last": "last"}  # name on the wire: column


def tile_json(tile: Tile, *, stats: Sequence[str] = (), raw_width: int | None = None) -> bytes:
    """Give a tile as Fluxtream's clients read it: `fields` name the columns of `data`.

    stats: names out of STATS, appended as columns, null in rows without a number. raw_width: what `sample_width`
    says where nothing was aggregated; None leaves it out. Raises BadInput unknown_stat.
    """
    return msgspec.json.encode(_document(tile, stats, raw_width))


def tiles_json(
    tiles: Mapping[str, Tile], *, stats: Sequence[str] = (), raw_width: int | None = None
) -> bytes:
    """Give tiles of several channels, by name, each as `tile_json` does."""
    documents = {name: _document(tile, stats, raw_width) for name, tile in tiles.items()}
    return msgspec.json.encode({"tiles": documents})


def tile_arrow(tile: Tile, *, stats: Sequence[str] = ()) -> bytes:
    """Give a tile as an Arrow IPC stream; its metadata say level, offset and sample_width."""
    metadata = {"level": str(tile.level), "offset": str(tile.offset), "sample_width": str(tile.width or 0)}
    return _arrow(_table(tile, stats).replace_schema_metadata(metadata))


def tiles_arrow(tiles: Mapping[str, Tile], *, stats: Sequence[str] = ()) -> bytes:
    """Give tiles of several channels in one Arrow IPC stream, with a first column `channel`."""
    tables = [
        _table(tile, stats).add_column(0, "channel", pa.array([name] * len(tile.rows), pa.string()))
        for name, tile in tiles.items()
    ]
    return _arrow(pa.concat_tables(tables, promote_options="default"))


def samples_arrow(rows: Sequence[tuple[float, float]] | Sequence[tuple[float, str]]) -> bytes:
    """Give (seconds, value) as an Arrow IPC stream of the columns `time` and `value`; float64 where there are none."""
    times = pa.array([time for time, _ in rows], pa.float64())
    values: list[Any] = [value for _, value in rows]
    return _arrow(pa.table({"time": times, "value": pa.array(values, None if values else pa.float64())}))


def bins_json(bins: Mapping[str, Bins], level: int) -> bytes:
    """Give means of several channels side by side, at the centres of their bins, as ESDR's multi-tiles."""
    every = np.unique(np.concatenate([part.bin for part in bins.values()])) if bins else np.empty(0, np.int64)
    # Where nothing is, level may be any number: ldexp takes 32 bits of it.
    columns: list[list[float | None]] = [np.ldexp(every + 0.5, level).tolist() if len(every) else []]
    for part in bins.values():
        column = np.full(len(every), None, object)
        column[np.searchsorted(every, part.bin)] = part.mean
        columns.append(column.tolist())
    rows = list(zip(*columns, strict=True))
    return msgspec.json.encode({"full_channel_names": list(bins), "data": rows})


def _document(tile: Tile, stats: Sequence[str], raw_width: int | None) -> dict[str, Any]:
    names, columns = zip(*_columns(tile, stats), strict=True)
    document: dict[str, Any] = {
        "fields": names,
        "data": list(zip(*(_plain(column) for column in columns), strict=True)),
        "level": tile.level,
        "offset": tile.offset,
    }
    if tile.width is not None:
        document["sample_width"] = int(tile.width) if tile.level >= 0 else tile.width
    elif raw_width is not None:
        document["sample_width"] = raw_width
    return {**document, "type": "value"}


def _columns(tile: Tile, stats: Sequence[str]) -> list[tuple[str, NDArray[Any]]]:
    rows = tile.rows
    columns: list[tuple[str, NDArray[Any]]] = [
        ("time", rows.time),
        ("mean", rows.mean),
        ("stddev", rows.stddev),
        ("count", rows.count),
    ]
    if rows.text is not None:
        columns.append(("comment", rows.text))  # clients look for it in the fifth column
    return columns + [(name, _stat(tile, name)) for name in stats]


def _stat(tile: Tile, name: str) -> NDArray[Any]:
    if name not in STATS:
        raise BadInput(f"stats has {name!r}; it takes {', '.join(STATS)}", code="unknown_stat")
    column: NDArray[Any] = getattr(tile.rows, STATS[name])
    return column


def _plain(column: NDArray[Any]) -> list[Any]:
    values: list[Any] = column.tolist()
    if column.dtype == np.float64 and np.isnan(column).any():
        return [None if isnan(value) else value for value in values]
    return values


def _table(tile: Tile, stats: Sequence[str]) -> Any:
    return pa.table({name: pa.array(column, from_pandas=True) for name, column in _columns(tile, stats)})


def _arrow(table: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())
