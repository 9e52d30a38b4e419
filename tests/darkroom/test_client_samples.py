"""Samples and tiles through the client."""

import httpx
import pytest

from darkroom.client_errors import ClientError

PENDING = {"id": 3, "device": "strap", "state": "pending", "job": 7}
PUBLISHED = {**PENDING, "state": "published", "rows": 2}
JOB = {"id": 7, "kind": "aggregate", "state": "succeeded"}
ROWS = {"channel_names": ["a"], "data": [[1, 2]]}


def test_rows_are_sent_as_json(client, server):
    server.script = [httpx.Response(200, json=PUBLISHED)]

    upload = client.upload_samples("strap", ROWS)

    assert (upload.id, upload.rows) == (3, 2)
    (request,) = server.requests
    assert (request.method, request.url.path) == ("POST", "/v1/channels/strap/samples")
    assert server.bodies == [b'{"channel_names":["a"],"data":[[1,2]]}']


def test_a_file_says_by_its_name_what_it_holds(client, server, tmp_path):
    (tmp_path / "may.2026.csv.gz").write_bytes(b"packed")
    server.script = [httpx.Response(200, json=PUBLISHED)]

    client.upload_samples("strap", tmp_path / "may.2026.csv.gz")

    (request,) = server.requests
    assert request.headers["Content-Type"] == "text/csv"
    assert request.headers["Content-Encoding"] == "gzip"
    assert server.bodies == [b"packed"]


@pytest.mark.parametrize("name", ["strap", "strap.xml", "strap.gz"])
def test_a_file_that_does_not_say_is_not_sent(client, server, tmp_path, name):
    (tmp_path / name).write_bytes(b"1")

    with pytest.raises(ClientError, match="does not say what it holds"):
        client.upload_samples("strap", tmp_path / name)

    assert server.requests == []


def test_an_upload_that_takes_longer_is_waited_for(client, server):
    server.script = [
        httpx.Response(202, json=PENDING),
        httpx.Response(200, json=JOB),
        httpx.Response(200, json=PUBLISHED),
    ]

    assert client.upload_samples("strap", ROWS).state == "published"
    assert [request.url.path for request in server.requests] == [
        "/v1/channels/strap/samples",
        "/v1/jobs/7",
        "/v1/channels/strap/uploads/3",
    ]


def test_an_upload_that_is_refused_late_says_why(client, server):
    failure = {"code": "ragged", "message": "row 2 has 1 cells, not 2"}
    server.script = [
        httpx.Response(202, json=PENDING),
        httpx.Response(200, json={**JOB, "state": "failed"}),
        httpx.Response(200, json={**PENDING, "state": "refused", "failure": failure}),
    ]

    with pytest.raises(ClientError, match="row 2 has 1 cells"):
        client.upload_samples("strap", ROWS)


def test_a_tile_is_read(client, server):
    server.script = [httpx.Response(200, json={"level": -2, "offset": -5, "data": []})]

    assert client.tile("strap.a", -2, -5, stats="min")["offset"] == -5
    assert str(server.requests[0].url).endswith("/v1/channels/strap.a/tiles/-2.-5?stats=min")
