"""The commands of the original's documentation, as they stand there, against a running house."""

import hashlib
import json

from PIL import Image

UPLOAD = (
    "curl -i -u test:testtest http://fluxtream.org/api/bodytrack/upload -d dev_nickname=test"
    """ -d channel_names='["a","b"]' -d data='[[1332754616,1,10], [1332754617,-1,20]]'"""
)
PHOTO = (
    "curl -v -u test:testtest --form 'metadata={\"capture_time_secs_utc\":1355314332.000}'"
    " --form photo=@orientation_4.jpg http://fluxtream.org/api/bodytrack/photoUpload?connector_name=fluxtream_capture;"
)
BOUNDS_A = '{"max_value":1,"min_value":-1,"min_time":1332754616,"max_time":1332754617}'
BOUNDS_B = '{"max_value":20,"min_value":10,"min_time":1332754616,"max_time":1332754617}'


def test_the_guest_is_told_who_they_are(shell):
    printed = shell.curl("curl -u test:testtest http://fluxtream.org/api/guest")

    assert json.loads(printed) == {
        "username": "test",
        "firstname": "test",
        "lastname": "",
        "email": "",
        "roles": "[ROLE_USER]",
        "id": shell.user_id,
    }


def test_who_is_not_logged_in_gets_401(shell):
    assert shell.curl("curl -s -i http://fluxtream.org/api/guest").startswith("HTTP/1.1 401 ")


def test_samples_are_stored_and_read(shell):
    head, _, body = shell.curl(UPLOAD).partition("\n\n")
    told = json.loads(body)

    offset = 1332754616 // (512 * 32)
    tile = shell.curl(
        f"curl -u test:testtest http://fluxtream.org/api/bodytrack/tiles/{shell.user_id}/test.a/5.{offset}.json"
    )

    assert head.startswith("HTTP/1.1 200 ")
    assert f'"a":{{"max_value":1,"min_value":-1,"min_time":1332754616,"channel_bounds":{BOUNDS_A}' in body
    assert f'"imported_bounds":{BOUNDS_B},"max_time":1332754617}}' in body
    assert (told["min_time"], told["max_time"]) == (1332754616, 1332754617)
    assert (
        told["logrec_id"] == json.loads(shell.curl(UPLOAD).partition("\n\n")[2])["logrec_id"] >= 1
    )  # sent again
    assert [row[:2] for row in json.loads(tile)["data"] if row[1] > -1e307] == [
        [1332754616, 1],
        [1332754617, -1],
    ]


def test_samples_in_pieces_of_no_told_length_are_taken(shell):
    (shell.folder / "block.json").write_text('{"channel_names":["c"],"data":[[1,2],[3,4]]}')

    printed = shell.curl(
        "curl -s -u test:testtest -H 'Transfer-Encoding: chunked' --data-binary @block.json"
        " 'http://fluxtream.org/api/bodytrack/jupload?dev_nickname=pieces'"
    )

    assert json.loads(printed)["successful_samples"] == 2, printed


def test_a_photo_is_stored_and_seen(shell):
    photo = shell.folder / "orientation_4.jpg"
    exif = Image.Exif()
    exif[274] = 4
    Image.radial_gradient("L").resize((800, 600)).convert("RGB").save(photo, exif=exif)
    digest = hashlib.sha256(photo.read_bytes()).hexdigest()
    key = f"{shell.user_id}.FluxtreamCapture.photo.2012347.1355314332000_{digest}"

    created, updated = (json.loads(shell.curl(PHOTO)) for _ in range(2))
    in_pieces = json.loads(shell.curl(PHOTO.replace("-v", "-s -H 'Transfer-Encoding: chunked'")))
    small = f"/api/bodytrack/photoThumbnail/{shell.user_id}/{created['payload']['id']}/2"
    shell.curl(f"curl -s -o small.jpg -u test:testtest http://fluxtream.org{small}")

    assert created == {
        "result": "OK",
        "message": "photo created sucessfully!",
        "payload": {"operation": "created", "id": 1, "key": key},
    }
    assert (
        updated
        == in_pieces
        == {
            "result": "OK",
            "message": "photo updated sucessfully!",
            "payload": {"operation": "updated", "id": 1, "key": key},
        }
    )
    with Image.open(shell.folder / "small.jpg") as thumbnail:
        assert thumbnail.size == (500, 375)


def test_what_is_no_photo_is_refused(shell):
    (shell.folder / "note.txt").write_text("not a photo")

    printed = shell.curl(
        PHOTO.replace("orientation_4.jpg", "note.txt").replace("-v", "-s -w ' %{http_code}'")
    )

    body, _, status = printed.rpartition(" ")
    assert status == "415"
    assert json.loads(body)["message"] == "UnsupportedImageFormatException while trying to save the photo"
