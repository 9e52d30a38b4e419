import hashlib

import httpx
import msgspec
import pytest

from darkroom.client_errors import ClientError, Corrupt, Refused, Unreachable

QUEUED = {"id": 7, "kind": "drill", "state": "queued"}
RUNNING = {
    "id": 7,
    "kind": "drill",
    "state": "running",
    "progress": {"done": 3, "total": 9, "phase": "tracking"},
}
DONE = {"id": 7, "kind": "drill", "state": "succeeded", "a field of tomorrow": 1}


def problem(status, **fields):
    return httpx.Response(status, json={"status": status, **fields})


def test_an_answer_is_read_past_fields_that_are_not_known(client, server):
    server.script = [httpx.Response(200, json=DONE)]

    job = client.job(7)

    assert (job.id, job.state, job.has_result()) == (7, "succeeded", True)


def test_retry_after_is_honoured(client, server, clock):
    server.script = [
        httpx.Response(429, headers={"Retry-After": "7"}),
        httpx.Response(503, headers={"Retry-After": "2.5"}),
        httpx.Response(200, json=DONE),
    ]

    client.job(7)

    assert clock.slept == [7.0, 2.5]


def test_a_retry_after_may_be_a_date_that_has_passed(client, server, clock):
    server.script = [
        httpx.Response(503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}),
        httpx.Response(200, json=DONE),
    ]

    client.job(7)

    assert clock.slept == [0.0]


def test_pauses_grow_and_end_at_the_deadline(client, server, clock):
    server.script = [httpx.ConnectError("refused") for _ in range(100)]

    with pytest.raises(Unreachable) as raised:
        client.job(7)

    limits = [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10]
    assert all(limit / 2 <= pause <= limit for pause, limit in zip(clock.slept, limits, strict=False))
    assert 1045 < clock.now <= 1060
    assert raised.value.message == "cannot reach http://lab.test: refused"


def test_a_retry_after_beyond_the_deadline_is_not_waited_for(client, server, clock):
    server.script = [problem(503, detail="closed for today", headers={}), httpx.Response(200, json=DONE)]
    server.script[0].headers["Retry-After"] = "3600"

    with pytest.raises(Unreachable, match="closed for today"):
        client.job(7)

    assert clock.slept == []


def test_the_idempotency_key_is_the_same_at_every_try(client, server):
    server.script = [
        httpx.ReadError("cut"),
        httpx.Response(502),
        httpx.Response(202, json=QUEUED),
        httpx.Response(202, json=QUEUED),
    ]

    client.submit("drill", params={"seconds": 1.0})
    client.submit("drill", params={"seconds": 1.0})

    keys = [request.headers["Idempotency-Key"] for request in server.requests]
    assert keys[0] == keys[1] == keys[2] != keys[3]
    assert server.bodies[0] == server.bodies[2]


def test_a_job_on_a_movie_that_is_still_probed_is_submitted_again(client, server, clock):
    server.script = [problem(409, code="not_ready"), httpx.Response(202, json=QUEUED)]
    server.script[0].headers["Retry-After"] = "1"

    job = client.submit("track", {"movie": 1})

    assert job.id == 7
    assert clock.slept == [1.0]


def test_another_conflict_is_not_tried_again(client, server, clock):
    server.script = [problem(409, code="idempotency_mismatch", detail="used with another body")]

    with pytest.raises(Refused) as raised:
        client.submit("drill", idempotency_key="mine")

    assert (raised.value.status, raised.value.code) == (409, "idempotency_mismatch")
    assert clock.slept == []


def test_a_refusal_tells_the_field_and_what_to_do(client, server):
    server.script = [
        problem(422, code="invalid", detail="x is outside", pointer="/params/points/0/x", hint="stay inside")
    ]

    with pytest.raises(Refused) as raised:
        client.submit("track")

    error = raised.value
    assert (error.message, error.pointer, error.hint) == ("x is outside", "/params/points/0/x", "stay inside")


def test_a_refusal_without_a_problem_document_is_calm_too(client, server):
    server.script = [httpx.Response(404, html="<h1>proxy</h1>")]

    with pytest.raises(Refused, match="the server answered 404"):
        client.job(7)


def test_waiting_polls_with_the_last_etag_and_tells_every_change(client, server, clock):
    server.script = [
        httpx.Response(200, json=QUEUED, headers={"ETag": '"1"'}),
        httpx.Response(304),
        httpx.Response(200, json=RUNNING, headers={"ETag": '"2"'}),
        httpx.Response(200, json=DONE, headers={"ETag": '"3"'}),
    ]
    seen = []

    job = client.wait(7, lambda job: seen.append(job.state))

    assert job.state == "succeeded"
    assert seen == ["queued", "running", "succeeded"]
    assert [r.headers.get("If-None-Match") for r in server.requests] == [None, '"1"', '"1"', '"2"']
    assert clock.slept == [1.0]  # the 304 came at once: the server had no room for waiters


def test_the_token_goes_to_no_other_address(client, server, tmp_path):
    output = {
        "name": "a.csv",
        "url": "http://store.test/a",
        "sha256": hashlib.sha256(b"abc").hexdigest(),
        "size": 3,
    }
    result = {"outputs": [output]}
    server.script = [
        httpx.Response(200, json=result),
        httpx.Response(200, json=result),
        httpx.Response(200, content=b"abc"),
    ]

    paths = client.download(7, tmp_path)

    assert [path.read_bytes() for path in paths] == [b"abc"]
    assert server.requests[0].headers["Authorization"] == "Bearer drk_secret"
    assert "Authorization" not in server.requests[2].headers


def test_a_download_with_another_digest_leaves_no_file(client, server, tmp_path):
    result = {"outputs": [{"name": "a.csv", "url": "http://store.test/a", "sha256": "0" * 64, "size": 3}]}
    server.script = [
        httpx.Response(200, json=result),
        httpx.Response(200, json=result),
        httpx.Response(200, content=b"abc"),
    ]

    with pytest.raises(Corrupt):
        client.download(7, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_download_that_breaks_off_begins_again(client, server, tmp_path):
    output = {
        "name": "a.csv",
        "url": "http://store.test/a",
        "sha256": hashlib.sha256(b"abc").hexdigest(),
        "size": 3,
    }
    result = {"outputs": [output]}
    server.script = [
        httpx.Response(200, json=result),
        httpx.Response(200, json=result),
        httpx.ReadError("cut"),
        httpx.Response(200, json=result),
        httpx.Response(200, content=b"abc"),
    ]

    paths = client.download(7, tmp_path)

    assert [path.name for path in paths] == ["a.csv"]


@pytest.mark.parametrize("name", ["../a.csv", "/etc/a.csv", ".hidden", ""])
def test_an_output_cannot_choose_its_folder(client, server, tmp_path, name):
    output = {"name": name, "url": "http://store.test/a", "sha256": "0" * 64, "size": 3}
    server.script = [httpx.Response(200, json={"outputs": [output]})]

    with pytest.raises(Corrupt, match="no plain name"):
        client.download(7, tmp_path)


def test_jobs_are_given_page_by_page(client, server):
    server.script = [
        httpx.Response(200, json={"jobs": [QUEUED, RUNNING], "next_cursor": "abc"}),
        httpx.Response(200, json={"jobs": [DONE], "next_cursor": None}),
    ]

    states = [job.state for job in client.jobs(kind="drill")]

    assert states == ["queued", "running", "succeeded"]
    assert server.requests[1].url.params["cursor"] == "abc"
    assert "state" not in server.requests[0].url.params


def test_a_picture_is_waited_for_when_it_takes_longer(client, server):
    picture = httpx.Response(200, content=b"JFIF", headers={"Content-Type": "image/jpeg"})
    server.script = [httpx.Response(202, json=QUEUED), httpx.Response(200, json=DONE), picture]

    content = client.picture(3, [0, 12], width=320)

    assert content == b"JFIF"
    first, _, last = server.requests
    assert first.url.path == last.url.path == "/v1/media/3/frames"
    assert dict(first.url.params) == {"frames": "0,12", "width": "320"}


def test_several_files_are_no_picture(client, server):
    server.script = [httpx.Response(200, json={"outputs": []})]

    with pytest.raises(ClientError, match="not one picture"):
        client.picture(3, [0, 12], layout="each")


def test_a_picture_that_cannot_be_made_is_not_asked_for_again(client, server):
    failed = {
        **DONE,
        "state": "failed",
        "failure": {"code": "cannot_decode", "message": "frame 7 is damaged"},
    }
    server.script = [httpx.Response(202, json=QUEUED), httpx.Response(200, json=failed)]

    with pytest.raises(ClientError, match="job 7 has no picture: frame 7 is damaged"):
        client.picture(3, [7])


def test_an_output_is_kept_as_a_medium(client, server):
    server.script = [httpx.Response(201, json={"id": 9, "sha256": "0" * 64, "size": 3, "name": "track.csv"})]

    record = client.keep(7, "track.csv")

    assert record.id == 9
    assert server.requests[0].url.path == "/v1/media"
    assert msgspec.json.decode(server.bodies[0]) == {"job": 7, "output": "track.csv"}
