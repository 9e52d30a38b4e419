"""Fold an upload into a channel: what must be written, and the manifest that then holds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from pipelines.tiles.cells import Cell
from pipelines.tiles.counts import Counts
from pipelines.tiles.layout import ChunkFacts, add_samples, add_texts, facts
from pipelines.tiles.merge import prune
from pipelines.tiles.pyramid import Page, update_pages
from pipelines.tiles.values import Bins, Samples, Texts, Uploaded

T = TypeVar("T", Samples, Texts)


class Shelf(Protocol):
    """Where one version of a channel is kept."""

    def chunk(self, cell: Cell) -> Samples:
        """Read a chunk of the manifest."""

    def texts(self, cell: Cell) -> Texts:
        """Read a chunk of texts of the manifest."""

    def page(self, tier: int, offset: int) -> Bins:
        """Read a page of the manifest."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one version of a channel consists of; a channel without uploads is `Manifest()`."""

    chunks: Mapping[Cell, ChunkFacts] = field(default_factory=dict)
    texts: Mapping[Cell, ChunkFacts] = field(default_factory=dict)
    pages: frozenset[Page] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A step from one version of a channel to the next.

    chunks, texts, pages: what must be written. manifest: what the next version consists of; of the version before,
    all that it does not name is let go.
    """

    manifest: Manifest
    chunks: dict[Cell, Samples]
    texts: dict[Cell, Texts]
    pages: dict[Page, Bins]


def fold(manifest: Manifest, shelf: Shelf, uploaded: Uploaded) -> Change:
    """Give the change that an upload, stamped with its number, makes to a channel.

    What a version consists of depends on the uploads folded into it, not on their order: see `merge` and `layout`.
    """
    chunks = add_samples(_entries(manifest.chunks), shelf.chunk, uploaded.samples)
    texts = add_texts(_entries(manifest.texts), shelf.texts, uploaded.texts)
    made, made_texts = _kept(chunks), _kept(texts)
    after = _after(manifest.chunks, chunks)
    counts = Counts(Samples, after.values(), lambda cell: made[cell] if cell in made else shelf.chunk(cell))
    pages = update_pages(counts, uploaded.samples.t, manifest.pages, shelf.page)
    made_pages = {page: bins for page, bins in pages.items() if bins is not None}
    after_pages = (manifest.pages - pages.keys()) | made_pages.keys()
    return Change(Manifest(after, _after(manifest.texts, texts), after_pages), made, made_texts, made_pages)


def compact(manifest: Manifest, shelf: Shelf, before: int) -> Change:
    """Give the change that drops tombstones of uploads below `before`, none of which may still come; tiles stay."""
    chunks = _pruned(manifest.chunks, shelf.chunk, before)
    texts = _pruned(manifest.texts, shelf.texts, before)
    left, left_texts = (_none_if_empty(chunks), _none_if_empty(texts))
    after = Manifest(_after(manifest.chunks, left), _after(manifest.texts, left_texts), manifest.pages)
    return Change(after, _kept(left), _kept(left_texts), {})


def _entries(chunks: Mapping[Cell, ChunkFacts]) -> dict[Cell, int]:
    return {cell: chunk.entries for cell, chunk in chunks.items()}


def _kept(changes: Mapping[Cell, T | None]) -> dict[Cell, T]:
    return {cell: entries for cell, entries in changes.items() if entries is not None}


def _after(chunks: Mapping[Cell, ChunkFacts], changes: Mapping[Cell, T | None]) -> dict[Cell, ChunkFacts]:
    made = {cell: facts(cell, entries) for cell, entries in _kept(changes).items()}
    return {cell: chunk for cell, chunk in chunks.items() if cell not in changes} | made


def _pruned(chunks: Mapping[Cell, ChunkFacts], read: Callable[[Cell], T], before: int) -> dict[Cell, T]:
    """Give the chunks that have less in them without those tombstones."""
    with_some = (cell for cell, chunk in chunks.items() if chunk.entries > chunk.n)
    pruned = {cell: prune(read(cell), before) for cell in with_some}
    return {cell: entries for cell, entries in pruned.items() if len(entries) < chunks[cell].entries}


def _none_if_empty(chunks: Mapping[Cell, T]) -> dict[Cell, T | None]:
    return {cell: entries if len(entries) else None for cell, entries in chunks.items()}
