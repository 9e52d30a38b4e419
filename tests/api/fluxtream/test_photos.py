"""Photos are found by the moment at which they were taken, and shown with what people say of them."""

import hashlib
import io

import pytest
from PIL import ExifTags, Image

from tests.api.fluxtream.pictures import TAKEN, at, picture, tile

CHOICES = [
    ({}, [0, 1, 100, 200]),
    ({"tags": "a"}, [0, 1]),
    ({"tags": "A, b", "tag-match": "any"}, [0, 1, 100]),
    ({"tags": "a,b", "tag-match": "all"}, [1]),
    ({"tags": "a", "tag-match": "none"}, [100, 200]),
    ({"tag-match": "untagged"}, [200]),
]
MOMENTS = [
    ("100/2", [1, 100]),
    ("100/2?isBefore=false", [100, 200]),
    ("-5/2", []),
    ("99.5/1?isBefore=false", [100]),
]


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


def test_tags_choose_photos(album):
    path = f"/api/bodytrack/photos/{album.id}/FluxtreamCapture.photo/200/1000"

    found = [[one["begin_d"] for one in album.simulate_get(path, params=query).json] for query, _ in CHOICES]

    assert found == [seconds for _, seconds in CHOICES]


def test_photos_around_a_moment_are_found(album):
    base = f"/api/bodytrack/photos/{album.id}/FluxtreamCapture.photo"

    found = [[one["begin_d"] for one in album.simulate_get(f"{base}/{path}").json] for path, _ in MOMENTS]

    assert found == [seconds for _, seconds in MOMENTS]


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
