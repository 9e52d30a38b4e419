"""Tiles read here, in the web process: half a millisecond of arithmetic is not worth a job (see docs/decisions/0017)."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypeVar

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from api.recent import Recent
from darkroom.errors import Invalid
from pipelines.errors import BadInput
from pipelines.tiles import (
    Bins,
    Cell,
    Samples,
    Source,
    Texts,
    Tile,
    Uploaded,
    WithComments,
    bins_json,
    decode_chunk,
    decode_texts,
    read_bins,
    read_samples,
    read_tile,
    samples_arrow,
    tile_arrow,
    tile_json,
    tiles_arrow,
    tiles_json,
)
from pipelines.tiles import Channel as Readable
from pipelines.tiles.kept import Kept, manifest_of, with_tail
from pipelines.tiles.page import LOWEST_TIER, page_cell, tier_of, top_tier
from pipelines.tiles.tile import LEVEL_LIMIT, OFFSET_LIMIT, TILE_BITS
from storage import streams
from storage.blobs import Blobs, whole
from storage.engine import read
from storage.streams import Channel, manifest
from storage.streams.manifest import Version

FORMAT = 1  # raised when equal samples make other bytes of a tile
VIEWS = 256  # versions of channels whose manifests are kept
COMMENTS = "._comment"  # the channel of this ending has texts for the one without

Form = Literal["json", "arrow"]
T = TypeVar("T", Samples, Texts, Bins)


class Asked(Struct, frozen=True, kw_only=True):
    """One tile. stats: of min, max, first, last. raw_width: `sample_width` where nothing was aggregated, None: left out."""

    level: int
    offset: int
    form: Form = "json"
    stats: tuple[str, ...] = ()
    raw_width: int | None = None


class Found(Struct, frozen=True):
    """A tile that could be read. etag: strong, quoted; the same for as long as the bytes are."""

    etag: str
    make: Callable[[], bytes]


class Tiles:
    """Reads tiles; keeps what it has unpacked lately. For any number of threads."""

    def __init__(self, engine: sa.Engine, blobs: Blobs, cache_bytes: int, past_seconds: float) -> None:
        self._engine = engine
        self._blobs = blobs
        self._past_seconds = past_seconds
        self._decoded: Recent[Any] = Recent(cache_bytes, _size_of)
        self._views: Recent[_View] = Recent(VIEWS, lambda view: 1)

    def find(self, channels: Sequence[Channel], asked: Asked, *, asof: int | None = None) -> Found:
        """Return a tile of one channel, or of several in one; nothing but the ledger is read before it is made.

        channels: as the ledger just gave them to somebody who may read them. asof: as it was after this upload, and
        those before it. Raises Invalid (offset, stats), Gone (asof).
        """
        if not -OFFSET_LIMIT <= asked.offset < OFFSET_LIMIT:
            raise Invalid("offset does not fit in a signed 64-bit integer", where="offset", limit="2**63 - 1")
        named = _named(channels)
        views = {name: self._with_comments(one, asof) for name, one in named.items()}
        states = [[view.state(asked) for view in pair] for pair in views.values()]
        said = [
            FORMAT,
            list(views),
            msgspec.structs.astuple(asked),
            states,
        ]
        etag = hashlib.sha256(msgspec.msgpack.encode(said)).hexdigest()[:32]
        return Found(f'"{etag}"', lambda: _encoded(views, asked))

    def means(self, channels: Sequence[Channel], level: int, offset: int) -> bytes:
        """Return bin centres and means of several channels side by side, as ESDR's multi-tiles. Raises Invalid."""
        bins = {
            f"{one.owner}.{one.device}.{one.name}": _valid(
                read_bins, level, offset, self._view(one, None).source()
            )
            for one in channels
        }
        return bins_json(bins, level)

    def samples(
        self, channel: Channel, start: float, end: float, *, asof: int | None = None
    ) -> Iterator[list[tuple[float, float]]]:
        """Give (seconds, value) with start <= seconds < end in the order of time, a chunk's at a time. Raises Gone."""
        for part in self._view(channel, asof).numbers(start, end):
            yield list(zip(part.t.tolist(), part.v.tolist(), strict=True))

    def texts(
        self, channel: Channel, start: float, end: float, *, asof: int | None = None
    ) -> Iterator[list[tuple[float, str]]]:
        """Give (seconds, text), as `samples` does."""
        for part in self._view(channel, asof).words(start, end):
            yield list(zip(part.t.tolist(), part.text.tolist(), strict=True))

    def _with_comments(self, channel: Channel, asof: int | None) -> "list[_View]":
        with read(self._engine) as db:
            comments = streams.find_channel(db, channel.owner, channel.device, channel.name + COMMENTS)
        return [self._view(one, asof) for one in (channel, comments) if one is not None]

    def _view(self, channel: Channel, asof: int | None) -> "_View":
        version = channel.version
        if asof is not None:
            with read(self._engine) as db:
                version = manifest.version_after(db, channel.id, asof, self._past_seconds)

        def make() -> _View:
            with read(self._engine) as db:
                return _View(channel.created_at, manifest.of_version(db, channel.id, version), self._load)

        # SQLite gives the number of a deleted channel anew.
        view: _View = self._views.get((channel.id, channel.created_at, version), make)
        return view

    def _load(self, key: str, decode: Callable[[bytes], T]) -> T:
        def make() -> T:
            return decode(whole(self._blobs, key))

        value: T = self._decoded.get(key, make)
        return value


class _View:
    """One version of a channel, ready to be read; its tail is folded in when first needed."""

    def __init__(self, created_at: float, version: Version, load: Any) -> None:
        self._name = (version.channel, created_at)  # of the channel, for a number may be given anew
        self._version = version
        self._spans = [
            (row.t_min, row.t_max, row.version)
            for row in version.chunks
            if row.t_min is not None and row.t_max is not None
        ]
        self._tail = [Uploaded(decode_chunk(one.samples), decode_texts(one.texts)) for one in version.tail]
        self._shelf = Kept(version.chunks, version.pages, load)
        self._whole: tuple[Any, Any, Source] | None = None

    def state(self, asked: Asked) -> list[Any]:
        """Return what the tile depends on: the rows that reach into it, and which pages answer.

        Their number and newest version name a set of rows, for rows come with a version higher than any before, and
        a row that has gone does not come back.
        """
        if abs(asked.level) > LEVEL_LIMIT:
            return [self._name]
        window = Cell(asked.level + TILE_BITS, asked.offset)
        start, end = window.start, window.end
        within = [version for first, last, version in self._spans if first < end and last >= start]
        tail = [
            piece
            for piece, said in zip(self._version.tail, self._tail, strict=True)
            if _reaches(said, start, end)
        ]
        return [
            self._name,
            len(within),
            max(within, default=0),
            [len(tail), max(piece.version for piece in tail)] if tail else [],
            self._pages(asked.level, window),
        ]

    def source(self) -> Source:
        return self._folded()[2]

    def numbers(self, start: float, end: float) -> Iterator[Samples]:
        whole, shelf, _ = self._folded()
        return read_samples(whole.chunks.values(), shelf.chunk, start, end)

    def words(self, start: float, end: float) -> Iterator[Texts]:
        whole, shelf, _ = self._folded()
        return read_samples(whole.texts.values(), shelf.texts, start, end)

    def _folded(self) -> tuple[Any, Any, Source]:
        if self._whole is None:
            whole, shelf = with_tail(
                manifest_of(self._version.chunks, self._version.pages), self._shelf, self._tail
            )
            self._whole = whole, shelf, Readable(whole, shelf)
        return self._whole

    def _pages(self, level: int, window: Cell) -> list[Any]:
        """Return which pages answer: with them, sums are made in another order, and last digits may differ."""
        whole, _, source = self._folded() if self._version.tail else (None, None, None)
        pages = {(page.tier, page.place) for page in self._version.pages} if whole is None else whole.pages
        if not pages:
            return []
        bounds = self._bounds() if source is None else source.bounds()
        if bounds is None:
            return []
        tier = min(tier_of(level), top_tier(*bounds))
        span = page_cell(tier, 0).level
        if tier < LOWEST_TIER or window.level > span:
            return [tier]
        return [tier, (tier, window.offset >> (span - window.level)) in pages]

    def _bounds(self) -> tuple[float, float] | None:
        live = [row for row in self._version.chunks if not row.is_text and row.t_min is not None]
        firsts = [row.t_min for row in live if row.t_min is not None]
        lasts = [row.t_max for row in live if row.t_max is not None]
        return (min(firsts), max(lasts)) if firsts else None


def _named(channels: Sequence[Channel]) -> dict[str, Channel]:
    """Return channels by what a tile calls them; where several owners have the same, with the owner's number."""
    named = {f"{one.device}.{one.name}": one for one in channels}
    if len(named) < len(channels):
        named = {f"{one.owner}.{one.device}.{one.name}": one for one in channels}
    return named


def _reaches(said: Uploaded, start: float, end: float) -> bool:
    return any(len(part) and part.t[0] < end and part.t[-1] >= start for part in (said.samples, said.texts))


def rows_arrow(rows: Sequence[tuple[float, float]] | Sequence[tuple[float, str]]) -> bytes:
    """Return samples, or texts, as an Arrow IPC stream of the columns `time` and `value`."""
    return samples_arrow(rows)


def _encoded(views: dict[str, list[_View]], asked: Asked) -> bytes:
    tiles = {name: _tile(pair, asked) for name, pair in views.items()}
    if len(tiles) == 1:
        (tile,) = tiles.values()
        if asked.form == "arrow":
            return _valid(tile_arrow, tile, stats=asked.stats)
        return _valid(tile_json, tile, stats=asked.stats, raw_width=asked.raw_width)
    if asked.form == "arrow":
        return _valid(tiles_arrow, tiles, stats=asked.stats)
    return _valid(tiles_json, tiles, stats=asked.stats, raw_width=asked.raw_width)


def _tile(pair: Sequence[_View], asked: Asked) -> Tile:
    own, *comments = [view.source() for view in pair]
    source = WithComments(own, comments[0]) if comments else own
    return _valid(read_tile, asked.level, asked.offset, source)


R = TypeVar("R")


def _valid(make: Callable[..., R], *args: Any, **named: Any) -> R:
    try:
        return make(*args, **named)
    except BadInput as error:
        raise Invalid(error.message, hint=error.hint) from error


def _size_of(value: Samples | Texts | Bins) -> int:
    match value:
        case Samples():
            return value.t.nbytes + value.v.nbytes + value.seq.nbytes
        case Texts():
            return value.t.nbytes + value.seq.nbytes + sum(64 + 4 * len(text or "") for text in value.text)
        case Bins():
            return sum(column.nbytes for column in value.columns())
