"""Photos come in once, and are looked into by a worker before they are told to be there."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from storage import media as storage_media
from storage.engine import write
from storage.tables import media
from tests.api.fluxtream.pictures import TAKEN, at, picture, tile
from workers import sweep

PART_MISSING = (
    "Upload failed because both the \\u0027photo\\u0027 and \\u0027metadata\\u0027 parts are required"
    " and must be non-null"
)
CREATED = "photo created sucessfully!"


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


def test_a_photo_whose_medium_was_removed_is_kept_anew_when_it_is_sent_again(test, services, at_work):
    photo = picture()
    test.photo(photo, TAKEN)
    with write(services.engine) as db:
        media_ids = [row.id for row in db.execute(media.select())]
        storage_media.remove(db, media_ids[0], test.id)

    answer = test.photo(photo, TAKEN)

    assert answer.json["payload"]["operation"] == "updated"
    (shown,) = tile(test)
    assert len(shown["thumbnails"]) == 3
    with write(services.engine) as db:
        assert len(db.execute(media.select()).all()) == 4


def test_the_same_photo_from_many_at_once_is_one(test, at_work):
    photo = picture()

    with ThreadPoolExecutor(6) as crowd:
        answers = list(crowd.map(lambda _: test.photo(photo, TAKEN), range(6)))

    assert {answer.status_code for answer in answers} == {200}
    payloads = [answer.json["payload"] for answer in answers]
    assert {one["id"] for one in payloads} == {1}
    assert sorted(one["operation"] for one in payloads) == ["created", *["updated"] * 5]


@pytest.mark.parametrize("limit", [100, 100_000])
def test_a_photo_past_the_limit_is_refused(test, services, limit):
    services.settings = msgspec.structs.replace(services.settings, photo_limit_bytes=limit)

    answer = test.photo(picture() + bytes(300_000), TAKEN)

    assert answer.status_code == 413
    assert answer.json["result"] == "KO"
