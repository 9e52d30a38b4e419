"""Feeds: what is uploaded, in whose name, and what is told of it."""

import msgspec
import pytest
from structlog.testing import capture_logs

from storage import streams
from storage.engine import read

BLOCK = {"channel_names": ["a", "b-2"], "data": [[1.5, 10, 3.85], [2, 20, None]]}
BOUNDS = {
    "channels": {
        "a": {"minTimeSecs": 1.5, "maxTimeSecs": 2, "minValue": 10, "maxValue": 20},
        "b_2": {"minTimeSecs": 1.5, "maxTimeSecs": 1.5, "minValue": 3.85, "maxValue": 3.85},
    },
    "minTimeSecs": 1.5,
    "maxTimeSecs": 2,
}


def channels_of(services, owner):
    with read(services.engine) as db:
        return [f"{one.device}.{one.name}" for one in streams.find_channels(db, owner)]


def test_each_way_to_upload_is_answered_alike(owner, sensor, make_key, worked):
    key = make_key()

    told = [
        owner.put("feeds/1.strap", BLOCK),
        sensor().put(f"feeds/{key}", BLOCK),
        sensor(FeedApiKey=key).put("feeds/1.strap", BLOCK),
        sensor(FeedApiKey=key).put("feed", BLOCK),
    ]

    bounds = {"channelBounds": BOUNDS, "importedBounds": BOUNDS}
    assert [one.json for one in told] == [{"code": 200, "status": "success", "data": bounds}] * 4
    assert owner.look("feeds/1.strap").json["data"] == {
        "id": "1.strap",
        "name": "strap",
        "channelBounds": BOUNDS,
    }


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"channel_names": ["a"], "data": [[1, 2, 3]]}, "row 1"),
        ({"channel_names": ["a", "a"], "data": [[1, 2, 3]]}, "'a'"),
        (b'{"channel_names": ["a"], "data": [[1,', ""),
    ],
)
def test_nothing_of_a_bad_upload_is_kept(owner, services, worked, body, named):
    told = owner.put("feeds/1.strap", body)

    assert (told.status_code, told.json["code"], told.json["status"]) == (422, 422, "error")
    assert named in told.json["message"]
    assert channels_of(services, 1) == []


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b"", 400),
        ({"Content-Type": "text/csv"}, b"time,a", 415),
        ({"Content-Encoding": "gzip"}, b"x", 415),
        ({}, b" " * 2000, 413),
    ],
)
def test_a_body_that_is_not_taken_is_refused_at_once(owner, services, headers, body, status):
    services.settings = msgspec.structs.replace(services.settings, streams_upload_limit_bytes=1000)

    told = owner.put("feeds/1.strap", body, headers)

    assert (told.status_code, told.json["code"], told.json["status"]) == (status, status, "error")


def test_an_upload_that_takes_longer_says_so(owner, services):
    services.settings = msgspec.structs.replace(services.settings, streams_wait_seconds=0)

    told = owner.put("feeds/1.strap", BLOCK)

    assert told.json == {"code": 202, "status": "success", "data": {"upload": 1, "job": 1}}


def test_a_key_opens_its_feed_and_nothing_else(strap, sensor, make_key, owner):
    keyed = sensor(FeedApiKey=make_key())
    bearer = sensor(Authorization=f"Bearer {make_key()}")

    assert keyed.look("feeds/1.strap").status_code == 200
    for path in ("feeds/1.other", "feeds/2.strap", "multifeeds/1.other.a/tiles/0.0"):
        assert keyed.look(path).status_code == 403, path
    assert keyed.put("feeds/1.other", BLOCK).status_code == 403
    assert bearer.look("feeds/1.strap").status_code == 403
    assert bearer.simulate_get("/v1/channels").status_code == 403


def test_a_key_for_reading_does_not_upload(strap, sensor, make_key):
    key = make_key("feed-read:strap")

    assert sensor().look(f"feeds/{key}").status_code == 200
    assert sensor(FeedApiKey=key).look("feed").status_code == 200
    refused = sensor().put(f"feeds/{key}", BLOCK)

    assert (refused.status_code, refused.json["message"]) == (403, "this token may not write")


def test_who_is_no_feeds_key_is_told_so(sensor, make_key, owner):
    for scopes in ("all", "read,write", "feed:strap,read"):
        told = sensor(FeedApiKey=make_key(scopes)).look("feeds/1.strap")
        assert (told.status_code, told.json["message"]) == (401, "this token is no feed's key"), scopes
    assert sensor(FeedApiKey="drk_unknown").look("feed").status_code == 401
    assert sensor().look("feeds/drk_unknown").status_code == 401
    assert sensor().look("feeds/1.strap").json["code"] == 401
    assert owner.look("feed").status_code == 403


def test_a_key_in_a_path_is_not_written_into_the_log(strap, sensor, make_key, services, monkeypatch):
    key = make_key()
    monkeypatch.setattr(services.tiles, "find", lambda *_: 1 / 0)

    with capture_logs() as logged:
        told = sensor().look(f"feeds/{key}/channels/beat/tiles/0.0")

    assert (told.status_code, told.json["status"]) == (500, "fail")
    assert [event["path"] for event in logged if event["event"] == "unexpected error"] == [
        "/api/v1/feeds/drk_…/channels/beat/tiles/0.0"
    ]


def test_others_see_what_is_shared_and_add_to_nothing(strap, stranger, services):
    assert stranger.look("feeds/1.strap").status_code == 404
    assert stranger.look("feeds/1.strap/channels/beat/tiles/0.0").status_code == 403
    with services.engine.begin() as db:
        streams.share(db, 1, 2, streams.find_channel(db, 1, "strap", "beat").id)

    assert list(stranger.look("feeds/1.strap").json["data"]["channelBounds"]["channels"]) == ["beat"]
    assert stranger.look("feeds/1.strap/channels/beat/tiles/0.0").status_code == 200
    assert stranger.put("feeds/1.strap", BLOCK).status_code == 403


@pytest.mark.parametrize(
    "named", ["26", "0.strap", "1.", "1.a-b", "9999999999999999999.strap", "1.a.b", "x.y"]
)
def test_what_is_no_id_names_no_feed(owner, named):
    told = owner.look(f"feeds/{named}")

    assert told.status_code == 404
    assert told.json["message"] == "there is no such feed: its id is <user>.<device>, as in 2.strap"
