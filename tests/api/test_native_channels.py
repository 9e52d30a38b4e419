"""Sensor streams through the native door: from an upload to a tile, a range, and back again."""

import gzip
import io

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from api import app

ARROW = "application/vnd.apache.arrow.stream"
PARQUET = "application/vnd.apache.parquet"
BLOCK = {"channel_names": ["heart", "temp"], "data": [[100, 60, 36.5], [101, 62, "warm"], [102, None, 36.7]]}
ROWS = pa.table({"time": [100.0, 101.0], "heart": [60.0, 62.0]})


def arrow_of(table):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def parquet_of(table):
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def test_what_is_small_is_published_before_the_answer(ada, worked):
    reply = ada.send("/v1/channels/strap/samples", BLOCK)

    assert reply.status_code == 200
    assert (reply.json["state"], reply.json["rows"], reply.json["samples"]) == ("published", 3, 5)
    assert reply.json["channels"]["heart"]["channel_bounds"] == {
        "min_time": 100,
        "max_time": 101,
        "min_value": 60,
        "max_value": 62,
    }


def test_who_does_not_wait_is_told_of_the_job(ada, work):
    reply = ada.send("/v1/channels/strap/samples?wait=0", BLOCK)
    assert reply.status_code == 202
    assert reply.json["state"] == "pending"
    assert reply.headers["Location"] == f"/v1/jobs/{reply.json['job']}"

    work()

    seen = ada.simulate_get(reply.json["links"]["self"]).json
    assert (seen["state"], seen["rows"]) == ("published", 3)


def test_an_upload_whose_job_was_cancelled_is_refused_and_may_be_sent_again(ada, work):
    first = ada.send("/v1/channels/strap/samples?wait=0", BLOCK).json
    ada.simulate_delete(first["links"]["job"])

    assert ada.simulate_get(first["links"]["self"]).json["state"] == "refused"
    again = ada.send("/v1/channels/strap/samples?wait=0", BLOCK).json
    work()
    assert ada.simulate_get(again["links"]["self"]).json["state"] == "published"
    assert ada.simulate_get(first["links"]["self"]).json["state"] == "refused"


def test_the_same_bytes_again_are_the_same_upload(ada, worked):
    first = ada.send("/v1/channels/strap/samples", BLOCK).json

    assert ada.send("/v1/channels/strap/samples", BLOCK).json == first


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/csv", b"time,heart\n100,60\n101,62\n"),
        (ARROW, arrow_of(ROWS)),
        (PARQUET, parquet_of(ROWS)),
        ("application/json", b'{"channel_names":["heart"],"data":[[100,60],[101,62]]}'),
    ],
)
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_samples_come_in_four_forms_and_compressed(ada, work, upload, content_type, body, encoding):
    sent = gzip.compress(body) if encoding == "gzip" else body

    upload(sent, content_type, **{"Content-Encoding": encoding})

    assert ada.simulate_get("/v1/channels/strap.heart/samples").json == {
        "fields": ["time", "value"],
        "data": [[100, 60], [101, 62]],
        "next_from": None,
    }


def test_a_tile_comes_with_its_tag_and_once(ada, upload):
    upload(BLOCK)
    here = "/v1/channels/strap.heart/tiles/0.0"

    reply = ada.simulate_get(here)

    assert reply.json["fields"] == ["time", "mean", "stddev", "count"]
    assert reply.json["data"][1:3] == [[100, 60, 0, 1], [101, 62, 0, 1]]
    again = ada.simulate_get(here, headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    upload({"channel_names": ["heart"], "data": [[103, 64]]})
    anew = ada.simulate_get(here, headers={"If-None-Match": reply.headers["ETag"]})
    assert (anew.status_code, anew.headers["ETag"] == reply.headers["ETag"]) == (200, False)


def test_a_tile_may_have_more_columns_and_more_channels(ada, upload):
    upload(BLOCK)

    one = ada.simulate_get("/v1/channels/strap.heart/tiles/0.0?stats=min,last").json
    both = ada.simulate_get("/v1/channels/strap.heart/tiles/0.0?with=strap.temp").json

    assert one["fields"] == ["time", "mean", "stddev", "count", "min", "last"]
    assert one["data"][2] == [101, 62, 0, 1, 62, 62]
    assert list(both["tiles"]) == ["strap.heart", "strap.temp"]
    assert "comment" in both["tiles"]["strap.temp"]["fields"]


def test_a_tile_and_a_range_come_as_arrow_or_csv(ada, upload):
    upload(BLOCK)

    tile = ada.simulate_get("/v1/channels/strap.heart/tiles/0.0", headers={"Accept": ARROW})
    rows = ada.simulate_get("/v1/channels/strap.heart/samples", headers={"Accept": ARROW})
    text = ada.simulate_get("/v1/channels/strap.temp/samples?what=texts", headers={"Accept": "text/csv"})

    assert pa.ipc.open_stream(tile.content).read_all().column_names == ["time", "mean", "stddev", "count"]
    assert pa.ipc.open_stream(rows.content).read_all().to_pydict() == {"time": [100, 101], "value": [60, 62]}
    assert text.text == "time,value\n101.0,warm\n"


def test_several_channels_come_in_one_arrow_stream(ada, upload):
    upload(BLOCK)

    here = "/v1/channels/strap.heart/tiles/0.0?with=strap.temp&stats=max"
    reply = ada.simulate_get(here, headers={"Accept": ARROW})

    table = pa.ipc.open_stream(reply.content).read_all()
    assert table.column_names == ["channel", "time", "mean", "stddev", "count", "max", "comment"]
    assert set(table["channel"].to_pylist()) == {"strap.heart", "strap.temp"}


def test_times_before_1970_have_tiles_of_their_own(ada, upload):
    upload({"channel_names": ["heart"], "data": [[-0.5, 1], [0, 2]]})

    before = ada.simulate_get("/v1/channels/strap.heart/tiles/-9.-1").json
    after = ada.simulate_get("/v1/channels/strap.heart/tiles/-9.0").json

    assert [row[:2] for row in before["data"] if row[3]] == [[-0.5, 1]]
    assert [row[:2] for row in after["data"] if row[3]] == [[0, 2]]


def test_what_is_no_longer_kept_of_the_past_is_gone(make_services, settings, ada, upload):
    first = upload({"channel_names": ["heart"], "data": [[100, 60]]})
    upload({"channel_names": ["heart"], "data": [[100, 61]]})
    ada.app = app.mount(make_services(msgspec.structs.replace(settings, streams_past_seconds=1e-6)))

    reply = ada.simulate_get(f"/v1/channels/strap.heart/tiles/0.0?asof={first['id']}")

    assert (reply.status_code, reply.json["code"]) == (410, "gone")


def test_a_range_goes_on_where_it_stopped(ada, upload):
    upload(BLOCK)

    first = ada.simulate_get("/v1/channels/strap.heart/samples?from=100&to=102&limit=1")

    assert first.json == {"fields": ["time", "value"], "data": [[100, 60]], "next_from": 101}
    target = first.headers["Link"].partition("<")[2].partition(">")[0]
    assert ada.simulate_get(target).json["data"] == [[101, 62]]


def test_an_upload_is_undone_and_the_past_can_be_read(ada, work, upload):
    first = upload({"channel_names": ["heart"], "data": [[100, 60]]})
    second = upload({"channel_names": ["heart"], "data": [[100, 99], [101, 99]]})

    undoing = ada.simulate_delete(second["links"]["self"], params={"wait": 0})
    work()

    assert (undoing.status_code, undoing.json["undoes"]) == (202, second["id"])
    assert ada.simulate_get("/v1/channels/strap.heart/samples").json["data"] == [[100, 60]]
    past = f"/v1/channels/strap.heart/samples?asof={second['id']}"
    assert ada.simulate_get(past).json["data"] == [[100, 99], [101, 99]]
    listed = ada.simulate_get("/v1/channels/strap/uploads").json["uploads"]
    assert [one["state"] for one in listed] == ["published", "undone", "published"]
    assert listed[-1]["id"] == first["id"]
    assert ada.simulate_delete(second["links"]["self"]).status_code == 409


def test_channels_are_made_listed_described_and_deleted(ada, upload):
    order = {"device": "strap", "name": "heart", "unit": "bpm", "metadata": {"place": "chest"}}
    made = ada.send("/v1/channels", order)
    upload(BLOCK)

    page = ada.simulate_get("/v1/channels?limit=1").json
    rest = ada.simulate_get("/v1/channels", params={"limit": 1, "cursor": page["next_cursor"]}).json

    assert (made.status_code, made.headers["Location"]) == (201, "/v1/channels/strap.heart")
    assert [one["name"] for one in (*page["channels"], *rest["channels"])] == ["temp", "heart"]
    heart = rest["channels"][0]
    assert (heart["unit"], heart["metadata"], heart["numbers"]) == ("bpm", {"place": "chest"}, 2)
    assert ada.send("/v1/channels", order).status_code == 409
    told = ada.simulate_put("/v1/channels/strap.heart", json={"unit": "1/min", "style": {"color": "red"}})
    assert (told.status_code, told.json["unit"], told.json["style"]) == (200, "1/min", {"color": "red"})
    assert ada.simulate_delete("/v1/channels/strap.heart").status_code == 204
    assert ada.simulate_get("/v1/channels/strap.heart").status_code == 404


def test_a_strangers_channel_is_not_there_until_it_is_shared(ada, eve, upload):
    upload(BLOCK)
    owner = ada.simulate_get("/v1/me").json["id"]
    here = f"/v1/channels/strap.heart/tiles/0.0?owner={owner}"
    assert eve.simulate_get(here).status_code == 404

    shared = ada.send("/v1/shares", {"reader": "eve", "channel": "strap.heart"})

    assert shared.status_code == 201
    assert eve.simulate_get(here).status_code == 200
    assert eve.simulate_get(f"/v1/channels/strap.temp?owner={owner}").status_code == 404
    assert eve.simulate_get("/v1/channels").json["channels"] == []
    (seen,) = eve.simulate_get(f"/v1/channels?owner={owner}").json["channels"]
    assert eve.simulate_get(seen["links"]["samples"]).json["data"] == [[100, 60], [101, 62]]
    assert eve.simulate_get("/v1/shares").json["received"] == [{"id": owner, "name": "ada"}]
    assert ada.simulate_get("/v1/shares").json["given"][0]["channel"] == "strap.heart"
    taken = ada.simulate_delete("/v1/shares?reader=eve&channel=strap.heart")
    assert taken.status_code == 204
    assert eve.simulate_get(here).status_code == 404
    assert ada.simulate_delete("/v1/shares?reader=eve&channel=strap.heart").status_code == 404


def test_all_is_shared_at_once(ada, eve, upload):
    upload(BLOCK)
    owner = ada.simulate_get("/v1/me").json["id"]

    ada.send("/v1/shares", {"reader": "eve"})

    listed = eve.simulate_get(f"/v1/channels?owner={owner}").json["channels"]
    assert {one["name"] for one in listed} == {"heart", "temp"}
    assert eve.simulate_delete("/v1/channels/strap.heart").status_code == 404
