"""A pyramid that grew is the pyramid that was built at once, byte for byte."""

from random import Random

import numpy as np
import pytest

from pipelines.tiles import Cell, bin_samples, coarsen, decode_page, encode_page, latest
from pipelines.tiles.fold import fold
from pipelines.tiles.layout import CHUNK_LIMIT
from pipelines.tiles.values import Samples
from tests.pipelines.tiles_shelf import MemoryShelf, rows, small_limits, uploaded


def written_anew(shelf):
    """Give a shelf that is given the live samples of another at once."""
    parts = [shelf.chunk(cell).live() for cell in shelf.manifest.chunks]
    every = latest(Samples.joined(parts))
    anew = MemoryShelf()
    anew.upload(1, np.stack([every.t, every.v], axis=1))
    return anew


def uploads_at_random(chance, count):
    """Give uploads that append, overwrite and delete, in bursts and at odd times."""
    seen, at, made = [], -2e4, []
    for _ in range(count):
        kind = chance.choice(["append", "append", "burst", "overwrite", "delete", "anywhere"])
        match kind:
            case "append":
                at += chance.choice([1, 1, 50, 1e5])
                upload = [(at + i, chance.gauss(20, 3)) for i in range(chance.randint(1, 200))]
                at = upload[-1][0]
            case "burst":
                start = chance.uniform(-1e6, 1e6)
                upload = [(start + i / 4096, chance.random()) for i in range(300)]
            case "anywhere":
                upload = [(chance.uniform(-1e9, 2e9), 1e6)]
            case _:
                some = chance.sample(seen, min(len(seen), chance.randint(1, 150)))
                upload = [(t, np.nan if kind == "delete" else chance.random()) for t in some]
        seen.extend(t for t, _ in upload)
        made.append(upload)
    return made


@pytest.mark.parametrize("seed", range(2))
def test_a_pyramid_after_many_uploads_is_the_one_built_from_scratch(seed, monkeypatch):
    small_limits(monkeypatch)
    shelf = MemoryShelf()

    for seq, upload in enumerate(uploads_at_random(Random(seed), 200)):
        shelf.upload(seq, upload)

    assert len({tier for tier, _ in shelf.pages}) >= 4
    assert shelf.pages == written_anew(shelf).pages


@pytest.mark.parametrize("seed", range(3))
def test_chunks_and_pages_do_not_depend_on_the_order_of_uploads(seed, monkeypatch):
    small_limits(monkeypatch)
    chance = Random(seed)
    uploads = list(enumerate(uploads_at_random(chance, 60)))
    first, second = MemoryShelf(), MemoryShelf()

    for seq, upload in uploads:
        first.upload(seq, upload)
    for seq, upload in chance.sample(uploads, len(uploads)):
        second.upload(seq, upload)

    assert first.chunks == second.chunks
    assert first.pages == second.pages


def test_a_channel_that_loses_most_of_its_samples_loses_its_pages(monkeypatch):
    small_limits(monkeypatch)
    shelf = MemoryShelf()
    shelf.upload(1, [(i, i) for i in range(5000)])
    had = len(shelf.pages)

    shelf.upload(2, [(i, np.nan) for i in range(4990)])

    assert (had > 0, shelf.pages) == (True, {})
    assert [row[0] for row in shelf.rows(0, 9) if row[3]] == list(range(4990, 5000))


def test_compaction_drops_tombstones_and_no_tile_changes(monkeypatch):
    small_limits(monkeypatch)
    shelf = MemoryShelf()
    shelf.upload(1, [(i, i) for i in range(1000)], [(5, "a"), (6, "b")])
    shelf.upload(2, [(i, np.nan) for i in range(200, 600)], [(6, None)])
    before = [shelf.rows(level, 0) for level in range(8)]

    shelf.compact(3)

    assert sum(chunk.entries for chunk in shelf.manifest.chunks.values()) == 600
    assert [shelf.rows(level, 0) for level in range(8)] == before
    shelf.upload(4, [(300, 1.5)])
    assert shelf.pages == written_anew(shelf).pages


def test_a_full_sized_channel_grows_to_what_is_built_at_once():
    t = 1.7e9 + np.arange(600_000) / 2
    v = np.round(np.sin(t / 1e4) * 20, 3)
    every = np.stack([t, v], axis=1)
    shelf = MemoryShelf()

    for seq, part in enumerate(np.array_split(every, 7)):
        shelf.upload(seq, part)
    shelf.upload(9, every[250_000:250_500])

    assert shelf.pages == written_anew(shelf).pages
    assert len(shelf.manifest.chunks) == len(written_anew(shelf).manifest.chunks)
    assert max(chunk.entries for chunk in shelf.manifest.chunks.values()) <= CHUNK_LIMIT


def test_an_append_writes_one_chunk_and_a_page_per_tier():
    t = 1.7e9 + np.arange(1_000_000)
    shelf = MemoryShelf()
    shelf.upload(1, np.stack([t, t % 60], axis=1))
    shelf.read.clear()

    change = fold(shelf.manifest, shelf, uploaded([(t[-1] + 1, 5.0)]).stamped(2))

    assert len(change.chunks) == 1
    assert len(change.pages) == len({tier for tier, _ in shelf.pages})
    assert len(shelf.read) <= 2 + 2 * len(change.pages)


def test_a_coarse_tile_reads_pages_and_no_samples():
    t = 1.7e9 + np.arange(1_000_000)
    shelf = MemoryShelf()
    shelf.upload(1, np.stack([t, t % 60], axis=1))
    shelf.read.clear()

    found = rows(shelf.tile(20, 3))

    assert sum(row[3] for row in found) == 1_000_000
    assert all(not isinstance(read, Cell) for read in shelf.read)


def test_merging_bins_gives_what_the_samples_give():
    chance = np.random.default_rng(5)
    t = np.unique(-1e5 + chance.exponential(0.05, 50_000).cumsum())
    samples = Samples(t, 1e6 + chance.normal(0, 1e-3, len(t)), np.zeros(len(t), np.int64))

    merged = coarsen(coarsen(bin_samples(samples, -1), 3), 8)

    direct = bin_samples(samples, 8)
    assert merged.bin.tolist() == direct.bin.tolist()
    assert merged.n.tolist() == direct.n.tolist()
    for name in ("low", "high", "first", "last"):
        assert getattr(merged, name).tolist() == getattr(direct, name).tolist()
    np.testing.assert_allclose(merged.offset, direct.offset, rtol=1e-12)
    np.testing.assert_allclose(merged.mean, direct.mean, rtol=1e-15)
    np.testing.assert_allclose(merged.m2, direct.m2, rtol=1e-9)


def test_a_page_comes_back_as_it_was():
    samples = Samples(np.arange(-8192.0, -4096.0, 0.5), np.arange(8192.0), np.zeros(8192, np.int64))
    bins = bin_samples(samples, 0)

    data = encode_page(bins, -2)

    assert len(data) <= 32 + 66 * len(bins)
    again = decode_page(data)
    assert again.level == 0
    assert all((a == b).all() for a, b in zip(again.columns(), bins.columns(), strict=True))
