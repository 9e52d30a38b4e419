"""The next version of one channel: what uploads say is added to its tail, or folded in and put on the shelf."""

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from msgspec import Struct

from pipelines.tiles.chunk import decode_chunk, decode_texts, encode_chunk, encode_texts
from pipelines.tiles.fold import Change, Manifest, compact, fold
from pipelines.tiles.kept import Kept, cell_of_row, joined, manifest_of
from pipelines.tiles.layout import ChunkFacts
from pipelines.tiles.page import encode_page
from pipelines.tiles.values import Bins, Samples, Texts, Uploaded
from storage.blobs import whole
from storage.streams.editions import ChannelEdition, Import, NewChunk, NewPage, NewPiece, Stats
from storage.streams.manifest import Version
from storage.streams.uploads import PREFIX
from workers.work import Work

PUTS = 8  # blobs that are on their way to the store at once

T = TypeVar("T", Samples, Texts, Bins)


class Revised(Struct, frozen=True):
    """A channel after uploads. step: None where they said nothing of it. imported: bounds of each upload's own."""

    name: str
    step: ChannelEdition | None
    bounds: dict[str, float]
    imported: dict[int, dict[str, float]]
    counts: dict[int, int]


class Shelved(Kept):
    """The blobs of a version, read from the store."""

    def __init__(self, work: Work, version: Version) -> None:
        def load(key: str, decode: Callable[[bytes], T]) -> T:
            return decode(whole(work.blobs, key))

        super().__init__(version.chunks, version.pages, load)


def shelf_of(work: Work, version: Version) -> Shelved:
    """Return the blobs of a version."""
    return Shelved(work, version)


def tail_of(version: Version) -> list[Uploaded]:
    """Return what lies in a version's tail."""
    return [Uploaded(decode_chunk(piece.samples), decode_texts(piece.texts)) for piece in version.tail]


def revise(work: Work, owner: int, name: str, version: Version, spoken: Mapping[int, Uploaded]) -> Revised:
    """Return the channel's next version; spoken: what uploads say of it, stamped, by their rising numbers."""
    said = {upload: one for upload, one in spoken.items() if len(one.samples) or len(one.texts)}
    imported = {upload: _bounds_of(one) for upload, one in spoken.items()}
    counts = {upload: len(one.samples.live()) + len(one.texts.live()) for upload, one in spoken.items()}
    if not said:
        return Revised(name, None, _bounds(_stats_of_version(version)), imported, counts)
    step = _appended(work, name, version, said) if _may_append(work, version, said) else None
    if step is None:
        step = _folded(work, owner, name, version, said)
    return Revised(name, step, _bounds(step.stats), imported, counts)


def _may_append(work: Work, version: Version, said: Mapping[int, Uploaded]) -> bool:
    """Say whether all comes later than whatever was said before, deletes nothing, and leaves the tail short."""
    settings = work.settings
    if len(version.tail) + len(said) > settings.streams_tail_uploads:
        return False
    count = sum(piece.n for piece in version.tail) + sum(
        len(one.samples) + len(one.texts) for one in said.values()
    )
    if count > settings.streams_tail_samples:
        return False
    end = version.t_end
    for one in said.values():
        first, last = _span(one)
        if (end is not None and first <= end) or one.samples.dead.any() or one.texts.dead.any():
            return False
        end = last
    return True


def _appended(work: Work, name: str, version: Version, said: Mapping[int, Uploaded]) -> ChannelEdition:
    pieces = [
        NewPiece(
            upload,
            len(one.samples) + len(one.texts),
            encode_chunk(one.samples, packed=True),
            encode_texts(one.texts),
        )
        for upload, one in said.items()
    ]
    stats = _stats(
        manifest_of(version.chunks, version.pages), [*tail_of(version), *said.values()], _end(version, said)
    )
    return ChannelEdition(name, version.channel, version.version, stats, _imports(said), tail=pieces)


def _folded(
    work: Work, owner: int, name: str, version: Version, said: Mapping[int, Uploaded]
) -> ChannelEdition:
    before = manifest_of(version.chunks, version.pages)
    change = fold(before, shelf_of(work, version), joined([*tail_of(version), *said.values()]))
    return _stepped(work, owner, name, version, change, said, [piece.id for piece in version.tail])


def compacted(work: Work, owner: int, name: str, version: Version, before: int) -> ChannelEdition:
    """Return the channel's next version, without tombstones of uploads below `before`; its tail, which has none, stays."""
    manifest = manifest_of(version.chunks, version.pages)
    change = compact(manifest, shelf_of(work, version), before)
    return _stepped(work, owner, name, version, change, {}, [])


def _stepped(  # noqa: PLR0917 - all that a step is made of
    work: Work,
    owner: int,
    name: str,
    version: Version,
    change: Change,
    said: Mapping[int, Uploaded],
    gone_tail: list[int],
) -> ChannelEdition:
    shelf = _Putter(work, owner)
    with ThreadPoolExecutor(PUTS) as pool:
        chunks = list(pool.map(lambda item: shelf.chunk(*item), _chunks_of(change)))
        pages = list(pool.map(lambda item: shelf.page(*item), change.pages.items()))
    kept = {(False, cell) for cell in change.manifest.chunks.keys() - change.chunks.keys()}
    kept |= {(True, cell) for cell in change.manifest.texts.keys() - change.texts.keys()}
    kept_pages = change.manifest.pages - change.pages.keys()
    tail = [] if gone_tail else tail_of(version)
    return ChannelEdition(
        name,
        version.channel,
        version.version,
        _stats(change.manifest, tail, _end(version, said)),
        _imports(said),
        chunks=chunks,
        gone_chunks=[row.id for row in version.chunks if (row.is_text, cell_of_row(row)) not in kept],
        pages=pages,
        gone_pages=[row.id for row in version.pages if (row.tier, row.place) not in kept_pages],
        gone_tail=gone_tail,
    )


def _chunks_of(change: Change) -> list[tuple[ChunkFacts, Samples | Texts]]:
    numbers = [(change.manifest.chunks[cell], entries) for cell, entries in change.chunks.items()]
    texts = [(change.manifest.texts[cell], entries) for cell, entries in change.texts.items()]
    return [*numbers, *texts]


class _Putter:
    """Puts blobs under the digest of their bytes: an attempt that is made again finds the same ones."""

    def __init__(self, work: Work, owner: int) -> None:
        self._work, self._owner = work, owner

    def chunk(self, facts: ChunkFacts, entries: Samples | Texts) -> NewChunk:
        is_text = isinstance(entries, Texts)
        data = encode_texts(entries) if isinstance(entries, Texts) else encode_chunk(entries, packed=True)
        return NewChunk(
            is_text=is_text,
            level=facts.cell.level,
            place=facts.cell.offset,
            entries=facts.entries,
            n=facts.n,
            t_min=facts.t_min,
            t_max=facts.t_max,
            v_min=facts.v_min,
            v_max=facts.v_max,
            key=self._put(data),
        )

    def page(self, page: tuple[int, int], bins: Bins) -> NewPage:
        tier, offset = page
        return NewPage(tier, offset, self._put(encode_page(bins, offset)))

    def _put(self, data: bytes) -> str:
        key = f"{PREFIX}{self._owner}/{hashlib.sha256(data).hexdigest()}"
        return self._work.blobs.put(key, io.BytesIO(data)).key


def _imports(said: Mapping[int, Uploaded]) -> list[Import]:
    return [Import(upload, *_span(one)) for upload, one in said.items()]


def _span(one: Uploaded) -> tuple[float, float]:
    times = [part.t for part in (one.samples, one.texts) if len(part)]
    return float(min(t[0] for t in times)), float(max(t[-1] for t in times))


def _end(version: Version, said: Mapping[int, Uploaded]) -> float | None:
    ends = [_span(one)[1] for one in said.values()]
    return max(ends if version.t_end is None else [version.t_end, *ends], default=None)


def _stats(manifest: Manifest, tail: Sequence[Uploaded], t_end: float | None) -> Stats:
    """Count and bound a version; its tail deletes nothing and lies after all the rest."""
    chunks, texts = list(manifest.chunks.values()), list(manifest.texts.values())
    numbers = joined(tail)
    low = [value for chunk in chunks for value in (chunk.v_min,) if value is not None]
    high = [value for chunk in chunks for value in (chunk.v_max,) if value is not None]
    spans = _spans(chunks) + _own_span(numbers.samples) or _spans(texts) + _own_span(numbers.texts)
    if len(numbers.samples):
        low.append(float(numbers.samples.v.min()))
        high.append(float(numbers.samples.v.max()))
    return Stats(
        numbers=sum(chunk.n for chunk in chunks) + len(numbers.samples),
        texts=sum(chunk.n for chunk in texts) + len(numbers.texts),
        t_min=min((first for first, _ in spans), default=None),
        t_max=max((last for _, last in spans), default=None),
        v_min=min(low, default=None),
        v_max=max(high, default=None),
        t_end=t_end,
    )


def _stats_of_version(version: Version) -> Stats:
    return _stats(manifest_of(version.chunks, version.pages), tail_of(version), version.t_end)


def _spans(chunks: Sequence[ChunkFacts]) -> list[tuple[float, float]]:
    return [
        (chunk.t_min, chunk.t_max) for chunk in chunks if chunk.t_min is not None and chunk.t_max is not None
    ]


def _own_span(entries: Samples | Texts) -> list[tuple[float, float]]:
    return [(float(entries.t[0]), float(entries.t[-1]))] if len(entries) else []


def _bounds(stats: Stats) -> dict[str, float]:
    named = {
        "min_time": stats.t_min,
        "max_time": stats.t_max,
        "min_value": stats.v_min,
        "max_value": stats.v_max,
    }
    return {name: value for name, value in named.items() if value is not None}


def _bounds_of(one: Uploaded) -> dict[str, float]:
    """Bound what an upload says: its times with its deletes, as clients know it."""
    if not len(one.samples) and not len(one.texts):
        return {}
    first, last = _span(one)
    live = one.samples.live()
    values = {"min_value": float(live.v.min()), "max_value": float(live.v.max())} if len(live) else {}
    return {"min_time": first, "max_time": last, **values}
