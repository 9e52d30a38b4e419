"""Every bad call about channels, tiles, ranges and shares has its answer: status, what is wrong, and the limit."""

import msgspec
import pytest

GOOD = b'{"channel_names":["a"],"data":[[1,2]]}'

BAD_CALLS = {  # method, path, body; status, what is wrong, limit
    "a device with a dash": ("POST", "/v1/channels/my-strap/samples", GOOD, 422, "device", 200),
    "a device of giants": ("POST", f"/v1/channels/{'a' * 201}/samples", GOOD, 422, "device", 200),
    "samples for a channel": ("POST", "/v1/channels/strap.a/samples", GOOD, 422, "device", None),
    "samples of a whole device": ("GET", "/v1/channels/strap/samples", None, 404, None, None),
    "samples of a name of two lines": ("GET", "/v1/channels/strap%0A.a/samples", None, 404, None, None),
    "a longer wait than an hour": ("POST", "/v1/channels/strap/samples?wait=1e9", GOOD, 422, "wait", None),
    "no number of seconds": ("POST", "/v1/channels/strap/samples?wait=nan", GOOD, 422, "wait", None),
    "an empty body": ("POST", "/v1/channels/strap/samples", b"", 411, None, None),
    "a level in words": ("GET", "/v1/channels/strap.a/tiles/x.0", None, 422, "level", None),
    "half a level": ("GET", "/v1/channels/strap.a/tiles/0.5.0", None, 422, "level", None),
    "a level beyond 64 bits": (
        "GET",
        f"/v1/channels/strap.a/tiles/{2**63}.0",
        None,
        422,
        "level",
        "2**63 - 1",
    ),
    "an offset in words": ("GET", "/v1/channels/strap.a/tiles/0.x", None, 422, "offset", None),
    "an offset beyond 64 bits": (
        "GET",
        f"/v1/channels/strap.a/tiles/0.{2**63}",
        None,
        422,
        "offset",
        "2**63 - 1",
    ),
    "an offset of many digits": (
        "GET",
        f"/v1/channels/strap.a/tiles/0.{'9' * 5000}",
        None,
        422,
        "offset",
        None,
    ),
    "stats that nobody knows": (
        "GET",
        "/v1/channels/strap.a/tiles/0.0?stats=min,median",
        None,
        422,
        "stats",
        "min, max, first, last",
    ),
    "the same stat twice": ("GET", "/v1/channels/strap.a/tiles/0.0?stats=min,min", None, 422, "stats", None),
    "a channel beside itself": (
        "GET",
        "/v1/channels/strap.a/tiles/0.0?with=strap.a",
        None,
        422,
        "with",
        None,
    ),
    "too many channels in a tile": (
        "GET",
        "/v1/channels/strap.a/tiles/0.0?with=" + ",".join(f"strap.b{i}" for i in range(32)),
        None,
        422,
        "with",
        32,
    ),
    "a parameter that nobody knows": (
        "GET",
        "/v1/channels/strap.a/tiles/0.0?zoom=1",
        None,
        422,
        "zoom",
        None,
    ),
    "the past of nothing": ("GET", "/v1/channels/strap.a/tiles/0.0?asof=0", None, 422, "asof", None),
    "a channel that is not there": ("GET", "/v1/channels/strap.b/tiles/0.0", None, 404, None, None),
    "a channel beside that is not there": (
        "GET",
        "/v1/channels/strap.a/tiles/0.0?with=strap.b",
        None,
        404,
        None,
        None,
    ),
    "a channel of nobody": ("GET", "/v1/channels/strap.a/tiles/0.0?owner=99", None, 404, None, None),
    "a name with a NUL": ("GET", "/v1/channels/strap.%00/tiles/0.0", None, 404, None, None),
    "a range of no time": ("GET", "/v1/channels/strap.a/samples?from=nan", None, 422, "from", None),
    "a range without an end": ("GET", "/v1/channels/strap.a/samples?to=1e999", None, 422, "to", None),
    "a range that ends before it begins": (
        "GET",
        "/v1/channels/strap.a/samples?from=2&to=1",
        None,
        422,
        "to",
        2,
    ),
    "more samples than one answer has": (
        "GET",
        "/v1/channels/strap.a/samples?limit=100001",
        None,
        422,
        "limit",
        100_000,
    ),
    "a channel without a device": ("POST", "/v1/channels", {"name": "a"}, 422, "/device", None),
    "a channel of dots": ("POST", "/v1/channels", {"device": "d", "name": "a..b"}, 422, "/name", None),
    "a unit in the metadata": (
        "POST",
        "/v1/channels",
        {"device": "d", "name": "a", "metadata": {"unit": "m"}},
        422,
        "/metadata/unit",
        None,
    ),
    "metadata without end": (
        "PUT",
        "/v1/channels/strap.a",
        {"metadata": {"a": "b" * 70_000}},
        422,
        "/metadata",
        65_536,
    ),
    "a name that none can have": ("PUT", "/v1/channels/strap.a-b", {}, 422, "channel", 200),
    "a share with nobody": ("POST", "/v1/shares", {"reader": "zoe"}, 422, "/reader", None),
    "a share with oneself": ("POST", "/v1/shares", {"reader": "ada"}, 422, "/reader", None),
    "a share of nothing": (
        "POST",
        "/v1/shares",
        {"reader": "eve", "channel": "strap.b"},
        422,
        "/channel",
        None,
    ),
    "a share without a reader": ("DELETE", "/v1/shares", None, 422, "reader", None),
    "an upload that is not there": ("DELETE", "/v1/channels/strap/uploads/99", None, 404, None, None),
    "an upload of another device": ("DELETE", "/v1/channels/other/uploads/1", None, 404, None, None),
}


@pytest.mark.parametrize("case", BAD_CALLS)
def test_every_bad_call_is_told_what_is_wrong(ada, eve, written, case):
    ada.simulate_put("/v1/channels/strap.a", json={})
    ada.simulate_post("/v1/channels/strap/samples?wait=0", body=GOOD)
    method, path, body, status, where, limit = BAD_CALLS[case]

    sent = body if isinstance(body, bytes) else None if body is None else msgspec.json.encode(body)
    reply = ada.simulate_request(
        method, path, body=sent, headers={} if sent is None else {"Content-Type": "application/json"}
    )

    said = reply.json
    assert (reply.status_code, said.get("pointer") or said.get("parameter"), said.get("limit")) == (
        status,
        where,
        limit,
    ), reply.text
    assert written() == (1, 1)
