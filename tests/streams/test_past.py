"""What was: read again, taken back, deleted, let go."""

import json
import time

import pytest

from api.tiles import Asked
from darkroom.errors import Conflict, Gone, NotFound
from storage import leases, rubbish, streams
from storage.engine import read, write
from storage.streams import past
from workers.sweep import sweep_channels


def test_an_undo_brings_back_what_was_written_over(house, bench):
    for rows in ([[100, 1], [101, 1]], [[101, 2], [102, 2], [103, 2], [104, "two"]], [[103, 3]]):
        last = house.upload(rows)
        bench.drain()

    undone = streams.undo(house.means, house.ada, last.id - 1)
    bench.drain()

    assert house.now(undone).state == "done"
    assert house.tile() == [(100, 1), (101, 1), (103, 3)]
    assert house.channel().texts == 0
    assert house.tile(asof=last.id) == [(100, 1), (101, 2), (102, 2), (103, 3), (104, 0)]


def test_what_was_undone_may_be_sent_again_and_is_not_undone_twice(house, bench):
    taken = house.upload([[100, 1]])
    bench.drain()
    streams.undo(house.means, house.ada, taken.id)
    bench.drain()

    with pytest.raises(Conflict, match="it is undone"):
        streams.undo(house.means, house.ada, taken.id)
    house.upload([[100, 1]])
    bench.drain()

    assert house.tile() == [(100, 1)]


def test_the_past_can_be_read_until_it_is_let_go(house, bench):
    uploads = [house.upload([[100, 1], [101, False]])]
    bench.drain()
    uploads.append(house.upload([[100, 2]]))
    bench.drain()

    assert house.tile(asof=uploads[0].id) == [(100, 1)]
    assert house.tile(asof=uploads[1].id) == house.tile() == [(100, 2)]
    with write(house.means.engine) as db:
        assert past.forget_past(db, -60.0) > 0
    with pytest.raises(Gone), read(house.means.engine) as db:
        streams.manifest.version_after(db, house.channel().id, uploads[0].id, -60.0)
    assert house.tile() == [(100, 2)]


def test_the_sweep_spares_what_a_version_names(house, bench):
    house.upload([[100, 1], [101, False]])
    bench.drain()
    first = set(house.keys())
    house.upload([[100, 2], [101, False]])
    bench.drain()
    with write(house.means.engine) as db:
        past.forget_past(db, -60.0)

    rubbish.sweep_blobs(house.means.engine, house.means.blobs, -60.0, 3600.0)

    left = {stat.key.rpartition("/")[2] for stat in house.means.blobs.list("streams/")}
    assert first - set(house.keys())
    assert {key for key in left if not key.startswith("in-")} == set(house.keys())
    assert house.tile() == [(100, 2)]


def test_a_deleted_channel_is_gone_and_may_come_back(house, bench):
    house.upload([[100, 1], [101, False]])
    bench.drain()
    with write(house.means.engine) as db:
        streams.delete_channel(db, house.ada, house.channel().id)
    with pytest.raises(NotFound):
        house.channel()

    house.upload([[100, 1], [101, False]])
    bench.drain()

    assert house.tile() == [(100, 1)]


def test_a_channel_that_takes_the_number_of_a_deleted_one_is_not_taken_for_it(house, bench):
    tiles, asked = house.tiles(), Asked(level=0, offset=0)
    found = []
    for value in (1, 2):
        house.upload([[100, value]])
        bench.drain()
        tile = tiles.find([house.channel()], asked)
        found.append((tile.etag, json.loads(tile.make())["data"][1][1]))
        with write(house.means.engine) as db:
            streams.delete_channel(db, house.ada, house.channel().id)

    assert [value for _, value in found] == [1, 2]
    assert found[0][0] != found[1][0]


def test_texts_beside_a_channel_that_take_a_deleted_ones_number_are_not_taken_for_it(house, bench):
    house.upload([[100, 1]])
    bench.drain()
    tiles, asked = house.tiles(), Asked(level=0, offset=0)
    found = []
    for text in ("before", "after"):
        house.upload([[100, text]], "a._comment")
        bench.drain()
        tile = tiles.find([house.channel()], asked)
        found.append((tile.etag, json.loads(tile.make())["data"][1][4]))
        with write(house.means.engine) as db:
            streams.delete_channel(db, house.ada, house.channel("a._comment").id)

    assert [text for _, text in found] == ["before", "after"]
    assert found[0][0] != found[1][0]


def test_what_was_deleted_is_let_go_and_can_still_be_undone(make_house):
    house = make_house(streams_compact_tombstones=1)
    bench = house.bench()
    for rows in ([[100, 1], [101, 2]], [[100, False]]):
        last = house.upload(rows)
        bench.drain()
    before = house.version()

    assert sweep_channels(house.means) == 1
    bench.drain()

    assert (
        sum(chunk.entries for chunk in before.chunks) == 3
    )  # one of numbers lives, one died, and a text that never was
    assert [(chunk.entries, chunk.n) for chunk in house.version().chunks] == [(1, 1)]
    assert house.tile() == house.tile(asof=last.id) == [(101, 2)]
    assert house.tile(asof=last.id - 1) == [(100, 1), (101, 2)]
    assert sweep_channels(house.means) == 0
    streams.undo(house.means, house.ada, last.id)
    bench.drain()
    assert house.tile() == [(100, 1), (101, 2)]


def test_a_delete_is_kept_as_long_as_an_older_upload_may_come(make_house):
    house = make_house(streams_compact_tombstones=1, streams_together_limit=1)
    bench = house.bench()
    older = house.upload([[100, 1]])
    with write(house.means.engine) as db:  # a worker that is not heard of again
        held = leases.claim(db, house.job(older).queue, "elsewhere", leases.Terms(lease_seconds=0.01))
    house.upload([[100, False], [101, 2]])
    bench.drain()
    before = house.version()

    assert [sweep_channels(house.means) for _ in range(2)] == [1, 1]
    bench.drain()
    meanwhile = house.version()
    with write(house.means.engine) as db:
        leases.expire(db, held.part_id, held.token, leases.Terms())
    deadline = time.monotonic() + 20
    while any(chunk.entries > chunk.n for chunk in house.version().chunks) and time.monotonic() < deadline:
        bench.drain()

    assert meanwhile == before
    assert house.now(older).state == "done"
    assert [(chunk.entries, chunk.n) for chunk in house.version().chunks] == [(1, 1)]
    assert house.tile() == [(101, 2)]


def test_undoes_may_follow_each_other_in_any_order(house, bench):
    uploads = []
    for value in (1, 2, 3):
        uploads.append(house.upload([[100, value]]))
        bench.drain()
    seen = []

    for one in (uploads[2], uploads[1], uploads[0]):
        streams.undo(house.means, house.ada, one.id)
        bench.drain()
        seen.append(house.tile())

    assert seen == [[(100, 2)], [(100, 1)], []]
