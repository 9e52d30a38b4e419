"""Media through the native door."""

import base64
import hashlib

DIGEST = hashlib.sha256(b"a movie").hexdigest()


def test_an_upload_is_kept_and_probed(ada, bench):
    reply = ada.simulate_post(
        "/v1/media?name=stem.mp4", body=b"a movie", headers={"Content-Type": "video/mp4"}
    )

    assert reply.status_code == 201
    assert reply.headers["Location"] == "/v1/media/1"
    assert reply.json["name"] == "stem.mp4"
    assert reply.json["size"] == 7
    assert reply.json["sha256"] == DIGEST
    assert reply.json["content_type"] == "video/mp4"
    assert reply.json["state"] == "probing"
    assert bench.claim("quick").kind == "probe"


def test_a_medium_is_ready_once_its_probe_has_succeeded(ada, bench):
    ada.upload()

    bench.succeed(summary={"width": 640})

    record = ada.simulate_get("/v1/media/1")
    assert record.json["state"] == "ready"
    assert record.json["probe"] == {"width": 640}
    assert "Retry-After" not in record.headers


def test_a_medium_is_unusable_once_its_probe_has_failed(ada, bench):
    ada.upload()

    bench.fail("not_a_movie", "no picture in it")

    record = ada.simulate_get("/v1/media/1").json
    assert record["state"] == "unusable"
    assert record["failure"] == {"code": "not_a_movie", "message": "no picture in it", "hint": None}


def test_equal_bytes_are_probed_once(ada, bench):
    ada.upload(name="a.mp4")

    again = ada.upload(name="b.mp4").json

    assert again["id"] == 2
    assert again["links"]["probe"] == "/v1/jobs/1"
    assert bench.written() == (2, 1, 1)


def test_the_name_may_come_in_content_disposition(ada):
    reply = ada.simulate_post(
        "/v1/media",
        body=b"a movie",
        headers={"Content-Disposition": "attachment; filename*=UTF-8''st%C3%A4ngel.mp4"},
    )

    assert reply.json["name"] == "stängel.mp4"


def test_a_repr_digest_that_is_right_is_accepted(ada):
    digest = base64.b64encode(bytes.fromhex(DIGEST)).decode()

    reply = ada.simulate_post("/v1/media", body=b"a movie", headers={"Repr-Digest": f"sha-256=:{digest}:"})

    assert reply.status_code == 201


def test_a_body_in_chunks_that_the_server_joins_is_accepted(ada):
    reply = ada.simulate_post(
        "/v1/media",
        body=b"a movie",
        headers={"Transfer-Encoding": "chunked", "Content-Length": ""},
        extras={"wsgi.input_terminated": True},
    )

    assert reply.status_code == 201
    assert reply.json["size"] == 7


def test_the_record_says_304_to_whoever_knows_it(ada, movie):
    etag = ada.simulate_get(f"/v1/media/{movie}").headers["ETag"]

    reply = ada.simulate_get(f"/v1/media/{movie}", headers={"If-None-Match": etag})

    assert reply.status_code == 304
    assert reply.content == b""


def test_the_content_comes_by_a_signed_link_without_a_token(ada, anybody, movie):
    reply = ada.simulate_get(f"/v1/media/{movie}/content")

    assert reply.status_code == 303
    assert anybody.follow(reply.headers["Location"]).content == b"a movie"


def test_media_are_listed_newest_first_page_by_page(ada):
    for name in ("a", "b", "c"):
        ada.upload(name=name)

    first = ada.simulate_get("/v1/media", params={"limit": 2})
    second = ada.simulate_get("/v1/media", params={"limit": 2, "cursor": first.json["next_cursor"]})

    assert [one["name"] for one in first.json["media"]] == ["c", "b"]
    assert [one["name"] for one in second.json["media"]] == ["a"]
    assert second.json["next_cursor"] is None
    assert "rel=next" in first.headers["Link"]


def test_a_forgotten_medium_is_gone(ada, movie):
    assert ada.simulate_delete(f"/v1/media/{movie}").status_code == 204

    assert ada.simulate_get(f"/v1/media/{movie}").status_code == 404


def test_a_medium_in_use_is_not_forgotten(ada, movie, track):
    ada.submit(track)

    reply = ada.simulate_delete(f"/v1/media/{movie}")

    assert reply.status_code == 409
    assert reply.json["hint"] == "cancel the job first"


def test_a_stranger_sees_no_medium_of_mine(eve, movie):
    assert eve.simulate_get(f"/v1/media/{movie}").status_code == 404
    assert eve.simulate_get(f"/v1/media/{movie}/content").status_code == 404
    assert eve.simulate_delete(f"/v1/media/{movie}").status_code == 404
    assert eve.simulate_get("/v1/media").json["media"] == []


def test_a_content_type_that_no_answer_could_carry_is_not_kept(ada):
    reply = ada.simulate_post("/v1/media", body=b"a movie", headers={"Content-Type": "video/\x01mp4"})

    assert reply.status_code == 201
    assert reply.json["content_type"] == "application/octet-stream"
