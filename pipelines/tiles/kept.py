"""A channel as a ledger and a store keep it: rows that name blobs, and a tail that is yet to be folded in."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from pipelines.tiles.cells import Cell
from pipelines.tiles.chunk import decode_chunk, decode_texts
from pipelines.tiles.fold import Change, Manifest, Shelf, fold
from pipelines.tiles.layout import ChunkFacts
from pipelines.tiles.merge import merge
from pipelines.tiles.page import decode_page
from pipelines.tiles.values import Bins, Samples, Texts, Uploaded

T = TypeVar("T", Samples, Texts, Bins)


class ChunkRow(Protocol):
    """What is kept of a chunk; level and place are those of its cell, the rest as in `ChunkFacts`."""

    @property
    def is_text(self) -> bool: ...
    @property
    def level(self) -> int: ...
    @property
    def place(self) -> int: ...
    @property
    def entries(self) -> int: ...
    @property
    def n(self) -> int: ...
    @property
    def t_min(self) -> float | None: ...
    @property
    def t_max(self) -> float | None: ...
    @property
    def v_min(self) -> float | None: ...
    @property
    def v_max(self) -> float | None: ...
    @property
    def key(self) -> str: ...


class PageRow(Protocol):
    """What is kept of a page."""

    @property
    def tier(self) -> int: ...
    @property
    def place(self) -> int: ...
    @property
    def key(self) -> str: ...


class Load(Protocol):
    """Reads a blob by its key, and decodes it, or remembers what it was."""

    def __call__(self, key: str, decode: Callable[[bytes], T], /) -> T: ...


class Kept:
    """A `Shelf` of blobs that rows name."""

    def __init__(self, chunks: Iterable[ChunkRow], pages: Iterable[PageRow], load: Load) -> None:
        self._chunks: dict[tuple[bool, Cell], str] = {
            (row.is_text, cell_of_row(row)): row.key for row in chunks
        }
        self._pages = {(row.tier, row.place): row.key for row in pages}
        self._load = load

    def chunk(self, cell: Cell) -> Samples:
        return self._load(self._chunks[False, cell], decode_chunk)

    def texts(self, cell: Cell) -> Texts:
        return self._load(self._chunks[True, cell], decode_texts)

    def page(self, tier: int, offset: int) -> Bins:
        return self._load(self._pages[tier, offset], decode_page)


class Changed:
    """A `Shelf` on which a change lies over what was there before."""

    def __init__(self, change: Change, before: Shelf) -> None:
        self._change = change
        self._before = before

    def chunk(self, cell: Cell) -> Samples:
        return self._change.chunks[cell] if cell in self._change.chunks else self._before.chunk(cell)

    def texts(self, cell: Cell) -> Texts:
        return self._change.texts[cell] if cell in self._change.texts else self._before.texts(cell)

    def page(self, tier: int, offset: int) -> Bins:
        found = self._change.pages.get((tier, offset))
        return self._before.page(tier, offset) if found is None else found


def cell_of_row(row: ChunkRow) -> Cell:
    """Give the cell that a row's chunk holds."""
    return Cell(row.level, row.place)


def manifest_of(chunks: Sequence[ChunkRow], pages: Iterable[PageRow]) -> Manifest:
    """Give what these rows say a version of a channel consists of."""
    return Manifest(
        {cell_of_row(row): _facts(row) for row in chunks if not row.is_text},
        {cell_of_row(row): _facts(row) for row in chunks if row.is_text},
        frozenset((row.tier, row.place) for row in pages),
    )


def joined(said: Sequence[Uploaded]) -> Uploaded:
    """Give what several uploads, each stamped with its number, say together."""
    samples, texts = Samples.joined([]), Texts.joined([])
    for one in said:
        samples, texts = merge(samples, one.samples), merge(texts, one.texts)
    return Uploaded(samples, texts)


def with_tail(manifest: Manifest, shelf: Shelf, tail: Sequence[Uploaded]) -> tuple[Manifest, Shelf]:
    """Give a channel as it would be with its tail folded in, exactly."""
    if not tail:
        return manifest, shelf
    change = fold(manifest, shelf, joined(tail))
    return change.manifest, Changed(change, shelf)


def _facts(row: ChunkRow) -> ChunkFacts:
    return ChunkFacts(cell_of_row(row), row.entries, row.n, row.t_min, row.t_max, row.v_min, row.v_max)
