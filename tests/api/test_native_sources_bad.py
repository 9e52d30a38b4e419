"""Every bad input to sources and classifiers has its answer: status, where and what; nothing is half-written."""

import msgspec
import pytest

from api import app
from tests.api.conftest import Caller

POINT = {"image": "a.jpg", "row": 9, "column": 9, "label": "CCA"}
MANIFEST = {"name": "theirs", "length": 2}


def points(*changed):
    return {"points": [{**POINT, **one} for one in changed]}


BAD_POINTS = {  # body; status, pointer, what is said
    "a negative row": (points({"row": -1}), 422, "/points/0/row", ">= 0"),
    "a row in fractions": (points({"row": 1.5}), 422, "/points/0/row", "Expected `int`"),
    "a whole number with a point": (points({"row": 1.0}), 422, "/points/0/row", "Expected `int`"),
    "true for a row": (points({"row": True}), 422, "/points/0/row", "Expected `int`"),
    "a column in words": (points({"column": "9"}), 422, "/points/0/column", "Expected `int`"),
    "null for a column": (points({"column": None}), 422, "/points/0/column", "Expected `int`"),
    "a column beyond all": (points({"column": 10**9}), 422, "/points/0/column", "<= 1000000"),
    "a number of 40 digits": (points({"row": 10**40}), 422, "/points/0/row", "Expected `int`"),
    "an unknown label": (points({}, {"row": 1, "label": "Coral"}), 422, "/points/1/label", "'Coral'"),
    "a label by its name": (
        points({"label": "Crustose coralline algae"}),
        422,
        "/points/0/label",
        "no label",
    ),
    "an unknown image": (points({"image": "z.jpg"}), 422, "/points/0/image", "'z.jpg'"),
    "one point twice": (points({}, {}), 422, "/points/1/row", "twice"),
    "a point with two labels": (points({}, {"label": "Sand"}), 422, "/points/1/row", "twice"),
    "another label there": (
        points({"row": 1, "column": 2, "label": "Sand"}),
        422,
        "/points/0/label",
        "another",
    ),
    "an unknown field": (points({"x": 1}), 422, "/points/0/x", "unknown field"),
    "no points": ({"points": []}, 422, "/points", "length >= 1"),
    "no object": ([], 422, None, "Expected `object`"),
    "no JSON": (b"{", 400, None, "not JSON"),
    "NaN": (b'{"points":[{"image":"a.jpg","row":NaN,"column":1,"label":"CCA"}]}', 400, None, "not JSON"),
}


@pytest.mark.parametrize("case", BAD_POINTS)
def test_points_that_are_none_are_refused_whole(ada, source, case):
    body, status, pointer, said = BAD_POINTS[case]

    reply = ada.send(f"{source}/points", body)

    assert (reply.status_code, reply.json.get("pointer")) == (status, pointer), reply.text
    assert said in reply.json["detail"]
    assert ada.simulate_get(source).json["points"] == 3


HEAD = "Name,Row,Column,Label code\n"
BAD_CSV = {  # body; status, what is said
    "empty": (b"", 400, "missing"),
    "no header": (b"\n\n", 422, "empty"),
    "no column of labels": (b"Name,Row,Column\na.jpg,1,2\n", 422, "no column 'Label code'"),
    "a column twice": (b"Name,Row,Row,Column,Label\na.jpg,1,1,2,CCA\n", 422, "two columns 'Row'"),
    "too few cells": (f"{HEAD}a.jpg,1,2\n".encode(), 422, "line 2: 3 columns instead of 4"),
    "a negative row": (f"{HEAD}a.jpg,-1,2,CCA\n".encode(), 422, "line 2, column 'Row': -1"),
    "a row in fractions": (f"{HEAD}a.jpg,9,9,CCA\na.jpg,1.5,2,CCA\n".encode(), 422, "line 3, column 'Row'"),
    "a row in words": (f"{HEAD}a.jpg,one,2,CCA\n".encode(), 422, "'one' is not a number"),
    "true for a row": (f"{HEAD}a.jpg,true,2,CCA\n".encode(), 422, "'true' is not a number"),
    "an unknown image": (f"{HEAD}z.jpg,1,2,CCA\n".encode(), 422, "line 2, column 'Name'"),
    "an unknown label": (
        f"{HEAD}a.jpg,9,9,CCA\na.jpg,8,8,Coral\n".encode(),
        422,
        "line 3, column 'Label code'",
    ),
    "one point twice": (f"{HEAD}a.jpg,9,9,CCA\na.jpg,9,9,CCA\n".encode(), 422, "is in line 2 already"),
    "another label there": (f"{HEAD}a.jpg,1,2,Sand\n".encode(), 422, "another label"),
    "no UTF-8": (HEAD.encode() + b"a\xff.jpg,1,2,CCA\n", 400, "line 2: the CSV is not in UTF-8"),
    "a quote that does not end": (f'{HEAD}"a.jpg,1,2,CCA\n'.encode(), 400, "line 2: this is no CSV"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0", 400, "not in UTF-8"),
    "a NUL": (f"{HEAD}a\0.jpg,1,2,CCA\n".encode(), 422, "line 2, column 'Name'"),
}


@pytest.mark.parametrize("case", BAD_CSV)
def test_a_csv_that_is_none_is_refused_whole(ada, source, case):
    body, status, said = BAD_CSV[case]

    reply = ada.simulate_post(f"{source}/points", body=body, headers={"Content-Type": "text/csv"})

    assert reply.status_code == status, reply.text
    assert said in reply.json["detail"]
    assert ada.simulate_get(source).json["points"] == 3


BAD_BODIES = {  # method, path below the source, body; status, pointer
    "a source without a name": ("POST", "/v1/sources", {}, 422, "/name"),
    "an empty name": ("POST", "/v1/sources", {"name": ""}, 422, "/name"),
    "a name with a line break": ("POST", "/v1/sources", {"name": "a\nb"}, 422, "/name"),
    "a name that is taken": ("POST", "/v1/sources", {"name": "reef"}, 409, None),
    "a name of null": ("PATCH", "", {"name": None}, 422, "/name"),
    "an empty label set": ("POST", "/labels", {"labels": []}, 422, "/labels"),
    "a label without a name": ("POST", "/labels", {"labels": [{"code": "x"}]}, 422, "/labels/0/name"),
    "a label that is there": ("POST", "/labels", {"labels": [{"name": "x"}, {"name": "Sand"}]}, 409, None),
    "one label twice": ("POST", "/labels", {"labels": [{"name": "x"}, {"name": "x"}]}, 409, None),
    "a code that is too long": (
        "POST",
        "/labels",
        {"labels": [{"name": "x", "code": "c" * 51}]},
        422,
        "/labels/0/code",
    ),
    "a medium that is not there": ("POST", "/images", {"images": [{"media": 99}]}, 422, "/images/0/media"),
    "an image that is there": ("POST", "/images", {"images": [{"media": 1}]}, 409, None),
    "a medium of zero": ("POST", "/images", {"images": [{"media": 0}]}, 422, "/images/0/media"),
    "an unknown member": ("PUT", "/members/nobody", {"may_edit": True}, 404, None),
    "the owner as a member": ("PUT", "/members/ada", {"may_edit": True}, 422, None),
    "an unknown head": ("POST", "/train", {"head": "forest"}, 422, "/head"),
    "a negative seed": ("POST", "/train", {"seed": -1}, 422, "/seed"),
    "an unknown backbone": ("POST", "/train", {"backbone": 99}, 422, "/backbone"),
    "features by an unknown backbone": ("POST", "/features", {"backbone": 99}, 422, "/backbone"),
    "a model that is not there": (
        "POST",
        "/classifiers",
        {"name": "x", "media": 99, "manifest": MANIFEST, "labels": ["CCA", "Sand"]},
        422,
        "/media",
    ),
    "a model of one label": (
        "POST",
        "/classifiers",
        {"name": "x", "media": 1, "manifest": MANIFEST, "labels": ["CCA"]},
        422,
        "/labels",
    ),
    "a model of unknown labels": (
        "POST",
        "/classifiers",
        {"name": "x", "media": 1, "manifest": MANIFEST, "labels": ["CCA", "Coral"]},
        422,
        "/labels/1",
    ),
    "labels that do not fit the model": (
        "POST",
        "/classifiers",
        {"name": "x", "media": 1, "manifest": {**MANIFEST, "length": 3}, "labels": ["CCA", "Sand"]},
        422,
        "/labels",
    ),
    "a manifest of a patch without size": (
        "POST",
        "/v1/backbones",
        {"name": "x", "media": 1, "manifest": {**MANIFEST, "patch_px": 0}},
        422,
        "/manifest/patch_px",
    ),
    "a backbone that is not there": (
        "POST",
        "/v1/backbones",
        {"name": "x", "media": 99, "manifest": MANIFEST},
        422,
        "/media",
    ),
}


@pytest.mark.parametrize("case", BAD_BODIES)
def test_a_body_that_cannot_be_done_is_refused(ada, source, case):
    method, path, body, status, pointer = BAD_BODIES[case]
    before = ada.simulate_get(source).json

    reply = ada.simulate_request(method, path if path.startswith("/v1") else source + path, json=body)

    assert (reply.status_code, reply.json.get("pointer")) == (status, pointer), reply.text
    assert ada.simulate_get(source).json == before
    assert ada.simulate_get("/v1/classifiers").json["classifiers"] == []


def test_what_is_not_spoken_is_told(ada, source):
    sent = ada.simulate_post(f"{source}/points", body=b"<a/>", headers={"Content-Type": "text/xml"})
    asked = ada.simulate_get(f"{source}/points", headers={"Accept": "image/png"})

    assert (sent.status_code, asked.status_code) == (415, 406)


def test_limits_are_told(ada, reef, make_services, settings):
    tight = {
        "sources_labels_limit": 2,
        "sources_images_limit": 2,
        "sources_points_limit": 1,
        "sources_import_rows_limit": 2,
        "sources_import_bytes_limit": 100,
    }
    ada.app = app.mount(make_services(msgspec.structs.replace(settings, **tight)))
    medium = ada.upload(b"c", name="c.jpg").json["id"]
    csv_of = lambda rows: ada.simulate_post(  # noqa: E731 - said once, used twice
        f"{reef}/points", body=HEAD.encode() + rows, headers={"Content-Type": "text/csv"}
    )

    replies = [
        ada.send(f"{reef}/labels", {"labels": [{"name": "x"}]}),
        ada.send(f"{reef}/images", {"images": [{"media": medium}]}),
        ada.send(f"{reef}/points", points({}, {"row": 1})),
        csv_of(b"a.jpg,1,1,CCA\na.jpg,2,2,CCA\na.jpg,3,3,CCA\n"),
        csv_of(b"a.jpg,1,1,CCA\n" * 9),
    ]

    assert [reply.status_code for reply in replies] == [422, 422, 422, 422, 413]
    assert [reply.json.get("limit") for reply in replies] == [2, 2, None, 2, 100]


def test_who_has_no_token_or_one_that_reads_is_refused(anybody, services, make_token):
    reader = Caller(app.mount(services), make_token("ada", scopes="read"))

    assert anybody.simulate_get("/v1/sources").status_code == 401
    assert reader.send("/v1/sources", {"name": "reef"}).status_code == 403
    assert reader.simulate_get("/v1/sources").json["sources"] == []
