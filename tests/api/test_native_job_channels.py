"""A track that becomes channels, through the native door."""

import pytest

# Apex goes 3 px right and 4 px down in each second, and is lost on frame 3; Leaf 1 stays.
TABLE = b"""frame,time_seconds,label,x,y,status,err,score
0,0.000000,Apex,10.0000,20.0000,tracked,,
0,0.000000,Leaf 1,5.0000,5.0000,tracked,,
1,1.000000,Apex,13.0000,24.0000,tracked,0.0100,0.9900
1,1.000000,Leaf 1,5.0000,5.0000,tracked,0.0100,0.9900
2,2.000000,Apex,16.0000,28.0000,tracked,0.0100,0.9900
2,2.000000,Leaf 1,5.0000,5.0000,tracked,0.0100,0.9900
3,3.000000,Apex,16.0000,28.0000,lost,,0.1000
3,3.000000,Leaf 1,5.0000,5.0000,uncertain,0.0100,0.5000
"""
TWINS = TABLE.replace(b"Apex", b"Leaf-1")


@pytest.fixture
def make_track(ada, track, bench):
    """A finished track with this table; returns the job's id."""

    def make(table, name="track.csv", **params):
        order = {**track, "params": {**track["params"], **params}}
        ada.submit(order)
        return bench.succeed("cpu", outputs=[bench.make(name, table)])

    return make


def turn(caller, job, wait=None, **body):
    query = "" if wait is None else f"?wait={wait}"
    return caller.send(f"/v1/jobs/{job}/channels{query}", body)


def samples(caller, full):
    return caller.simulate_get(f"/v1/channels/{full}/samples").json["data"]


def test_every_point_becomes_three_channels(ada, work, make_track):
    job = make_track(TABLE)

    reply = turn(ada, job, wait=0)
    work()

    assert reply.status_code == 202
    seen = ada.simulate_get(reply.json["links"]["self"]).json
    assert sorted(seen["channels"]) == [
        "Apex.speed",
        "Apex.x",
        "Apex.y",
        "Leaf_1.speed",
        "Leaf_1.x",
        "Leaf_1.y",
    ]
    assert samples(ada, f"track_{job}.Apex.x") == [[0, 10], [1, 13], [2, 16]]
    assert samples(ada, f"track_{job}.Apex.y") == [[0, 20], [1, 24], [2, 28]]
    assert samples(ada, f"track_{job}.Apex.speed") == [[0, 5], [1, 5], [2, 5]]
    assert samples(ada, f"track_{job}.Leaf_1.x") == [[0, 5], [1, 5], [2, 5], [3, 5]]
    tile = ada.simulate_get(f"/v1/channels/track_{job}.Apex.speed/tiles/-6.0").json
    assert [row[:2] for row in tile["data"] if row[3]] == [[0, 5], [1, 5], [2, 5]]


def test_a_time_lapse_has_real_time_and_points_other_names(ada, make_track, worked):
    job = make_track(TABLE, frames_per_minute=2.0)

    reply = turn(ada, job, device="garden", start=1000.0, names={"Leaf 1": "leaf"})

    assert reply.status_code == 200, reply.text
    assert samples(ada, "garden.leaf.x") == [[1000, 5], [1030, 5], [1060, 5], [1090, 5]]
    assert samples(ada, "garden.Apex.speed") == [[1000, 5 / 30], [1030, 5 / 30], [1060, 5 / 30]]


def test_the_same_again_is_the_same_upload(ada, make_track, worked):
    job = make_track(TABLE)

    first = turn(ada, job).json

    assert turn(ada, job).json == first
    assert turn(ada, job, start=1.0).json["id"] != first["id"]


def test_labels_that_become_one_name_are_told_and_may_be_named(ada, make_track, worked):
    job = make_track(TWINS)

    refused = turn(ada, job)
    named = turn(ada, job, names={"Leaf-1": "other"})

    assert (refused.status_code, refused.json["pointer"]) == (422, "/names")
    assert "'Leaf-1.x' and 'Leaf 1.x' would both be kept as 'Leaf_1.x'" in refused.json["detail"]
    assert named.status_code == 200
    assert {"other.x", "Leaf_1.x"} <= set(named.json["channels"])


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"device": "a-b"}, "/device"),
        ({"frames_per_minute": 0}, "/frames_per_minute"),
        ({"frames_per_minute": 6001}, "/frames_per_minute"),
        ({"start": 2.0**54}, "/start"),
        ({"start": 2.0**53 - 1}, "/start"),
        ({"start": "noon"}, "/start"),
        ({"names": {"Apex": "a."}}, "/names"),
        ({"names": {"Root": "root"}}, "/names"),
        ({"speed": 1}, "/speed"),
    ],
)
def test_what_does_not_fit_is_told(ada, make_track, worked, body, where):
    reply = turn(ada, make_track(TABLE), **body)

    assert reply.status_code == 422
    assert reply.json["pointer"].startswith(where)


def test_only_a_finished_track_of_ones_own_with_a_table_becomes_channels(
    ada, eve, work, bench, track, make_track
):
    ada.submit({"kind": "drill"})
    drill = bench.succeed()
    pictures = make_track(b"a movie", name="traced.mp4")
    running = ada.submit({**track, "reuse": False}).json["id"]

    assert turn(ada, 999).status_code == 404
    assert turn(eve, pictures).status_code == 404
    assert turn(ada, running).json["code"] == "not_ready"
    assert "of the kind drill" in turn(ada, drill).json["detail"]
    assert "made no table" in turn(ada, pictures).json["detail"]


def test_a_table_that_is_none_is_told(ada, make_track, worked):
    reply = turn(ada, make_track(b"t,a\n1,2\n"))

    assert reply.status_code == 409
    assert "is not published" in reply.json["detail"]
