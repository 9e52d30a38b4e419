"""The table of a track as an upload: copied in the store, read by a worker, undone as any other."""

import io

import pytest

from darkroom.errors import NotFound
from darkroom.jobs import JobState, Output
from storage import rubbish, streams
from storage.engine import read
from storage.streams import Form, Tracked

TABLE = (
    b"frame,time_seconds,label,x,y,status,err,score\n"
    b"0,0.000000,Apex,10.0000,20.0000,tracked,,\n"
    b"1,0.500000,Apex,13.0000,24.0000,tracked,,\n"
)


@pytest.fixture
def make_output(house):
    """What a job made, as the store has it."""

    def make(content=TABLE) -> Output:
        blob = house.means.blobs.put("results/1/0-1-token/track.csv", io.BytesIO(content))
        return Output("track.csv", blob.key, blob.sha256, blob.size, "text/csv")

    return make


def take(house, output, **tracked):
    form = Form(format="track", track=Tracked(**tracked))
    return streams.upload_output(house.means, house.ada, "strap", form, output)


def test_a_table_becomes_channels_and_outlives_what_made_it(house, bench, make_output):
    output = make_output()
    taken = take(house, output, start=100.0)
    house.means.blobs.delete(output.key)

    bench.drain()

    assert house.now(taken).state == "done"
    assert house.tile(level=-4, offset=3, name="Apex.x") == [(100, 10), (100.5, 13)]
    assert house.tile(level=-4, offset=3, name="Apex.speed") == [(100, 10), (100.5, 10)]


def test_a_table_is_taken_once_and_undone(house, bench, make_output):
    first = take(house, make_output())
    bench.drain()

    again = take(house, make_output())
    streams.undo(house.means, house.ada, first.id)
    bench.drain()

    assert again.id == first.id
    assert house.channel("Apex.x").numbers == 0


def test_the_sweep_spares_the_copy(house, bench, make_output):
    taken = take(house, make_output())

    rubbish.sweep_blobs(house.means.engine, house.means.blobs, -60.0, 3600.0)
    bench.drain()

    assert house.job(taken).state == JobState.SUCCEEDED


def test_a_table_that_was_swept_is_not_taken(house):
    gone = Output("track.csv", "results/gone", "0" * 64, 3, "text/csv")

    with pytest.raises(NotFound):
        take(house, gone)


def test_channels_and_uploads_come_in_pages(house, bench, engine):
    taken = [house.upload([[t, t]], name) for t, name in enumerate("abc")]
    bench.drain()

    with read(engine) as db:
        newest = streams.page_of_channels(db, house.ada, reader=house.ada, device="strap", limit=2)
        rest = streams.page_of_channels(db, house.ada, reader=house.ada, before_id=newest[-1].id)
        others = streams.page_of_channels(db, house.ada, reader=house.ada + 1)
        uploads = streams.find_uploads(db, house.ada, "strap", before_id=taken[2].id)

    assert len(newest) == 2
    assert {one.name for one in (*newest, *rest)} == {"a", "b", "c"}
    assert others == []
    assert [one.id for one in uploads] == [taken[1].id, taken[0].id]
