"""Tiles of one channel, in an envelope, and of several side by side, without one."""

import pytest

EMPTY = {
    "fields": ["time", "mean", "stddev", "count"],
    "data": [],
    "level": 3,
    "offset": -2,
    "sample_width": 0,
    "type": "value",
}


def test_a_tile_comes_in_an_envelope_and_is_not_sent_twice(strap, owner):
    path = "feeds/1.strap/channels/beat/tiles/0.0"

    tile = owner.look(path)
    again = owner.simulate_get(f"/api/v1/{path}", headers={"If-None-Match": tile.headers["ETag"]})

    assert {name: tile.json[name] for name in ("code", "status")} == {"code": 200, "status": "success"}
    assert tile.json["data"]["data"] == [[1, 60, 0, 1], [2, 61, 0, 1], [257, -1e308, 0, 0]]
    assert tile.json["data"]["sample_width"] == 0
    assert (again.status_code, again.content) == (304, b"")


def test_where_nothing_is_the_tile_is_empty(strap, owner):
    for channel in ("beat", "nothing"):
        told = owner.look(f"feeds/1.strap/channels/{channel}/tiles/3.-2")
        assert told.json == {"code": 200, "status": "success", "data": EMPTY}


def test_a_name_is_found_by_the_signs_in_which_it_was_sent(strap, owner):
    tile = owner.look("feeds/1.strap/channels/pm-2.5/tiles/0.0")

    assert tile.json["data"]["data"] == [[1, 7.5, 0, 1], [256.5, -1e308, 0, 0]]


@pytest.mark.parametrize(
    "spot", ["x", "0", "0.x", "1.5.2", "0.0.json", "0.9223372036854775808", "٣.0", "+1.0"]
)
def test_a_tile_of_no_whole_numbers_is_unprocessable(owner, spot):
    for path in (f"feeds/1.strap/channels/beat/tiles/{spot}", f"multifeeds/1.strap.beat/tiles/{spot}"):
        told = owner.look(path)
        assert (told.status_code, told.json["code"], told.json["status"]) == (422, 422, "error"), path
        assert "two whole numbers of 64 bits" in told.json["message"]


def test_means_stand_side_by_side_in_the_centres_of_bins(strap, owner):
    told = owner.look("multifeeds/1.strap.beat,1.strap.pm-2.5/tiles/1.0")

    assert told.json == {
        "full_channel_names": ["1.strap.beat", "1.strap.pm_2.5"],
        "data": [[1, 60, 7.5], [3, 61, None], [601, 62, None]],
    }


@pytest.mark.parametrize(
    ("names", "status"),
    [
        ("1.strap.beat,1.strap.beat", 422),
        ("1.strap.pm-2.5,1.strap.pm_2.5", 422),
        ("1.strap.beat,", 422),
        (",".join(f"1.strap.a{n}" for n in range(33)), 422),
        ("1.strap.nothing", 404),
        ("1.strap", 404),
        ("beat", 404),
        ("2.strap.beat", 403),
    ],
)
def test_channels_that_cannot_stand_there_are_refused(strap, owner, names, status):
    told = owner.look(f"multifeeds/{names}/tiles/0.0")

    assert (told.status_code, told.json["status"]) == (status, "error")


def test_numbers_that_no_tile_reaches_are_told(strap, owner):
    far = 2**63 - 1

    assert owner.look(f"feeds/1.strap/channels/beat/tiles/{far}.{far}").json["data"]["data"] == []
    assert owner.look(f"multifeeds/1.strap.beat/tiles/{far}.0").json["data"] == []
    assert owner.look(f"multifeeds/1.strap.beat/tiles/0.{far}").status_code == 422


def test_no_address_has_a_nul_character(owner):
    for path in ("feeds/1.a%00b", "feeds/1.strap/channels/%00/tiles/0.0", "multifeeds/%00/tiles/0.0"):
        assert owner.look(path).status_code == 400
