"""A channel of 1 Hz samples as an upload, and kept in a folder, as a bench of tiles takes it."""

import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from bench.cost import Clock
from pipelines.tiles import (
    Bins,
    Cell,
    Change,
    Manifest,
    Samples,
    Texts,
    Uploaded,
    decode_chunk,
    decode_page,
    decode_texts,
    encode_chunk,
    encode_page,
    encode_texts,
    fold,
)
from pipelines.tiles.parse import parse_json
from pipelines.tiles.values import Floats, stamp

START = 1_500_000_000.0
SLICE = 1 << 18  # rows that are written to a file at once
HELD = 64  # decoded chunks and pages that a warm process keeps


class FolderShelf:
    """Chunks and pages as files, packed but for the last chunk, which still grows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = Manifest()

    def chunk(self, cell: Cell) -> Samples:
        return decode_chunk(self._path("chunk", cell.level, cell.offset).read_bytes())

    def texts(self, cell: Cell) -> Texts:
        return decode_texts(self._path("texts", cell.level, cell.offset).read_bytes())

    def page(self, tier: int, offset: int) -> Bins:
        return decode_page(self._path("page", tier, offset).read_bytes())

    def put(self, change: Change) -> None:
        """Write what a change makes; what it lets go stays behind."""
        growing = max(change.manifest.chunks, key=lambda cell: cell.start, default=None)
        for cell, samples in change.chunks.items():
            data = encode_chunk(samples, packed=cell != growing)
            self._path("chunk", cell.level, cell.offset).write_bytes(data)
        for cell, texts in change.texts.items():
            self._path("texts", cell.level, cell.offset).write_bytes(encode_texts(texts))
        for (tier, offset), bins in change.pages.items():
            self._path("page", tier, offset).write_bytes(encode_page(bins, offset))
        self.manifest = change.manifest

    def size_bytes(self) -> int:
        """Give the bytes of all that the manifest names."""
        chunks = [self._path("chunk", cell.level, cell.offset) for cell in self.manifest.chunks]
        pages = [self._path("page", *page) for page in self.manifest.pages]
        return sum(path.stat().st_size for path in [*chunks, *pages])

    def _path(self, kind: str, level: int, offset: int) -> Path:
        return self.folder / f"{kind}.{level}.{offset}"


class WarmShelf:
    """A shelf that keeps what it decoded last, as a process that serves tiles does."""

    def __init__(self, shelf: FolderShelf) -> None:
        self.chunk: Callable[[Cell], Samples] = lru_cache(HELD)(shelf.chunk)
        self.texts: Callable[[Cell], Texts] = lru_cache(HELD)(shelf.texts)
        self.page: Callable[[int, int], Bins] = lru_cache(HELD)(shelf.page)


def walk(count: int) -> tuple[Samples, Texts]:
    """Give samples of a random walk with three decimals, one a second."""
    values: Floats = np.random.default_rng(1).normal(size=count).cumsum().round(3)
    return Samples(START + np.arange(count, dtype=np.float64), values, stamp(0, count)), Texts.joined([])


def write_json(samples: Samples, path: Path) -> None:
    """Write samples as an upload of one channel."""
    with path.open("w") as file:
        file.write('{"channel_names":["walk"],"data":[')
        for at in range(0, len(samples), SLICE):
            part = samples.take(slice(at, at + SLICE))
            rows = zip(part.t.tolist(), part.v.tolist(), strict=True)
            file.write("," * bool(at) + ",".join(f"[{t:.0f},{v:.3f}]" for t, v in rows))
        file.write("]}")


def import_json(clock: Clock, path: Path, folder: Path) -> Manifest:
    """Parse an upload, fold it into an empty channel, and write that; a lap."""
    shelf = FolderShelf(folder)
    with clock.lap(), path.open("rb") as file:
        uploaded = parse_json(file).batch.channels["walk"].stamped(1)
        shelf.put(fold(Manifest(), shelf, uploaded))
    return shelf.manifest


def append(shelf: FolderShelf, count: int, seq: int) -> float:
    """Fold `count` samples in at the end of a channel, and write what changes; return the seconds."""
    last = max(chunk.t_max or 0 for chunk in shelf.manifest.chunks.values())
    steps = np.arange(count, dtype=np.float64)
    samples = Samples(last + 1 + steps, steps / 10, stamp(seq, count))
    begin = time.perf_counter()
    shelf.put(fold(shelf.manifest, shelf, Uploaded(samples, Texts.joined([]).stamped(seq))))
    return time.perf_counter() - begin
