"""Uploads in parts through the native door."""

import hashlib

import pytest

FIRST = b"a" * (5 << 20)
LAST = b"the end"
ORDER = {
    "upload": "multipart",
    "name": "long.mp4",
    "size": len(FIRST + LAST),
    "sha256": hashlib.sha256(FIRST + LAST).hexdigest(),
}


@pytest.fixture
def upload(ada):
    return ada.send("/v1/media", ORDER).json


def send_parts(anybody, upload, *contents):
    for part, content in zip(upload["parts"], contents, strict=False):
        reply = anybody.follow(part["url"], part["method"], body=content, headers=part["headers"])
        assert reply.status_code == 200


def test_an_upload_in_parts_begins_with_a_link_for_each(ada):
    reply = ada.send("/v1/media", ORDER)

    assert reply.status_code == 201
    assert reply.headers["Location"] == "/v1/uploads/1"
    assert reply.json["part_size"] == 5 << 20
    assert [(part["number"], part["size"], part["method"]) for part in reply.json["parts"]] == [
        (1, 5 << 20, "PUT"),
        (2, 7, "PUT"),
    ]


def test_parts_become_one_medium(ada, anybody, upload):
    send_parts(anybody, upload, FIRST, LAST)

    reply = ada.simulate_post("/v1/uploads/1/complete")

    assert reply.status_code == 201
    assert reply.headers["Location"] == "/v1/media/1"
    assert reply.json["sha256"] == ORDER["sha256"]
    assert reply.json["state"] == "probing"


def test_completing_again_answers_the_same_medium(ada, anybody, upload, bench):
    send_parts(anybody, upload, FIRST, LAST)
    first = ada.simulate_post("/v1/uploads/1/complete").json

    second = ada.simulate_post("/v1/uploads/1/complete").json

    assert second["id"] == first["id"]
    assert bench.written() == (1, 1, 1)


def test_a_transfer_that_broke_off_goes_on_where_it_stopped(ada, anybody, upload):
    send_parts(anybody, upload, FIRST)

    found = ada.simulate_get("/v1/uploads/1").json

    assert found["received"] == [{"number": 1, "size": 5 << 20}]
    assert [part["number"] for part in found["parts"]] == [2]


def test_an_upload_with_a_part_missing_is_not_completed(ada, anybody, upload, bench):
    send_parts(anybody, upload, FIRST)

    reply = ada.simulate_post("/v1/uploads/1/complete")

    assert reply.status_code == 409
    assert reply.json["detail"] == "1 of 2 parts are missing: 2"
    assert bench.written() == (0, 0, 0)


def test_a_part_of_another_size_is_refused(ada, anybody, upload, bench):
    send_parts(anybody, upload, FIRST, b"the wrong end")

    reply = ada.simulate_post("/v1/uploads/1/complete")

    assert reply.status_code == 422
    assert reply.json["detail"] == "part 2 has 13 bytes, 7 were announced"
    assert bench.written() == (0, 0, 0)


def test_parts_of_another_digest_are_refused(ada, anybody, upload, bench, services):
    send_parts(anybody, upload, FIRST, b"the End")

    reply = ada.simulate_post("/v1/uploads/1/complete")

    assert reply.status_code == 422
    assert reply.json["parameter"] == "sha256"
    assert bench.written() == (0, 0, 0)
    assert list(services.blobs.list("media/")) == []


def test_an_aborted_upload_is_gone(ada, anybody, upload):
    assert ada.simulate_delete("/v1/uploads/1").status_code == 204

    assert ada.simulate_get("/v1/uploads/1").status_code == 404
    assert anybody.follow(upload["parts"][0]["url"], "PUT", body=FIRST).status_code == 404


def test_a_stranger_sees_no_upload_of_mine(eve, upload):
    assert eve.simulate_get("/v1/uploads/1").status_code == 404
    assert eve.simulate_post("/v1/uploads/1/complete").status_code == 404
    assert eve.simulate_delete("/v1/uploads/1").status_code == 404


def test_a_medium_that_came_in_parts_is_forgotten_with_its_upload(ada, anybody, upload, bench):
    send_parts(anybody, upload, FIRST, LAST)
    made = ada.simulate_post("/v1/uploads/1/complete").json
    bench.succeed()

    reply = ada.simulate_delete(f"/v1/media/{made['id']}")

    assert reply.status_code == 204
    assert ada.simulate_get("/v1/uploads/1").status_code == 404


def test_completing_twice_at_once_answers_the_same_medium(ada, anybody, upload, services, monkeypatch):
    send_parts(anybody, upload, FIRST, LAST)
    list_parts = services.blobs.list_parts

    def list_late(key, upload_id):
        monkeypatch.undo()
        first.append(ada.simulate_post("/v1/uploads/1/complete"))
        return list_parts(key, upload_id)

    first = []
    monkeypatch.setattr(services.blobs, "list_parts", list_late)

    second = ada.simulate_post("/v1/uploads/1/complete")

    assert (first[0].status_code, second.status_code) == (201, 201)
    assert second.json["id"] == first[0].json["id"]
