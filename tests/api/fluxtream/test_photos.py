"""Photos come in once, are looked into by a worker, and are found by the moment at which they were taken."""

import hashlib
import io
import json

import msgspec
import pytest
from PIL import ExifTags, Image

from storage.engine import write
from storage.tables import media
from workers import sweep

TAKEN = '{"capture_time_secs_utc":1355314332.000}'
PART_MISSING = (
    "Upload failed because both the \\u0027photo\\u0027 and \\u0027metadata\\u0027 parts are required"
    " and must be non-null"
)
CREATED = "photo created sucessfully!"


def picture(colour="red", size=(640, 480), image_format="JPEG", **options):
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, image_format, **options)
    return file.getvalue()


def at(seconds, **more):
    return json.dumps({"capture_time_secs_utc": seconds, **more})


def test_a_photo_is_created_once_and_updated_when_it_is_sent_again(test, at_work):
    photo = picture()
    key = f"{test.id}.FluxtreamCapture.photo.2012347.1355314332000_{hashlib.sha256(photo).hexdigest()}"

    first, second = (test.photo(photo, TAKEN) for _ in range(2))

    assert first.status_code == second.status_code == 200
    assert first.text == (
        f'{{"result":"OK","message":"{CREATED}","payload":{{"operation":"created","id":1,"key":"{key}"}}}}'
    )
    assert second.text == (
        '{"result":"OK","message":"photo updated sucessfully!",'
        f'"payload":{{"operation":"updated","id":1,"key":"{key}"}}}}'
    )


def test_under_v1_the_payload_comes_bare(test, at_work):
    answer = test.photo(picture(), TAKEN, base="/api/v1")

    assert answer.status_code == 200
    assert answer.json["operation"] == "created"


def test_the_same_photo_of_another_moment_is_another(test, at_work):
    photo = picture()

    ids = [test.photo(photo, at(1000 + n)).json["payload"]["id"] for n in range(2)]

    assert ids == [1, 2]


@pytest.mark.parametrize(
    ("content", "metadata", "connector", "status", "message"),
    [
        (
            b"x",
            TAKEN,
            "bogus_connector",
            400,
            "Upload failed because the connector [bogus_connector] is unknown",
        ),
        (b"x", TAKEN, None, 400, "Upload failed because the connector [null] is unknown"),
        (
            b"x",
            TAKEN,
            "fitbit",
            400,
            "Upload failed because photo uploads are currently only allowed for the Fluxtream Capture connector",
        ),
        (
            None,
            TAKEN,
            "fluxtream_capture",
            400,
            PART_MISSING,
        ),
        (
            b"x",
            None,
            "fluxtream_capture",
            400,
            PART_MISSING,
        ),
        (b"", TAKEN, "fluxtream_capture", 400, "InvalidDataException while trying to save the photo"),
        (
            b"<svg/>",
            TAKEN,
            "fluxtream_capture",
            415,
            "UnsupportedImageFormatException while trying to save the photo",
        ),
        *(
            (
                b"<svg/>",
                metadata,
                "fluxtream_capture",
                400,
                "InvalidDataException while trying to save the photo",
            )
            for metadata in (
                "",
                "{",
                "[]",
                "{}",
                at("soon"),
                at(True),
                at(-1),
                at(1e300),
                '{"capture_time_secs_utc":NaN}',
                '{"capture_time_secs_utc":1e999}',
                at(1, comment=5),
                at(1, comment="\x00"),
                at(1, tags=["a"]),
                at(1, tags=",".join(map(str, range(500)))),
            )
        ),
    ],
)
def test_what_is_refused_is_refused_in_the_words_of_the_wire(
    test, services, content, metadata, connector, status, message
):
    answer = test.photo(content, metadata, connector=connector)

    assert answer.status_code == status
    assert answer.text.startswith(f'{{"result":"KO","message":"{message}"')
    with write(services.engine) as db:
        assert db.execute(media.select()).all() == []


def test_a_call_without_a_form_is_refused(test):
    answer = test.simulate_post("/api/bodytrack/photoUpload?connector_name=fluxtream_capture")

    assert answer.status_code == 400
    assert answer.text == '{"result":"KO","message":"Upload failed because the Multipart was null"}'


def test_a_form_that_breaks_off_is_refused(test):
    answer = test.simulate_post(
        "/api/bodytrack/photoUpload?connector_name=fluxtream_capture",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
        body=b'--x\r\nContent-Disposition: form-data; name="photo"\r\n\r\n' + picture()[:100],
    )

    assert answer.status_code == 400
    assert answer.json["result"] == "KO"


@pytest.mark.parametrize("content", [picture()[:600], picture(image_format="PNG")[:60]])
def test_a_damaged_photo_leaves_nothing_behind(test, services, at_work, content):
    answer = test.photo(content, TAKEN)

    assert answer.status_code == 400
    assert answer.json["message"] == "InvalidDataException while trying to save the photo"
    assert answer.json["payload"] == {"reason": "the photo is damaged"}
    assert tile(test) == []
    with write(services.engine) as db:
        assert db.execute(media.select()).all() == []


def tile(phone, channel="FluxtreamCapture.photo", level=40, base="/api", **query):
    """The photos of the tile that holds everything since the epoch."""
    return phone.look(f"{base}/bodytrack/photos/{phone.id}/{channel}/{level}.0.json", **query).json


def test_a_photo_is_shown_with_all_that_is_known_of_it(test, at_work):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: (47.0, 30.0, 0.0), 3: "W", 4: (8.0, 45.0, 0.0)}
    sent = at(1355314332.25, tags="Snack, fruit,,Straw berries", comment="It's good")
    key = test.photo(picture(exif=exif), sent).json["payload"]["key"]

    (shown,) = tile(test)

    assert shown == {
        "id": "FluxtreamCapture.photo.1",
        "description": "It's good",
        "comment": "It's good",
        "begin_d": 1355314332.25,
        "end_d": 1355314332.25,
        "begin": "2012-12-12T12:12:12Z",
        "end": "2012-12-12T12:12:12Z",
        "dev_id": "FluxtreamCapture",
        "dev_nickname": "FluxtreamCapture",
        "object_type_name": "photo",
        "channel_name": "photo",
        "url": f"/api/bodytrack/photo/{key}",
        "thumbnails": [
            {"url": f"/api/bodytrack/photoThumbnail/{test.id}/1/{n}", "width": width, "height": height}
            for n, (width, height) in enumerate([(112, 150), (225, 300), (375, 500)])
        ],
        "tags": ["fruit", "snack", "straw_berries"],
        "count": 1,
        "orientation": 6,
        "nsfw": False,
        "time_type": "gmt",
        "latitude": 47.5,
        "longitude": -8.75,
    }
    assert tile(test, channel="All.photo", base="/api/v1")[0]["url"] == f"/api/v1/bodytrack/photo/{key}"


def test_bytes_and_thumbnails_are_sent_once(test, at_work):
    photo = picture(image_format="PNG")
    test.photo(photo, TAKEN)
    (shown,) = tile(test)

    whole, small = test.look(shown["url"]), test.look(shown["thumbnails"][0]["url"])

    assert whole.content == photo
    assert whole.headers["Content-Type"] == "image/png"
    assert whole.headers["ETag"] == f'"{hashlib.sha256(photo).hexdigest()}"'
    assert whole.headers["Cache-Control"] == "private, max-age=604800, no-transform"
    with Image.open(io.BytesIO(small.content)) as thumbnail:
        assert thumbnail.size == (150, 112)
    again = test.simulate_get(shown["url"], headers={"If-None-Match": whole.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "photo/1.FluxtreamCapture.photo.2012347.1355314332000_" + "0" * 64,
        "photo/1.FluxtreamCapture.photo.x",
        "photo/nonsense",
        "photoThumbnail/1/1/0",
        "photoThumbnail/1/x/0",
        "photos/1/FluxtreamCapture.photo/x.0.json",
        "photos/1/FluxtreamCapture.photo/0.0",
        "photos/1/FluxtreamCapture.photo/soon/3",
        "photos/1/FluxtreamCapture.photo/0/x",
        "photos/x/FluxtreamCapture.photo/0.0.json",
        "metadata/1/FluxtreamCapture.photo/7/get",
        "metadata/1/FluxtreamCapture.photo/x/get",
    ],
)
def test_what_is_not_there_is_not_found(test, path):
    assert test.look(f"/api/bodytrack/{path}").status_code == 404


@pytest.mark.parametrize("offset", [2**63, -(2**63) - 1])
def test_an_offset_beyond_64_bits_is_refused(test, offset):
    answer = test.look(f"/api/bodytrack/photos/{test.id}/FluxtreamCapture.photo/0.{offset}.json")

    assert answer.status_code == 400
    assert answer.json["message"] == "level and offset are whole numbers of 64 bits"


@pytest.fixture
def album(test, at_work):
    """Photos at seconds 0, 1, 100, 200 with tags."""
    for second, tags in [(0, "a"), (1, "a,b"), (100, "b"), (200, "")]:
        assert test.photo(picture(size=(8, 8)), at(second, tags=tags)).status_code == 200
    return test


def test_a_tile_shows_photos_that_are_apart_and_counts_the_others(album):
    near = album.look(f"/api/bodytrack/photos/{album.id}/FluxtreamCapture.photo/0.0.json").json
    far = tile(album)
    none = album.look(f"/api/bodytrack/photos/{album.id}/FluxtreamCapture.photo/0.1.json").json

    assert [(one["begin_d"], one["count"]) for one in near] == [(0, 2), (100, 1), (200, 1)]
    assert [(one["begin_d"], one["count"]) for one in far] == [(0, 4)]
    assert none == []


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ({}, [0, 1, 100, 200]),
        ({"tags": "a"}, [0, 1]),
        ({"tags": "A, b", "tag-match": "any"}, [0, 1, 100]),
        ({"tags": "a,b", "tag-match": "all"}, [1]),
        ({"tags": "a", "tag-match": "none"}, [100, 200]),
        ({"tag-match": "untagged"}, [200]),
    ],
)
def test_tags_choose_photos(album, query, seconds):
    path = f"/api/bodytrack/photos/{album.id}/FluxtreamCapture.photo/200/1000"

    assert [one["begin_d"] for one in album.simulate_get(path, params=query).json] == seconds


@pytest.mark.parametrize(
    ("path", "seconds"),
    [
        ("100/2", [1, 100]),
        ("100/2?isBefore=false", [100, 200]),
        ("-5/2", []),
        ("99.5/1?isBefore=false", [100]),
    ],
)
def test_photos_around_a_moment_are_found(album, path, seconds):
    found = album.simulate_get(f"/api/bodytrack/photos/{album.id}/FluxtreamCapture.photo/{path}").json

    assert [one["begin_d"] for one in found] == seconds


def test_words_are_set_and_got(album):
    path = f"/api/bodytrack/metadata/{album.id}/FluxtreamCapture.photo/1"

    was = album.look(f"{path}/get").json
    put = album.form(f"{path}/set", comment="seen", tags="Energy, headache")

    assert was == {"comment": "", "tags": ["a"]}
    assert put.json == album.look(f"{path}/get").json == {"comment": "seen", "tags": ["energy", "headache"]}
    assert (
        album.look(f"/api/bodytrack/users/{album.id}/tags").text == '{"tags":["a","b","energy","headache"]}'
    )
    assert album.form(f"{path}/set").status_code == 400
    assert album.form(path.replace("FluxtreamCapture", "Other") + "/set", tags="x").status_code == 400


def test_a_photo_is_deleted_by_its_owner_and_what_others_need_stays(album):
    first, second = (one["url"] for one in album.look(f"/api/bodytrack/photos/{album.id}/All.photo/1/2").json)

    answer = album.delete(f"/api/bodytrack/photo/{album.id}/1")

    assert answer.json == {"result": "OK", "message": "photo deleted"}
    assert album.look(first).status_code == 404
    assert album.look(second).status_code == 200  # the same bytes at another moment
    assert album.delete(f"/api/bodytrack/photo/{album.id}/1").status_code == 404


def test_a_stranger_sees_nothing_and_changes_nothing(album, stranger):
    base, key = f"/api/bodytrack/photos/{album.id}/FluxtreamCapture.photo", tile(album)[0]["url"]

    assert stranger.look(f"{base}/40.0.json").json == []
    assert stranger.look(f"{base}/40.0.json".replace("/api/", "/api/v1/")).status_code == 403
    assert stranger.look(key).status_code == 403
    assert stranger.look(f"/api/bodytrack/photoThumbnail/{album.id}/1/0").status_code == 403
    assert (
        stranger.look(f"/api/bodytrack/metadata/{album.id}/FluxtreamCapture.photo/1/get").status_code == 403
    )
    assert stranger.look(f"/api/bodytrack/users/{album.id}/tags").status_code == 403
    assert stranger.delete(f"/api/bodytrack/photo/{album.id}/1").status_code == 403
    assert stranger.delete(f"/api/bodytrack/photo/{stranger.id}/1").status_code == 404


def test_a_photo_that_takes_longer_is_told_so_and_settled_by_the_sweeper(test, services, bench):
    services.settings = msgspec.structs.replace(services.settings, photo_wait_seconds=0)

    answer = test.photo(picture(), TAKEN)
    bench.fail("disk_full", "the worker's disk is full")
    settled = sweep.sweep_photos(services.engine, services.blobs)

    assert answer.status_code == 202
    assert answer.json["message"] == "photo is stored and still being looked into"
    assert settled == 1
    assert tile(test)[0]["thumbnails"] == []


def test_a_photo_whose_work_failed_is_looked_into_again_when_it_is_sent_again(test, services, bench):
    services.settings = msgspec.structs.replace(services.settings, photo_wait_seconds=0)
    test.photo(picture(), TAKEN)
    bench.fail("disk_full", "the worker's disk is full")
    sweep.sweep_photos(services.engine, services.blobs)

    answer = test.photo(picture(), TAKEN)

    assert answer.json["payload"]["operation"] == "updated"
    assert bench.claim().kind == "photo"
