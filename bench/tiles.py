"""Sensor streams: import, append, size, and tiles at every level, against DuckDB and Polars over one Parquet file."""

import random
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import tiles_peers as peers
from bench import tiles_service
from bench.cost import fresh
from bench.rows import ROUNDS, Row, at_most, faster
from bench.tiles_shelf import START, FolderShelf, WarmShelf, append, import_json, walk, write_json
from pipelines.tiles import Channel, Shelf, read_tile, tile_json

SHORT, LONG = 1_000_000, 10_000_000
LEVELS = range(-8, 21)
TILES = 21  # of each level
COARSE = 14  # a tile of it covers 97 days: most of the ten million samples
OWN_TILES = 10  # a lap: one alone would mostly time the caches that the peers' threads left behind
APPENDED, APPENDS = 1000, 21
MB = 1_000_000
CPU_GOAL, PEAK_GOAL, COLD_GOAL, CACHED_GOAL, RATIO_GOAL, SIZE_GOAL = 10.0, 500.0, 5.0, 1.0, 100.0, 16.0


def run() -> Iterator[Row]:
    """Measure, row by row."""
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder:
        place = Path(folder)
        yield from _imported(place, SHORT)
        yield from _imported(place, LONG)
        shelf = FolderShelf(place / str(LONG))
        shelf.manifest = fresh(import_json, place / f"{LONG}.json", shelf.folder).answer
        yield at_most("bytes of a sample, pages and all", shelf.size_bytes() / LONG, "B", SIZE_GOAL)
        yield from _latencies(shelf)
        yield from _against_peers(shelf, place)
        laps = [append(shelf, APPENDED, seq) for seq in range(2, 2 + APPENDS)]
        yield Row(f"append of {APPENDED} to 10 M, without a store", f"{statistics.median(laps) * 1e3:.1f} ms")
        yield from tiles_service.run(place / f"{LONG}.json", LONG)


def _imported(place: Path, count: int) -> Iterator[Row]:
    samples, _ = walk(count)
    write_json(samples, place / f"{count}.json")
    (place / str(count)).mkdir()
    outcome = fresh(import_json, place / f"{count}.json", place / str(count))
    name = f"import of {count // MB} M from JSON, without a store"
    yield at_most(f"{name}: CPU", outcome.laps[0].cpu_seconds, "s", CPU_GOAL)
    yield at_most(f"{name}: peak memory", outcome.peak_bytes / MB, "MB", PEAK_GOAL)


def _latencies(shelf: FolderShelf) -> Iterator[Row]:
    """Time tiles: cold ones read and decode files, cached ones find them decoded."""
    worst_cold = worst_cached = 0.0
    for level in LEVELS:
        chance = random.Random(level)
        offsets = [int((START + chance.uniform(0, LONG)) // 2.0 ** (level + 9)) for _ in range(TILES)]
        cold = statistics.median(_seconds(shelf, shelf, level, at) for at in offsets)
        warm = WarmShelf(shelf)
        cached = statistics.median(_warm_seconds(shelf, warm, level, at) for at in offsets)
        yield Row(f"tile at level {level}: cold, cached", f"{cold * 1e3:.2f} ms, {cached * 1e3:.2f} ms")
        worst_cold, worst_cached = max(worst_cold, cold), max(worst_cached, cached)
    yield at_most("tile, cold: p50 of the slowest level", worst_cold * 1e3, "ms", COLD_GOAL)
    yield at_most("tile, cached: p50 of the slowest level", worst_cached * 1e3, "ms", CACHED_GOAL)


def _warm_seconds(shelf: FolderShelf, warm: WarmShelf, level: int, offset: int) -> float:
    _tile(shelf, warm, level, offset)
    return _seconds(shelf, warm, level, offset)


def _seconds(shelf: FolderShelf, source: Shelf, level: int, offset: int) -> float:
    return peers.seconds(lambda: _tile(shelf, source, level, offset))


def _tile(shelf: FolderShelf, source: Shelf, level: int, offset: int) -> bytes:
    return tile_json(read_tile(level, offset, Channel(shelf.manifest, source)))


def _against_peers(shelf: FolderShelf, place: Path) -> Iterator[Row]:
    """Time a coarse tile, the three ways taking turns, and see that they agree."""
    path, offset = place / "walk.parquet", int((START + LONG / 2) // 2.0 ** (COARSE + 9))
    peers.write_parquet(walk(LONG)[0], path)
    laps: dict[str, list[float]] = {"ours": [], "DuckDB": [], "Polars": []}
    ways: dict[str, Callable[[], object]] = {
        "ours": lambda: _tile(shelf, shelf, COARSE, offset),
        "DuckDB": lambda: peers.duckdb_tile(path, COARSE, offset),
        "Polars": lambda: peers.polars_tile(path, COARSE, offset),
    }
    for _ in range(ROUNDS):
        for name, way in ways.items():
            laps[name].append(_lap(way, OWN_TILES if name == "ours" else 1))
    for name in ("DuckDB", "Polars"):
        ours, theirs = statistics.median(laps["ours"]), statistics.median(laps[name])
        yield faster(f"coarse tile of 10 M against {name}", ours, theirs, RATIO_GOAL)
    yield _agreement(shelf, path, offset)


def _lap(way: Callable[[], object], times: int) -> float:
    """Give the seconds of one of several runs in a row."""
    return peers.seconds(lambda: [way() for _ in range(times)]) / times


def _agreement(shelf: FolderShelf, path: Path, offset: int) -> Row:
    """Say by how much our stddev and theirs differ: only ours keeps its digits at any value."""
    rows = read_tile(COARSE, offset, Channel(shelf.manifest, shelf)).rows
    ours = {float(t): (n, sd) for t, n, sd in zip(rows.time, rows.count, rows.stddev, strict=True) if n}
    theirs = peers.polars_tile(path, COARSE, offset)
    same = [n for (n, _), row in zip(ours.values(), theirs, strict=True) if n == row[3]]
    apart = max(abs(sd - row[2]) / sd for (_, sd), row in zip(ours.values(), theirs, strict=True))
    told = f"{len(same)} of {len(theirs)} counts, stddev within {apart:.0e}"
    return Row("coarse tile: the same as Polars gives", told, goal="all", met=len(same) == len(theirs))
