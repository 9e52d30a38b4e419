import hashlib

import httpx
import pytest

from darkroom import client_uploads
from darkroom.client_errors import Refused

MOVIE = b"a movie of twenty-six byte"
SHA256 = hashlib.sha256(MOVIE).hexdigest()
RECORD = {"id": 3, "sha256": SHA256, "size": len(MOVIE), "state": "probing"}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "stem.mp4"
    path.write_bytes(MOVIE)
    return path


def part(number, size):
    return {
        "number": number,
        "size": size,
        "method": "PUT",
        "url": f"http://store.test/{number}?sig",
        "headers": {},
    }


def test_a_small_file_goes_in_one_body_with_its_digest(client, server, path):
    server.script = [httpx.Response(201, json=RECORD)]
    told = []

    record = client.upload(path, progress=lambda done, total: told.append((done, total)))

    request = server.requests[0]
    assert record.id == 3
    assert request.url.params["sha256"] == SHA256
    assert request.url.params["name"] == "stem.mp4"
    assert request.headers["Content-Length"] == "26"
    assert request.headers["Content-Type"] == "video/mp4"
    assert server.bodies == [MOVIE]
    assert told == [(26, 26)]


def test_a_body_is_sent_whole_at_every_try(client, server, path):
    server.script = [httpx.WriteError("cut"), httpx.Response(503), httpx.Response(201, json=RECORD)]

    client.upload(path)

    assert server.bodies == [MOVIE, MOVIE, MOVIE]


def test_a_digest_that_the_server_disputes_is_told(client, server, path):
    server.script = [
        httpx.Response(422, json={"code": "invalid", "detail": "sha256 differs", "parameter": "sha256"})
    ]

    with pytest.raises(Refused, match="sha256 differs") as raised:
        client.upload(path)

    assert raised.value.pointer == "sha256"


def test_a_json_file_is_not_sent_as_an_order(client, server, tmp_path):
    path = tmp_path / "points.json"
    path.write_bytes(b"{}")
    server.script = [httpx.Response(201, json=RECORD)]

    client.upload(path)

    assert server.requests[0].headers["Content-Type"] == "application/octet-stream"


def test_a_large_file_goes_in_parts(client, server, path, monkeypatch):
    monkeypatch.setattr(client_uploads, "PARTS_ABOVE_BYTES", 20)
    server.script = [
        httpx.Response(201, json={"id": 9, "part_size": 10, "parts": [part(1, 10), part(2, 10), part(3, 6)]}),
        httpx.Response(200),
        httpx.Response(200),
        httpx.Response(200),
        httpx.Response(201, json=RECORD),
    ]

    record = client.upload(path)

    assert record.id == 3
    assert server.bodies[1:4] == [MOVIE[:10], MOVIE[10:20], MOVIE[20:]]
    assert "Authorization" not in server.requests[1].headers
    assert server.requests[4].url.path == "/v1/uploads/9/complete"


def test_links_that_expired_on_the_way_are_renewed(client, server, path, monkeypatch):
    monkeypatch.setattr(client_uploads, "PARTS_ABOVE_BYTES", 20)
    server.script = [
        httpx.Response(201, json={"id": 9, "part_size": 13, "parts": [part(1, 13), part(2, 13)]}),
        httpx.Response(200),
        httpx.Response(403),
        httpx.Response(200, json={"id": 9, "part_size": 13, "parts": [part(2, 13)]}),
        httpx.Response(200),
        httpx.Response(201, json=RECORD),
    ]

    client.upload(path)

    assert server.bodies[4] == MOVIE[13:]


def test_an_upload_that_broke_off_sends_only_what_is_missing(client, server, path):
    server.script = [
        httpx.Response(200, json={"id": 9, "part_size": 13, "parts": [part(2, 13)]}),
        httpx.Response(200),
        httpx.Response(201, json=RECORD),
    ]

    client.upload(path, resume=9)

    assert [request.method for request in server.requests] == ["GET", "PUT", "POST"]
    assert server.bodies[1] == MOVIE[13:]
