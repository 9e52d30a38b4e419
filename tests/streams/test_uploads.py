"""Uploads: published whole or not at all, by number and not by moment, and taken back again."""

import gzip
import json

import msgspec
import pytest

from darkroom.errors import Conflict, Gone, Invalid, NotFound
from darkroom.jobs import Cause, JobState
from storage import rubbish, streams, users
from storage.engine import read, write
from storage.leases import Ending
from storage.streams import editions, past
from storage.streams.editions import ChannelEdition, Done, Edition, Stats
from workers import enqueue
from workers.enqueue import Order
from workers.sweep import sweep_channels

NOTHING = Stats(0, 0, None, None, None, None, None)


def test_the_example_of_fluxtreams_page_is_answered_as_there(house, bench):
    taken = house.upload([[1332754616, 1, 10], [1332754617, -1, 20]], "a", "b")

    bench.drain()

    times = {"min_time": 1332754616.0, "max_time": 1332754617.0}
    a, b = times | {"min_value": -1.0, "max_value": 1.0}, times | {"min_value": 10.0, "max_value": 20.0}
    assert house.now(taken).read_result()["channels"] == {
        "a": {"channel_bounds": a, "imported_bounds": a},
        "b": {"channel_bounds": b, "imported_bounds": b},
    }
    assert house.channel("b").bounds() == b


def test_the_same_bytes_again_are_answered_by_the_first(house, bench):
    first = house.upload([[100, 1]])
    bench.drain()
    house.upload([[100, 2]])
    bench.drain()

    again = house.upload([[100, 1]])

    assert (again.id, again.state, again.result) == (first.id, "done", house.now(first).result)
    assert not bench.claim()
    assert house.tile() == [(100, 2)]


def test_bounds_are_exact_after_overwrites_and_deletes(house, bench):
    for rows in ([[100, 1], [101, 1000]], [[101, 5]], [[100, False]]):
        house.upload(rows)
        bench.drain()

    channel = house.channel()
    assert channel.bounds() == {"min_time": 101, "max_time": 101, "min_value": 5, "max_value": 5}
    assert channel.numbers == 1


def test_an_upload_that_cannot_be_read_changes_nothing_and_says_why(house, bench):
    good = house.upload([[100, 1]])
    bad = house.upload(b"[[101,2],[102,2,3]]")

    bench.drain()

    assert house.job(good).state == JobState.SUCCEEDED
    assert house.job(bad).state == JobState.FAILED
    assert "row 2" in house.job(bad).read_failure().message
    assert house.tile() == [(100, 1)]


def test_bytes_that_failed_may_be_sent_again(house, bench):
    bad = house.upload(b"[[1")
    bench.drain()

    again = house.upload(b"[[1")

    assert again.id != bad.id


def test_an_upload_may_come_compressed_and_as_csv(house, bench):
    house.upload(
        gzip.compress(b"time,a,b\n100,1,x\n101,,y\n"), format="csv", encoding="gzip", channel_names=[]
    )

    bench.drain()

    assert house.tile() == [(100, 1)]
    assert house.channel("b").texts == 2


def test_small_uploads_of_one_device_are_published_together(house, bench):
    taken = [house.upload([[t, t]]) for t in (3, 1, 2)]

    following = bench.work(bench.claim())

    assert {house.now(one).state for one in taken} == {"done"}
    assert house.version().version == 1
    while following is not None:
        following = bench.work(following)
    assert {house.job(one).state for one in taken} == {JobState.SUCCEEDED}


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
    tiles, asked = house.tiles(), streams_tile(0)
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


def test_who_lost_its_lease_publishes_nothing(house, bench):
    taken = house.upload([[100, 1]])
    done = [Done(taken.id, 1, "{}")]
    edition = editions.encode(Edition(house.ada, "strap", [], done))
    lost = msgspec.structs.replace(bench.claim(), token="somebody else's")

    bench._settle(lost, Ending(Cause.SUCCEEDED, edition=edition))

    assert house.now(taken).state == "pending"


def test_who_was_overtaken_waits_again_and_loses_nothing(house, bench):
    first = house.upload([[100, 1]])
    bench.drain()
    second = house.upload([[101, 1]])
    stale = ChannelEdition("a", house.channel().id, 0, NOTHING, [])
    edition = editions.encode(Edition(house.ada, "strap", [stale], [Done(second.id, 1, "{}")]))

    following = bench._settle(bench.claim(), Ending(Cause.SUCCEEDED, edition=edition))

    assert house.now(second).state == "pending"
    assert (following.job_id, following.attempt) == (second.job, 2)
    bench.work(following)
    assert {house.now(one).state for one in (first, second)} == {"done"}
    assert house.tile() == [(100, 1), (101, 1)]


def test_channels_are_read_by_their_owner_and_by_whom_they_are_shared_with(house, bench):
    house.upload([[100, 1, 2]], "a", "b")
    bench.drain()
    with write(house.means.engine) as db:
        eve = users.add(db, "eve")
        streams.share(db, house.ada, eve, house.channel("b").id)

    with read(house.means.engine) as db:
        assert [one.name for one in streams.find_channels(db, house.ada, reader=eve)] == ["b"]
        assert not streams.may_read(db, eve, house.ada, house.channel("a").id)
        assert streams.get_channel(db, house.ada, "strap", "b", reader=eve).name == "b"
        with pytest.raises(NotFound):
            streams.get_channel(db, house.ada, "strap", "a", reader=eve)


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


def test_an_aggregate_job_is_ordered_by_nobody(house):
    order = Order(kind="aggregate", params={"upload": 1, "size_bytes": 1}, owner=house.ada)

    with pytest.raises(Invalid, match="is not ordered"):
        enqueue.submit(house.means.engine, house.means.counter._bell, house.means.settings, order)


def test_a_tiles_tag_changes_with_what_it_shows_and_with_nothing_else(make_house):
    house = make_house(streams_tail_samples=0)
    bench = house.bench()
    house.upload([[n, n % 7] for n in range(150_000)])
    bench.drain()

    def tag(offset):
        return house.tiles().find([house.channel()], streams_tile(offset)).etag

    early, late = tag(0), tag(292)
    house.upload([[150_000.5, 2], [150_001, False]])
    bench.drain()

    assert tag(292) != late
    assert tag(0) == early


def streams_tile(offset):
    from api.tiles import Asked

    return Asked(level=0, offset=offset)


def test_a_tile_of_several_channels_is_one_document(house, bench):
    house.upload([[100, 1, 2]], "a", "b")
    bench.drain()

    found = house.tiles().find([house.channel("a"), house.channel("b")], streams_tile(0))

    assert list(json.loads(found.make())["tiles"]) == ["strap.a", "strap.b"]
