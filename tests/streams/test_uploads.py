"""Uploads: published whole or not at all, by number and not by moment."""

import gzip

import msgspec
import pytest

from darkroom.errors import Invalid, NotFound
from darkroom.jobs import Cause, JobState
from storage import streams, users
from storage.engine import read, write
from storage.leases import Ending
from storage.streams import editions
from storage.streams.editions import ChannelEdition, Done, Edition, Stats
from workers import enqueue
from workers.enqueue import Order

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


def test_an_aggregate_job_is_ordered_by_nobody(house):
    order = Order(kind="aggregate", params={"upload": 1, "size_bytes": 1}, owner=house.ada)

    with pytest.raises(Invalid, match="is not ordered"):
        enqueue.submit(house.means.engine, house.means.counter._bell, house.means.settings, order)
