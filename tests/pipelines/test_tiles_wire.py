"""Tiles as bytes on the wire."""

import json

import pyarrow as pa
import pytest

from pipelines.errors import BadInput
from pipelines.tiles import (
    Channel,
    WithComments,
    bins_json,
    read_bins,
    read_samples,
    read_tile,
    tile_arrow,
    tile_json,
    tiles_arrow,
    tiles_json,
)
from tests.pipelines.tiles_shelf import MemoryShelf, rows

B = -1e308


@pytest.fixture
def shelf():
    shelf = MemoryShelf()
    shelf.upload(1, [(1332754616, 1), (1332754617, -1)])
    return shelf


@pytest.fixture
def dense():
    shelf = MemoryShelf()
    shelf.upload(1, [(i / 2, i % 4) for i in range(1024)])
    return shelf


def test_a_raw_tile_leaves_the_width_out(shelf):
    document = json.loads(tile_json(shelf.tile(0, 2603036)))

    assert document == {
        "fields": ["time", "mean", "stddev", "count"],
        "data": [
            [1332754524, B, 0, 0],
            [1332754616, 1, 0, 1],
            [1332754617, -1, 0, 1],
            [1332754780.5, B, 0, 0],
        ],
        "level": 0,
        "offset": 2603036,
        "type": "value",
    }


def test_an_old_client_may_be_told_the_width_zero(shelf):
    document = json.loads(tile_json(shelf.tile(0, 7), raw_width=0))

    assert (document["data"], document["sample_width"]) == ([], 0)


@pytest.mark.parametrize(("level", "width"), [(0, 1), (3, 8), (-1, 0.5)])
def test_a_binned_tile_tells_its_width(level, width):
    shelf = MemoryShelf()
    shelf.upload(1, [(i / 8, i) for i in range(2048)])

    document = json.loads(tile_json(shelf.tile(level, 0)))

    assert document["sample_width"] == width


def test_a_text_is_the_fifth_column_and_stats_come_after(shelf):
    shelf.upload(2, [], [(1332754617, "step"), (1332754700, "end")])

    document = json.loads(tile_json(shelf.tile(0, 2603036), stats=["min", "last"]))

    assert document["fields"] == ["time", "mean", "stddev", "count", "comment", "min", "last"]
    assert [row for row in document["data"] if row[3]] == [
        [1332754616, 1, 0, 1, None, 1, 1],
        [1332754617, -1, 0, 1, "step", -1, -1],
        [1332754700, 0, 0, 1, "end", None, None],
    ]


def test_spikes_survive_in_the_stats(dense):
    document = json.loads(tile_json(dense.tile(0, 0), stats=["min", "max", "first", "last"]))

    assert document["data"][:2] == [[0.25, 0.5, 0.5, 2, 0, 1, 0, 1], [1.25, 2.5, 0.5, 2, 2, 3, 2, 3]]


def test_an_unknown_stat_is_refused(shelf):
    with pytest.raises(BadInput) as refusal:
        tile_json(shelf.tile(0, 0), stats=["median"])

    assert "'median'" in refusal.value.message


def test_several_channels_share_an_answer(shelf, dense):
    tiles = {"d.a": shelf.tile(30, 0), "d.b": dense.tile(0, 0)}

    document = json.loads(tiles_json(tiles))

    assert {name: tile["level"] for name, tile in document["tiles"].items()} == {"d.a": 30, "d.b": 0}


def test_arrow_says_what_json_says(dense):
    tile = dense.tile(0, 0)

    table = pa.ipc.open_stream(tile_arrow(tile, stats=["max"])).read_all()

    document = json.loads(tile_json(tile, stats=["max"]))
    assert [list(row.values()) for row in table.to_pylist()] == document["data"]
    assert table.schema.metadata[b"sample_width"] == b"1.0"


def test_arrow_of_several_channels_names_them(shelf, dense):
    shelf.upload(2, [], [(1332754617, "step")])

    table = pa.ipc.open_stream(tiles_arrow({"a": shelf.tile(0, 2603036), "b": dense.tile(9, 0)})).read_all()

    assert table["channel"].to_pylist() == ["a"] * 4 + ["b"] * 2
    assert table["comment"].to_pylist() == [None, None, "step", None, None, None]


def test_means_side_by_side_stand_at_the_centres_of_bins(dense):
    other = MemoryShelf()
    other.upload(1, [(1.75, 9)])
    bins = {
        name: read_bins(0, 0, Channel(each.manifest, each)).between(0, 2)
        for name, each in (("u.d.a", dense), ("u.d.b", other))
    }

    document = json.loads(bins_json(bins, 0))

    assert document == {
        "full_channel_names": ["u.d.a", "u.d.b"],
        "data": [[0.5, 0.5, None], [1.5, 2.5, 9]],
    }


def test_bins_whose_numbers_would_not_fit_are_refused(shelf):
    with pytest.raises(BadInput) as refusal:
        read_bins(-60, 2**60, Channel(shelf.manifest, shelf))

    assert refusal.value.code == "offset_outside"


def test_a_channels_comments_share_its_tile(dense):
    comments = MemoryShelf()
    comments.upload(1, [], [(1.0, "from the side"), (3.0, "own")])
    dense.upload(2, [], [(3.0, "channel's")])

    tile = read_tile(
        -2, 0, WithComments(Channel(dense.manifest, dense), Channel(comments.manifest, comments))
    )

    assert [(row[0], row[4]) for row in rows(tile) if row[4]] == [(1.0, "from the side"), (3.0, "channel's")]


def test_a_stretch_is_read_chunk_by_chunk(monkeypatch):
    monkeypatch.setattr("pipelines.tiles.layout.CHUNK_LIMIT", 64)
    shelf = MemoryShelf()
    shelf.upload(1, [(i, i) for i in range(1000)])

    parts = list(read_samples(shelf.manifest.chunks.values(), shelf.chunk, 100, 300.5))

    assert len(parts) > 2
    assert [t for part in parts for t in part.t.tolist()] == list(range(100, 301))
