"""A channel in memory, kept as bytes, as a store keeps it."""

import numpy as np

from pipelines.tiles import (
    Channel,
    Manifest,
    Samples,
    Texts,
    Uploaded,
    compact,
    decode_chunk,
    decode_page,
    decode_texts,
    encode_chunk,
    encode_page,
    encode_texts,
    fold,
    latest,
    read_tile,
)


class MemoryShelf:
    """Uploads go in, tiles come out."""

    def __init__(self):
        self.manifest = Manifest()
        self.chunks, self.words, self.pages = {}, {}, {}
        self.read = []

    def chunk(self, cell):
        self.read.append(cell)
        return decode_chunk(self.chunks[cell])

    def texts(self, cell):
        return decode_texts(self.words[cell])

    def page(self, tier, offset):
        self.read.append((tier, offset))
        return decode_page(self.pages[tier, offset])

    def upload(self, seq, numbers=(), texts=()):
        """Fold rows (t, v) and (t, text) in; NaN and None delete."""
        self.apply(fold(self.manifest, self, uploaded(numbers, texts).stamped(seq)))

    def compact(self, before):
        self.apply(compact(self.manifest, self, before))

    def apply(self, change):
        self.chunks.update({cell: encode_chunk(part, packed=True) for cell, part in change.chunks.items()})
        self.words.update({cell: encode_texts(part) for cell, part in change.texts.items()})
        self.pages.update({page: encode_page(bins, page[1]) for page, bins in change.pages.items()})
        self.manifest = change.manifest
        self.chunks = {cell: self.chunks[cell] for cell in self.manifest.chunks}
        self.words = {cell: self.words[cell] for cell in self.manifest.texts}
        self.pages = {page: self.pages[page] for page in self.manifest.pages}

    def tile(self, level, offset):
        return read_tile(level, offset, Channel(self.manifest, self))

    def rows(self, level, offset):
        return rows(self.tile(level, offset))


def uploaded(numbers=(), texts=()):
    t, v = np.array(list(numbers), float).reshape(-1, 2).T
    words = np.empty(len(texts), object)
    words[:] = [word for _, word in texts]
    said = Texts(np.array([t for t, _ in texts], float), words, np.zeros(len(texts), np.int64))
    return Uploaded(latest(Samples(t, v, np.zeros(len(t), np.int64))), latest(said))


def rows(tile):
    """Give a tile's rows as the reference does."""
    found = tile.rows
    text = [None] * len(found) if found.text is None else found.text.tolist()
    columns = (found.time.tolist(), found.mean.tolist(), found.stddev.tolist(), found.count.tolist(), text)
    return [list(row) for row in zip(*columns, strict=True)]


def small_limits(monkeypatch, limit=100):
    """Let chunks and pages be as many in a small channel as they are in a large one."""
    monkeypatch.setattr("pipelines.tiles.layout.CHUNK_LIMIT", limit)
    monkeypatch.setattr("pipelines.tiles.pyramid.RAW_LIMIT", limit)
