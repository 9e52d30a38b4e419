"""Uploads that are refused: whole, by row and column, in both manners."""

import gzip
import json

import msgspec
import pytest

from storage import streams
from storage.engine import read

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# What is sent as channel_names and data, and what the answer has to name.
REFUSED = [
    ('["a"]', "[[1,2],[3,4,5]]", "row 2"),
    ('["a"]', "[[1,2],[NaN,4]]", "row 2"),
    ('["a"]', "[[1,2],[3,NaN]]", "row 2"),
    ('["a"]', "[[1,1e999]]", "row 1"),
    ('["a"]', "[[1,-Infinity]]", "row 1"),
    ('["a"]', "[[null,1]]", "row 1"),
    ('["a"]', '[["soon",1]]', "row 1"),
    ('["a","b"]', "[[1,2,3],[2,3,true]]", "row 2, column 2 ('b')"),
    ('["a"]', "[[1,[2]]]", "row 1, column 1"),
    ('["a"]', '[[1,{"x":2}]]', "row 1, column 1"),
    ('["a"]', "[[1,2]", ""),
    ('["a"]', "7", ""),
    ('["a"]', "", ""),
    ('["a","a"]', "[[1,2,3]]", "'a'"),
    ('["a b","a_b"]', "[[1,2,3]]", "a_b"),
    ('[""]', "[[1,2]]", "name"),
    ('["a."]', "[[1,2]]", "a."),
    ('["a..b"]', "[[1,2]]", "a..b"),
    ('"a"', "[[1,2]]", "channel_names"),
    ("[1]", "[[1,2]]", "channel_names"),
    ('["a', "[[1,2]]", "channel_names"),
]


def channels_of(services, owner):
    with read(services.engine) as db:
        return [f"{one.device}.{one.name}" for one in streams.find_channels(db, owner)]


def test_nothing_of_a_bad_upload_is_kept_and_it_says_where_it_is_bad(test, services, at_work):
    for names, data, named in REFUSED:
        sent = {"dev_nickname": "x", "channel_names": names, "data": data}

        old, new = (test.form(f"{base}/bodytrack/upload", **sent) for base in ("/api", "/api/v1"))

        assert old.status_code == 200, (names, data, old.text)
        assert old.json["result"] == "KO", (names, data, old.text)
        assert old.json["payload"]["failure"] == old.json["message"]
        assert named in old.json["message"], (names, data, old.text)
        assert (new.status_code, new.headers["Content-Type"]) == (400, "text/plain; charset=utf-8")
        assert new.text == old.json["message"]
    assert channels_of(services, test.id) == []


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"channel_names": '["a"]', "data": "[]"}, "the parameter dev_nickname is missing"),
        ({"dev_nickname": "x", "data": "[]"}, "the parameter channel_names is missing"),
        ({"dev_nickname": "x", "channel_names": '["a"]'}, "the parameter data is missing"),
        *(
            (
                {"dev_nickname": name, "channel_names": '["a"]', "data": "[[1,2]]"},
                f"dev_nickname {name!r} is empty, or has a dot at an end or two in a row",
            )
            for name in ("", ".x", "x.", "x..y")
        ),
    ],
)
def test_what_is_missing_is_named(test, sent, message):
    assert test.form("/api/v1/bodytrack/upload", **sent).text == message


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (FORM, b"dev_nickname=\xff&channel_names=[]&data=[]", 400),
        (FORM, b"dev_nickname=%ff&channel_names=[]&data=[]", 400),
        (FORM, b"&".join(b"a%d=1" % n for n in range(200)), 400),
        ({"Content-Type": "application/json"}, b"{", 400),
        ({"Content-Type": "application/json"}, b"[]", 400),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x\r\n", 400),
        ({**FORM, "Content-Encoding": "gzip"}, b"no gzip", 400),
        ({**FORM, "Content-Encoding": "gzip"}, gzip.compress(b"dev_nickname=x")[:-9], 400),
        ({**FORM, "Content-Encoding": "br"}, b"x", 415),
        (FORM, b"", 400),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(test, headers, body, status):
    assert test.simulate_post("/api/v1/bodytrack/upload", body=body, headers=headers).status_code == status


@pytest.mark.parametrize("base", ["/api", "/api/v1"])
def test_a_form_past_the_limit_is_refused_packed_or_not(test, services, base):
    services.settings = msgspec.structs.replace(services.settings, samples_form_limit_bytes=1000)
    form = b"dev_nickname=x&channel_names=[]&data=" + b" " * 5000

    plain = test.simulate_post(f"{base}/bodytrack/upload", body=form, headers=FORM)
    packed = test.simulate_post(
        f"{base}/bodytrack/upload", body=gzip.compress(form), headers={**FORM, "Content-Encoding": "gzip"}
    )

    assert plain.status_code == packed.status_code == 413
    assert "1000 bytes" in plain.text


@pytest.mark.parametrize("base", ["/api", "/api/v1"])
def test_blocks_that_are_told_to_be_too_long_are_not_waited_for(test, services, base):
    limit = services.settings.streams_upload_limit_bytes
    headers = {"Content-Type": "application/json", "Content-Length": str(limit + 1)}

    told = test.simulate_post(f"{base}/bodytrack/jupload?dev_nickname=x", body=b"[]", headers=headers)

    assert told.status_code == 413
    assert f"at most {limit} bytes" in told.text


def test_a_packed_form_and_packed_blocks_are_unpacked(test, at_work):
    form = b'dev_nickname=x&channel_names=["a"]&data=[[1,2]]'
    blocks = json.dumps({"channel_names": ["a"], "data": [[2, 3]]}).encode()

    told = [
        test.simulate_post(
            "/api/v1/bodytrack/upload",
            body=gzip.compress(form),
            headers={**FORM, "Content-Encoding": "gzip"},
        ),
        test.simulate_post(
            "/api/v1/bodytrack/jupload?dev_nickname=x",
            body=gzip.compress(blocks),
            headers={"Content-Encoding": "gzip"},
        ),
    ]

    assert [one.json["max_time"] for one in told] == [1, 2]


def test_an_upload_that_takes_longer_says_so(test, services):
    services.settings = msgspec.structs.replace(services.settings, streams_wait_seconds=0)

    told = test.upload("x", ["a"], [[1, 2]])

    assert told.status_code == 202
    assert told.json["message"] == "Upload taken; it is still being published"
    assert told.json["logrec_id"] == 1
