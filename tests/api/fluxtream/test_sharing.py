"""Who may look at whose channels, what they are told who may not, and how a share is given and taken back."""

import pytest

EMPTY = '{"fields":["time","mean","stddev","count"],"data":[],"level":0,"offset":0,"sample_width":0,"type":"value"}'


@pytest.fixture
def owner(test, at_work):
    """Somebody with two channels and a remark."""
    test.upload("strap", ["beat", "beat._comment", "secret"], [[1, 60, "run", 7], [2, 61, None, 8]])
    return test


def tile(reader, owner, channel, base="/api/v1"):
    return reader.look(f"{base}/bodytrack/tiles/{owner.id}/{channel}/0.0.json")


def look_at(owner, spot):
    return owner.look(f"/api/bodytrack/tiles/{owner.id}/strap.beat/{spot}.json")


def shares(phone):
    return f"/api/v1/bodytrack/users/{phone.id}/shares"


def test_what_is_not_shared_is_empty_on_the_older_paths_and_forbidden_under_v1(owner, stranger, nobody):
    for channel in ("strap.beat", "strap.nothing"):
        assert tile(stranger, owner, channel, "/api").text == EMPTY
        assert tile(stranger, owner, channel).status_code == 403
        assert tile(nobody, owner, channel).status_code == 401
    sources = f"bodytrack/users/{owner.id}/sources/list"
    assert stranger.look(f"/api/{sources}").json == {"sources": []}
    assert stranger.look(f"/api/v1/{sources}").status_code == 403
    export = f"/api/bodytrack/exportCSV/{owner.id}/fluxtream-export.csv"
    assert stranger.look(export, channels='["strap.beat"]').status_code == 403
    assert stranger.form(f"/api/bodytrack/users/{owner.id}/channels/strap.beat/set").status_code == 403
    assert stranger.look(f"/api/bodytrack/users/{owner.id}/views").status_code == 403


def test_a_user_who_is_not_there_looks_like_one_who_shares_nothing(stranger):
    for path in ("tiles/999/x.y/0.0.json", "users/999/sources/list", "users/999/tags"):
        assert stranger.look(f"/api/v1/bodytrack/{path}").status_code == 403
    assert stranger.look("/api/bodytrack/tiles/999/x.y/0.0.json").text == EMPTY


def test_an_owner_sees_an_empty_tile_where_there_is_no_channel(owner):
    answer = tile(owner, owner, "strap.nothing")

    assert (answer.status_code, answer.text) == (200, EMPTY)
    again = owner.simulate_get(
        f"/api/bodytrack/tiles/{owner.id}/strap.nothing/0.0.json",
        headers={"If-None-Match": answer.headers["ETag"]},
    )
    assert again.status_code == 304


def test_one_channel_is_shared_and_taken_back(owner, stranger):
    given = owner.form(shares(owner), reader="stranger", channel="strap.beat")

    assert given.json == {"shares": [{"reader": "stranger", "channel": "strap.beat"}]}
    assert [row[:2] for row in tile(stranger, owner, "strap.beat").json["data"] if row[1] > 0] == [
        [1, 60],
        [2, 61],
    ]
    assert tile(stranger, owner, "strap.secret").status_code == 403
    (source,) = stranger.look(f"/api/v1/bodytrack/users/{owner.id}/sources/list").json["sources"]
    assert [channel["name"] for channel in source["channels"]] == ["beat"]
    path = f"{shares(owner)}?reader=stranger&channel=strap.beat"
    assert owner.delete(path).json == {"shares": []}
    assert tile(stranger, owner, "strap.beat").status_code == 403
    assert owner.delete(path).status_code == 404


def test_everything_is_shared_at_once(owner, stranger):
    owner.form(shares(owner), reader="stranger")

    assert tile(stranger, owner, "strap.secret").status_code == 200
    assert stranger.look(f"/api/v1/bodytrack/users/{owner.id}/tags").json == {"tags": []}
    assert owner.look(shares(owner)).json == {"shares": [{"reader": "stranger", "channel": None}]}


def test_a_share_names_who_and_what_there_is(owner, stranger):
    wanted = [
        ({}, 400),
        ({"reader": "nobody"}, 404),
        ({"reader": "stranger", "channel": "strap.nothing"}, 404),
    ]

    told = [owner.form(shares(owner), **share).status_code for share, _ in wanted]

    assert told == [status for _, status in wanted]
    assert stranger.form(shares(owner), reader="stranger").status_code == 403


def test_an_operator_sees_everything(owner, make_phone):
    root = make_phone("root", is_admin=True)

    assert tile(root, owner, "strap.secret").json["data"]


def test_a_tile_that_is_no_place_is_not_found(owner):
    spots = ["x.0", "0.x", "0.0.0", "1e3.0", "0", "-.0"]

    told = {spot: look_at(owner, spot).status_code for spot in spots}

    assert told == dict.fromkeys(spots, 404)


def test_a_tile_beyond_64_bits_is_refused(owner):
    for spot in (f"0.{2**63}", f"0.{-(2**63) - 1}", f"{2**63}.0"):
        answer = look_at(owner, spot)

        assert answer.status_code == 400
        assert answer.json["message"] == "level and offset are whole numbers of 64 bits"


def test_every_place_of_64_bits_is_answered(owner):
    for spot in (f"0.{2**63 - 1}", f"0.{-(2**63)}", "63.5", "-63.5", "64.0", "-1000.7"):
        answer = look_at(owner, spot)

        assert answer.status_code == 200
        assert answer.json["offset"] == int(spot.rpartition(".")[2])


def test_more_of_each_bin_is_told_to_who_asks(owner):
    path = f"/api/bodytrack/tiles/{owner.id}/strap.secret/0.0.json"

    told = owner.look(path, stats="min,max").json

    assert told["fields"][:6] == ["time", "mean", "stddev", "count", "min", "max"]
    assert owner.look(path, stats="median").status_code == 400
    assert owner.look(path, asof="soon").status_code == 400


def test_a_tile_can_be_read_as_it_was(owner):
    owner.upload("strap", ["secret"], [[1, 100]])
    path = f"/api/bodytrack/tiles/{owner.id}/strap.secret/0.0.json"

    values = [
        [row[1] for row in owner.look(path, **query).json["data"] if row[1] > 0]
        for query in ({}, {"asof": "1"})
    ]

    assert values == [[100, 8], [7, 8]]


@pytest.mark.parametrize(
    "path",
    [
        "tiles/1/a%00b.c/0.0.json",
        "users/1/sources/a%00b/default_graph_specs",
        "photo/%00",
        "exportCSV/1/fluxtream-export.csv?channels=%5B%22a%00%22%5D",
        "exportCSV/1/fluxtream-export.csv?channels=%5B%22a%5Cu0000.b%22%5D",
        "photos/1/All.photo/0.0.json?tags=%00",
    ],
)
def test_no_address_has_a_nul_character(test, path):
    for base in ("/api", "/api/v1"):
        address, _, query = f"{base}/bodytrack/{path}".partition("?")
        answer = test.simulate_get(address, query_string=query)
        assert answer.status_code == 400, answer.text
