"""Every bad input has its answer: status, code, the field that is wrong, the limit; nothing is stored or queued."""

import msgspec
import pytest

from api import app
from darkroom.kinds import KINDS

POINT = {"label": "Apex", "x": 278, "y": 166}


def order(movie=1, **params):
    return {"kind": "track", "inputs": {"movie": movie}, "params": {"points": [POINT], **params}}


def points(**changes):
    return order(points=[POINT | changes])


CORRECTION = {"label": "Apex", "frame": 5, "x": 1, "y": 1}


def corrected(**changes):
    return order(corrections=[CORRECTION | changes])


BAD_ORDERS = {
    "unknown kind": ({"kind": "levitate"}, "/kind", ", ".join(sorted(KINDS))),
    "no kind": ({}, "/kind", None),
    "kind of another type": ({"kind": 3}, "/kind", None),
    "unknown field": ({"kind": "probe", "colour": "red"}, "/colour", None),
    "unknown param": (order(speed=3), "/params/speed", None),
    "missing param": ({"kind": "track", "inputs": {"movie": 1}}, "/params/points", None),
    "params that are a list": ({"kind": "track", "params": []}, "/params", None),
    "param of another type": (order(start="three"), "/params/start", None),
    "coordinate of another type": (points(x="left"), "/params/points/0/x", None),
    "point right of the picture": (points(x=640), "/params/points/0/x", 639),
    "point above the picture": (points(y=-1), "/params/points/0/y", 479),
    "no points": (order(points=[]), "/params/points", None),
    "too many points": (
        order(points=[{"label": str(i), "x": 1, "y": 1} for i in range(1001)]),
        "/params/points",
        1000,
    ),
    "label twice": (order(points=[POINT, POINT]), "/params/points/1/label", None),
    "start past the end": (order(start=99), "/params/start", 98),
    "end past the end": (order(end=101), "/params/end", 100),
    "end before start": (order(start=10, end=11), "/params/end", 12),
    "start beyond 64 bits": (order(start=2**70), "/params/start", 98),
    "start of a trim behind its end": (order(start=50, end=20), "/params/end", 52),
    "a turn by half a right angle": (order(rotation=45), "/params/rotation", None),
    "a mode that nobody knows": (order(mode="magic"), "/params/mode", None),
    "frames per minute of nothing": (order(frames_per_minute=0), "/params/frames_per_minute", None),
    "frames per minute below nothing": (order(frames_per_minute=-3), "/params/frames_per_minute", None),
    "frames per minute beyond all": (order(frames_per_minute=6001), "/params/frames_per_minute", None),
    "frames per minute in words": (order(frames_per_minute="nan"), "/params/frames_per_minute", None),
    "correction of nobody": (corrected(label="Leaf"), "/params/corrections/0/label", None),
    "correction of where it begins": (corrected(frame=0), "/params/corrections/0/frame", 1),
    "correction past the end": (corrected(frame=100), "/params/corrections/0/frame", 99),
    "correction outside the picture": (corrected(x=640), "/params/corrections/0/x", 639),
    "the same frame corrected twice": (
        order(corrections=[CORRECTION, CORRECTION]),
        "/params/corrections/1/frame",
        None,
    ),
    "a correction without a place": (
        order(corrections=[{"label": "Apex", "frame": 5}]),
        "/params/corrections/0/x",
        None,
    ),
    "drawing that begins behind the track": (order(drawing={"first": 100}), "/params/drawing/first", 99),
    "drawing of no style": (order(drawing={"style": "cubist"}), "/params/drawing/style", None),
    "drawing of no time": (order(drawing={"fps": 0}), "/params/drawing/fps", None),
    "a longer comment than is kept": (
        order(drawing={"comment": "a" * 10_001}),
        "/params/drawing/comment",
        None,
    ),
    "shake taken out by magic": (order(stabilise="gyroscope"), "/params/stabilise", None),
    "an earlier track that is not there": (
        order() | {"inputs": {"movie": 1, "earlier": 7}},
        "/inputs/earlier",
        None,
    ),
    "a role that a track has not": (
        order() | {"inputs": {"movie": 1, "later": 1}},
        "/inputs/later",
        "movie, earlier, traced",
    ),
    "an archive of giants": (
        {"kind": "archive", "inputs": {"movie": 1}, "params": {"longest_side": 16_385}},
        "/params/longest_side",
        None,
    ),
    "an archive turned by a little": (
        {"kind": "archive", "inputs": {"movie": 1}, "params": {"rotation": 1}},
        "/params/rotation",
        None,
    ),
    "an analysis of nothing": ({"kind": "analysis"}, "/inputs/track", None),
    "an analysis smoothed over an even number": (
        {"kind": "analysis", "inputs": {"track": 1}, "params": {"smoothing": {"window": 8}}},
        "/params/smoothing/window",
        7,
    ),
    "an analysis from the bottom of no picture": (
        {"kind": "analysis", "inputs": {"track": 1}, "params": {"origin": "bottom-left"}},
        "/params/size",
        None,
    ),
    "output twice": (order(outputs=["csv", "csv"]), "/params/outputs", None),
    "unknown output": (order(outputs=["gif"]), "/params/outputs/0", None),
    "missing medium": (order(movie=7), "/inputs/movie", None),
    "medium id beyond 64 bits": (order(movie=2**64), "/inputs", None),
    "medium id of another type": (order(movie="1"), "/inputs", None),
    "unknown role": ({"kind": "probe", "inputs": {"sound": 1}}, "/inputs/sound", "movie"),
    "missing role": ({"kind": "probe", "inputs": {}}, "/inputs/movie", None),
    "priority too high": ({"kind": "drill", "priority": 101}, "/priority", None),
}


@pytest.mark.parametrize(("body", "pointer", "limit"), BAD_ORDERS.values(), ids=BAD_ORDERS)
def test_a_bad_order_is_refused_with_the_field_named(ada, movie, bench, body, pointer, limit):
    before = bench.written()

    reply = ada.submit(body)

    assert reply.status_code == 422
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.json["code"] == "invalid"
    assert reply.json["pointer"] == pointer
    assert reply.json.get("limit") == limit
    assert bench.written() == before


BAD_JSON = {
    "no body": (b"", 400, "invalid"),
    "no JSON": (b"{'kind': 'probe'}", 400, "invalid"),
    "half of JSON": (b'{"kind": ', 400, "invalid"),
    "not UTF-8": (b'{"kind": "\xff"}', 400, "invalid"),
    "NaN": (b'{"kind": "drill", "params": {"seconds": NaN}}', 400, "invalid"),
    "a number beyond all": (b'{"kind": "drill", "params": {"seconds": 1e999}}', 400, "invalid"),
    "a name twice": (b'{"kind": "drill", "kind": "probe"}', 400, "invalid"),
    "NUL in a text": (b'{"kind": "dr\\u0000ill"}', 400, "invalid"),
    "half a surrogate": (b'{"kind": "\\ud800"}', 400, "invalid"),
    "a depth bomb": (b'{"params": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "invalid"),
    "deeper than allowed": (b'{"params": ' + b'{"a": ' * 40 + b"1" + b"}" * 41, 400, "invalid"),
    "10 MB": (b'{"kind": "' + b"a" * (10 << 20) + b'"}', 413, "too_large"),
    "a list": (b"[]", 422, "invalid"),
    "null": (b"null", 422, "invalid"),
}


@pytest.mark.parametrize(("body", "status", "code"), BAD_JSON.values(), ids=BAD_JSON)
def test_bad_json_is_refused(ada, bench, body, status, code):
    reply = ada.submit(body)

    assert reply.status_code == status
    assert reply.json["code"] == code
    assert bench.written() == (0, 0, 0)


def test_a_deep_body_is_told_the_limit(ada):
    reply = ada.submit(BAD_JSON["deeper than allowed"][0])

    assert reply.json["limit"] == 32


def test_a_json_body_that_broke_off_is_refused(ada, bench):
    reply = ada.submit(b'{"kind": "drill"}', {"Content-Length": "30"})

    assert reply.status_code == 400
    assert reply.json["detail"] == "the body broke off"
    assert bench.written() == (0, 0, 0)


def test_a_medium_of_a_stranger_is_not_there(eve, movie, track, bench):
    before = bench.written()

    reply = eve.submit(track)

    assert reply.status_code == 422
    assert reply.json["pointer"] == "/inputs/movie"
    assert bench.written() == before


def test_a_medium_whose_probe_failed_cannot_be_used(ada, bench, track):
    broken = ada.upload(b"no movie").json["id"]
    bench.fail("not_a_movie", "no picture in it")

    reply = ada.submit(track | {"inputs": {"movie": broken}})

    assert reply.status_code == 422
    assert reply.json["pointer"] == "/inputs/movie"
    assert reply.json["detail"] == f"media {broken} cannot be used: no picture in it"


def test_a_medium_that_is_still_probed_is_not_ready(ada, track):
    fresh = ada.upload(b"another movie").json["id"]

    reply = ada.submit(track | {"inputs": {"movie": fresh}})

    assert reply.status_code == 409
    assert reply.json["code"] == "not_ready"
    assert reply.headers["Retry-After"] == "1"


def test_a_key_with_another_body_is_refused(ada, bench):
    ada.submit({"kind": "drill"}, {"Idempotency-Key": "k"})

    reply = ada.submit({"kind": "drill", "params": {"seconds": 2}}, {"Idempotency-Key": "k"})

    assert reply.status_code == 409
    assert reply.json["code"] == "idempotency_mismatch"
    assert bench.written() == (0, 1, 1)


def test_a_key_that_is_too_long_is_refused(ada, bench):
    reply = ada.submit({"kind": "drill"}, {"Idempotency-Key": "k" * 256})

    assert reply.status_code == 422
    assert reply.json["parameter"] == "Idempotency-Key"
    assert reply.json["limit"] == 255
    assert bench.written() == (0, 0, 0)


BAD_UPLOADS = {
    "no bytes": ({"body": b"", "headers": {"Content-Length": "0"}}, 400, "invalid", None),
    "10 GB": ({"body": b"", "headers": {"Content-Length": "10000000000"}}, 413, "too_large", None),
    "broke off": ({"body": b"a mo", "headers": {"Content-Length": "7"}}, 400, "invalid", None),
    "another sha256": ({"body": b"x", "query_string": "sha256=" + "0" * 64}, 422, "invalid", "sha256"),
    "no sha256": ({"body": b"x", "query_string": "sha256=abc"}, 422, "invalid", "sha256"),
    "no digest": ({"body": b"x", "headers": {"Repr-Digest": "sha-256=:?:"}}, 422, "invalid", "Repr-Digest"),
    "no length": (
        {"body": b"x", "headers": {"Content-Length": "", "Transfer-Encoding": "chunked"}},
        411,
        "length_required",
        None,
    ),
    "a name of control signs": ({"body": b"x", "query_string": "name=a%00b"}, 422, "invalid", "name"),
    "an endless name": ({"body": b"x", "query_string": "name=" + "a" * 256}, 422, "invalid", "name"),
    "an unknown parameter": ({"body": b"x", "query_string": "nam=a"}, 422, "invalid", "nam"),
    "a name in no charset of text": (
        {"body": b"x", "headers": {"Content-Disposition": "attachment; filename*=idna''x%ff"}},
        422,
        "invalid",
        "Content-Disposition",
    ),
    "a name in an endless number of pieces": (
        {"body": b"x", "headers": {"Content-Disposition": f"attachment; filename*{'9' * 5000}=x"}},
        422,
        "invalid",
        "Content-Disposition",
    ),
    "parts of a type that ends a line": (
        {"json": {"upload": "multipart", "name": "a", "size": 1, "content_type": "video/mp4\n"}},
        422,
        "invalid",
        "/content_type",
    ),
    "parts without size": (
        {"json": {"upload": "multipart", "name": "a"}},
        422,
        "invalid",
        "/size",
    ),
    "parts of nothing": (
        {"json": {"upload": "multipart", "name": "a", "size": 0}},
        422,
        "invalid",
        "/size",
    ),
    "parts of 10 GB": (
        {"json": {"upload": "multipart", "name": "a", "size": 10_000_000_000}},
        413,
        "too_large",
        "/size",
    ),
}


@pytest.mark.parametrize(("request_", "status", "code", "where"), BAD_UPLOADS.values(), ids=BAD_UPLOADS)
def test_a_bad_upload_is_refused_and_leaves_nothing(ada, bench, services, request_, status, code, where):
    reply = ada.simulate_post("/v1/media", **request_)

    assert reply.status_code == status
    assert reply.json["code"] == code
    assert (reply.json.get("pointer") or reply.json.get("parameter")) == where
    assert bench.written() == (0, 0, 0)
    assert list(services.blobs.list()) == []


BAD_QUERIES = {
    "cursor of garbage": ("/v1/jobs", "cursor=%21%21", "cursor"),
    "cursor of another's making": ("/v1/jobs", "cursor=eHl6", "cursor"),
    "cursor beyond 64 bits": ("/v1/media", "cursor=Yjk5OTk5OTk5OTk5OTk5OTk5OTk", "cursor"),
    "cursor that is not ASCII": ("/v1/jobs", "cursor=%C3%A4", "cursor"),
    "limit of none": ("/v1/jobs", "limit=0", "limit"),
    "limit of too many": ("/v1/jobs", "limit=201", "limit"),
    "limit of words": ("/v1/media", "limit=many", "limit"),
    "limit twice": ("/v1/jobs", "limit=1&limit=2", "limit"),
    "unknown state": ("/v1/jobs", "state=happy", "state"),
    "unknown kind": ("/v1/jobs", "kind=levitate", "kind"),
    "since of words": ("/v1/jobs", "since=yesterday", "since"),
    "since without zone": ("/v1/jobs", "since=2026-01-01T00:00:00", "since"),
    "unknown parameter": ("/v1/jobs", "stat=queued", "stat"),
    "wait of words": ("/v1/jobs/1", "wait=long", "wait"),
    "wait of NaN": ("/v1/jobs/1", "wait=nan", "wait"),
    "wait of less than nothing": ("/v1/media/1", "wait=-1", "wait"),
}


@pytest.mark.parametrize(("path", "query", "parameter"), BAD_QUERIES.values(), ids=BAD_QUERIES)
def test_a_bad_query_is_refused_with_the_parameter_named(ada, path, query, parameter):
    reply = ada.simulate_get(path, query_string=query)

    assert reply.status_code == 422
    assert reply.json["code"] == "invalid"
    assert reply.json["parameter"] == parameter


@pytest.mark.parametrize(
    "path",
    [
        "/v1/jobs/0",
        "/v1/jobs/-1",
        "/v1/jobs/1.5",
        "/v1/jobs/99999999999999999999",
        "/v1/jobs/9223372036854775808",
        "/v1/jobs/9223372036854775807",
        "/v1/jobs/%00",
        "/v1/jobs/1/outputs/%00",
        "/v1/jobs/1/",
        "/v1/media/99999999999999999999/content",
        "/v1/nothing",
        "/elsewhere",
    ],
)
def test_what_is_not_there_is_not_found_in_the_doors_form(ada, path):
    reply = ada.simulate_get(path)

    assert reply.status_code == 404
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.json["code"] == "not_found"
    assert reply.json["request_id"] == reply.headers["X-Request-Id"]


def test_a_wrong_method_is_told_the_right_ones(ada):
    reply = ada.simulate_put("/v1/jobs")

    assert reply.status_code == 405
    assert reply.json["code"] == "method_not_allowed"
    assert sorted(reply.headers["Allow"].split(", ")) == ["GET", "OPTIONS", "POST"]


def test_another_media_type_is_refused(ada):
    reply = ada.simulate_post(
        "/v1/jobs", body=b"kind=probe", content_type="application/x-www-form-urlencoded"
    )

    assert reply.status_code == 415
    assert reply.json["code"] == "unsupported_media_type"


def test_an_answer_that_cannot_be_had_is_refused(ada):
    reply = ada.simulate_get("/v1/jobs", headers={"Accept": "image/png"})

    assert reply.status_code == 406
    assert reply.json["code"] == "not_acceptable"


def test_too_many_open_jobs_are_refused(make_services, settings, ada, bench):
    few = msgspec.structs.replace(settings, open_jobs_limit=2)
    ada.app = app.mount(make_services(few))

    replies = [ada.submit({"kind": "drill", "reuse": False}) for _ in range(3)]

    assert [reply.status_code for reply in replies] == [202, 202, 429]
    assert replies[2].json["code"] == "too_many"
    assert replies[2].json["limit"] == 2
    assert replies[2].headers["Retry-After"] == "10"
    assert bench.written() == (0, 2, 2)
