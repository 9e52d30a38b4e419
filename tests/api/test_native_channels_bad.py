"""Every bad input to sensor streams has its answer: status, what is wrong and where; nothing is half-written."""

import gzip
import io
import json

import msgspec
import pyarrow as pa
import pytest

from api import app
from tests.api.conftest import Caller

ARROW = "application/vnd.apache.arrow.stream"
PARQUET = "application/vnd.apache.parquet"
GOOD = b'{"channel_names":["a"],"data":[[1,2]]}'


def block(*rows, names='["a"]'):
    return f'{{"channel_names":{names},"data":[{",".join(rows)}]}}'.encode()


def arrow_of(**columns):
    sink = io.BytesIO()
    table = pa.table(columns)
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


BAD_BODIES = {  # body, Content-Type; status, pointer, what is said
    "a row too short": (block("[1,2]", "[2]"), "json", 422, "/data", "row 2 has 1 cells"),
    "a row too long": (block("[1,2,3]"), "json", 422, "/data", "column 2 is one too many"),
    "NaN": (block("[1,NaN]"), "json", 422, "/data", "row 1, column 1 ('a'): nan is not a finite"),
    "infinity": (block("[1,-Infinity]"), "json", 422, "/data", "is not a finite number"),
    "too large an exponent": (block("[1,1e999]"), "json", 422, "/data", "is not a finite number"),
    "a time of null": (block("[null,2]"), "json", 422, "/data", "column 0 (time): is missing"),
    "a time in words": (block('["noon",2]'), "json", 422, "/data", "'noon' is not a number of seconds"),
    "a time beyond all": (block("[1e17,2]"), "json", 422, "/data", "a time below"),
    "true": (block("[1,true]"), "json", 422, "/data", "true is neither"),
    "an array in a cell": (block("[1,[2]]"), "json", 422, "/data", "not an array or object"),
    "no rows": (b'{"channel_names":["a"]}', "json", 422, "/data", "data is missing"),
    "one name twice": (block("[1,2,3]", names='["a","a"]'), "json", 422, "/channel_names", "twice"),
    "two names that become one": (
        block("[1,2,3]", names='["a b","a-b"]'),
        "json",
        422,
        "/channel_names",
        "both be kept as 'a_b'",
    ),
    "an empty name": (block("[1,2]", names='[""]'), "json", 422, "/channel_names", "is empty"),
    "a dot at the end": (block("[1,2]", names='["a."]'), "json", 422, "/channel_names", "dot"),
    "no names": (block("[1]", names="[]"), "json", 422, "/channel_names", "empty"),
    "names of another type": (block("[1,2]", names="[3]"), "json", 422, "/channel_names", "strings"),
    "no JSON": (b"{", "json", 400, None, "JSON"),
    "JSON that breaks off": (GOOD[:-2], "json", 400, None, "ends within its rows"),
    "no UTF-8": (b'{"channel_names":["\xff"],"data":[[1,2]]}', "json", 400, None, "UTF-8"),
    "no UTF-8 in a row": (block('[1,"\xff"]').replace(b"\xc3\xbf", b"\xff"), "json", 400, None, "UTF-8"),
    "a ragged CSV": (b"t,a\n1,2\n2,3,4\n", "csv", 422, None, "row 2 has 3 cells, not 2: column 2"),
    "NaN in a CSV": (b"t,a\n1,nan\n", "csv", 422, None, "row 1, column 1 ('a'): 'nan'"),
    "a CSV that begins with no header": (b"\xff\xfe\n", "csv", 400, None, "header"),
    "a CSV without a time": (b"t,a\n,2\n", "csv", 422, None, "there is no time"),
    "a CSV with one name twice": (b"t,a,a\n1,2,3\n", "csv", 422, None, "twice"),
    "no Arrow": (b"ARROW1", "arrow", 400, None, "Arrow"),
    "Arrow with structs": (
        arrow_of(t=[1.0], a=[{"b": 1}]),
        "arrow",
        422,
        None,
        "column 1 ('a') has type struct",
    ),
    "a corrupt Parquet": (b"PAR1 and so on PAR1", "parquet", 400, None, "Parquet"),
}
TYPES = {"json": "application/json", "csv": "text/csv", "arrow": ARROW, "parquet": PARQUET}


def send(caller, body, content_type="application/json", **headers):
    return caller.simulate_post(
        "/v1/channels/strap/samples", body=body, headers={"Content-Type": content_type, **headers}
    )


@pytest.mark.parametrize("case", BAD_BODIES)
def test_what_cannot_be_read_is_refused_whole(ada, worked, written, case):
    body, form, status, pointer, said = BAD_BODIES[case]

    reply = send(ada, body, TYPES[form])

    assert (reply.status_code, reply.json.get("pointer")) == (status, pointer), reply.text
    assert said in reply.json["detail"]
    assert written()[0] == 0


def test_a_type_or_coding_that_is_not_spoken_is_told(ada):
    assert send(ada, GOOD, "text/html").status_code == 415
    assert send(ada, GOOD, **{"Content-Encoding": "br"}).status_code == 415
    here = "/v1/channels/strap.a"
    assert ada.simulate_get(f"{here}/tiles/0.0", headers={"Accept": "image/png"}).status_code == 406
    assert ada.simulate_get(f"{here}/samples", headers={"Accept": "image/png"}).status_code == 406


def test_more_bytes_than_the_limit_are_refused_packed_or_not(make_services, settings, ada, work, written):
    small = make_services(msgspec.structs.replace(settings, streams_upload_limit_bytes=1000))
    ada.app = app.mount(small)

    reply = send(ada, b"a" * 1001)

    assert (reply.status_code, reply.json["limit"]) == (413, 1000)
    assert written() == (0, 0)


def test_what_unpacks_to_more_than_the_limit_is_refused(make_services, settings, ada, real_bench):
    small = make_services(msgspec.structs.replace(settings, streams_upload_limit_bytes=1000))
    ada.app = app.mount(small)
    sent = ada.simulate_post(
        "/v1/channels/strap/samples?wait=0",
        body=gzip.compress(block(*["[1,2]"] * 1000)),
        headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
    )
    assert sent.status_code == 202

    real_bench(small.settings).drain()

    seen = ada.simulate_get(sent.json["links"]["self"]).json
    assert (seen["state"], seen["failure"]["code"]) == ("refused", "too_large")


def test_a_body_that_breaks_off_is_kept_nowhere(ada, written):
    reply = send(ada, b"t,a\n1,2\n", "text/csv", **{"Content-Length": "100"})

    assert reply.status_code == 400
    assert written() == (0, 0)


def test_what_was_refused_may_be_sent_again_and_is_told_again(ada, worked):
    first, again = send(ada, block("[1]")), send(ada, block("[1]"))

    assert first.status_code == again.status_code == 422
    states = [one["state"] for one in ada.simulate_get("/v1/channels/strap/uploads").json["uploads"]]
    assert states == ["refused", "refused"]


def test_an_upload_without_a_token_or_with_one_that_reads_is_refused(anybody, services, make_token):
    reader = Caller(app.mount(services), make_token("ada", scopes="read"))

    assert send(anybody, GOOD).status_code == 401
    assert send(reader, GOOD).status_code == 403
    assert json.loads(reader.simulate_get("/v1/channels").content)["channels"] == []
