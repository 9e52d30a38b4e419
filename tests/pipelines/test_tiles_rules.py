"""A tile answers by the rules, whatever is in it."""

from random import Random

import numpy as np
import pytest

from pipelines.errors import BadInput
from tests.pipelines import tiles_reference
from tests.pipelines.tiles_shelf import MemoryShelf, small_limits

B = -1e308


@pytest.fixture
def shelf():
    return MemoryShelf()


@pytest.fixture
def seeds(shelf):
    """The channel `a` of the published upload example."""
    shelf.upload(1, [(1332754616, 1), (1332754617, -1)])
    return shelf


def test_the_published_example_reads_as_published(seeds):
    rows = seeds.rows(0, 2603036)

    assert [row[:4] for row in rows] == [
        [1332754524, B, 0, 0],
        [1332754616, 1, 0, 1],
        [1332754617, -1, 0, 1],
        [1332754780.5, B, 0, 0],
    ]
    assert seeds.tile(0, 2603036).width is None


@pytest.mark.parametrize(
    ("level", "offset", "breaks"),
    [
        (22, 0, [666377308, 1740119132.5]),
        (30, 0, [275544284252.5]),
        (-10, 2665509232, [1332754616.25]),
    ],
)
def test_breaks_stand_halfway_to_the_edges(seeds, level, offset, breaks):
    rows = seeds.rows(level, offset)

    assert [row[0] for row in rows if row[1] == B] == breaks


def test_a_tile_without_data_has_no_rows(seeds):
    tile = seeds.tile(5, 0)

    assert (len(tile.rows), tile.width) == (0, None)


def test_texts_have_rows_of_their_own_or_share_a_numbers(shelf):
    shelf.upload(1, [(110.5, 3), (111, 4)], [(100, "hello"), (110, "x"), (110.5, "both")])

    rows = shelf.rows(0, 0)

    assert rows == [
        [50, B, 0, 0, None],
        [100, 0, 0, 1, "hello"],
        [105, B, 0, 0, None],
        [110, 0, 0, 1, "x"],
        [110.25, B, 0, 0, None],
        [110.5, 3, 0, 1, "both"],
        [111, 4, 0, 1, None],
        [311.5, B, 0, 0, None],
    ]


def test_a_later_upload_overwrites_and_a_delete_empties(shelf):
    shelf.upload(1, [(100, 1), (101, 1000)])
    shelf.upload(2, [(101, 5)])
    overwritten = [row[1] for row in shelf.rows(0, 0) if row[3]]
    shelf.upload(3, [(100, np.nan), (101, np.nan)])

    emptied = shelf.rows(0, 0)

    assert (overwritten, emptied) == ([1, 5], [])


def test_bins_are_as_wide_as_their_level_once_anything_aggregates(shelf):
    shelf.upload(1, [(i / 12, i) for i in range(520)])

    tile = shelf.tile(0, 0)

    counts = [count for count in tile.rows.count.tolist() if count]
    assert (tile.width, len(counts), counts[0]) == (1.0, 44, 12)


def test_before_1970_is_as_good_as_after(shelf):
    shelf.upload(1, [(-3600.5 + i, i) for i in range(600)])

    rows = shelf.rows(1, -4)

    assert [row[:4] for row in rows[1:3]] == [[-3600.5, 0, 0, 1], [-3599.0, 1.5, 0.5, 2]]


@pytest.mark.parametrize("level", [-64, 64, 1023, -5000, 10**9])
def test_a_level_beyond_all_clocks_is_empty(seeds, level):
    tile = seeds.tile(level, 0)

    assert (len(tile.rows), tile.level) == (0, level)


@pytest.mark.parametrize("level", [*range(-63, -32), 63])
def test_every_level_finds_its_sample(shelf, level):
    shelf.upload(1, [(0.0, 7)])

    rows = shelf.rows(level, 0)

    assert [row[:4] for row in rows if row[3]] == [[0.0, 7, 0, 1]]


@pytest.mark.parametrize("offset", [2**63, -(2**63) - 1])
def test_an_offset_beyond_64_bits_is_refused(seeds, offset):
    with pytest.raises(BadInput) as refusal:
        seeds.tile(0, offset)

    assert refusal.value.code == "offset_outside"


@pytest.mark.parametrize("level", range(-4, 26))
def test_a_small_spread_about_a_large_value_is_right_at_every_level(shelf, level):
    shelf.upload(1, [(1.7e9 + i / 64, 1e6 + (-1) ** i * 2**-10) for i in range(200_000)])

    rows = shelf.rows(level, int(1.7e9 // 2 ** (level + 9)))

    spreads = [row[2] for row in rows if row[3] > 1 and row[3] % 2 == 0]
    assert all(abs(spread - 2**-10) < 1e-9 * 2**-10 for spread in spreads)
    assert spreads or level < -3


def made(chance):
    """Give a channel of random density: numbers and texts by time."""
    at = chance.choice([0.0, -5e4, 1.4e9, -2e8, 3e9])
    count = chance.choice([1, 2, 40, 500, 513, 2000, 6000])
    texts_count = chance.choice([0, 0, 3, 30, 700])
    step = chance.choice([1 / 1024, 0.1, 1.0, 60.0, 3600.0])
    numbers, texts = {}, {}
    for _ in range(count):
        at += step if chance.random() < 0.97 else step * chance.choice([2, 5, 300, 1e-3])
        numbers[at] = chance.choice([1e6, 0.0]) + chance.gauss(0, 1)
        if len(texts) < texts_count:
            texts[at if chance.random() < 0.3 else at + step / 3] = chance.choice(["a", "b"])
    return numbers, texts


@pytest.mark.parametrize("seed", range(40))
def test_a_tile_equals_that_of_the_slow_reference(shelf, seed, monkeypatch):
    if seed % 2:
        small_limits(monkeypatch)
    chance = Random(seed)
    numbers, texts = made(chance)
    shelf.upload(1, list(numbers.items()), list(texts.items()))
    times = sorted([*numbers, *texts])

    for _ in range(13):
        level = chance.randint(-8, 25)
        offset = int(chance.choice(times) // 2.0 ** (level + 9)) + chance.choice([0, 0, 0, 0, -1, 1])
        tile = shelf.tile(level, offset)
        expected, is_binned = tiles_reference.tile(level, offset, numbers, texts)

        same_rows(shelf.rows(level, offset), expected)
        assert tile.width == (2.0**level if is_binned or binned_texts(texts, level, offset) else None)


def binned_texts(texts, level, offset):
    size = 2.0 ** (level + 9)
    return sum(t // size == offset for t in texts) > 512


def same_rows(found, expected):
    assert [(row[3], row[4]) for row in found] == [(row[3], row[4]) for row in expected]
    for ours, theirs in zip(found, expected, strict=True):
        assert ours[0] == pytest.approx(theirs[0], abs=1e-6)
        assert ours[1] == pytest.approx(theirs[1], rel=1e-12, abs=1e-12)
        assert ours[2] == pytest.approx(theirs[2], rel=1e-9, abs=1e-12)


def test_a_channel_that_nobody_wrote_is_empty(shelf):
    rows = shelf.rows(3, 5)

    assert rows == []
