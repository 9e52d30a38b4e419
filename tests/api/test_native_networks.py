"""Networks that somebody brings to the native door: as a classifier of a source, and as a backbone."""

import pytest

MANIFEST = {"name": "theirs", "length": 2}


def test_a_classifier_of_elsewhere_is_looked_into(ada, bench, source):
    medium = ada.upload(b"onnx", name="theirs.onnx").json["id"]
    bench.fail("unsupported", "no movie")  # its probe
    order = {"name": "theirs", "media": medium, "manifest": MANIFEST, "labels": ["Sand", "CCA"]}

    ordered = ada.send(f"{source}/classifiers", order)
    bench.succeed(outputs=[bench.make("model.onnx", b"embedded")], summary={"operators": ["Conv"]})

    seen = ada.simulate_get(ordered.headers["Location"]).json
    assert ordered.status_code == 202
    assert (seen["state"], seen["backbone"], "evaluation" in seen["links"]) == ("ready", None, False)
    assert [label["code"] for label in seen["labels"]] == ["Sand", "CCA"]
    assert ada.simulate_get(f"{seen['links']['self']}/evaluation").status_code == 404


def test_a_backbone_is_looked_into_listed_and_forgotten(ada, eve, bench):
    medium = ada.upload(b"onnx", name="encoder.onnx").json["id"]
    bench.fail("unsupported", "no movie")  # its probe
    order = {"name": "b0", "media": medium, "manifest": {"name": "b0", "length": 1280, "licence": "MIT"}}

    ordered = ada.send("/v1/backbones", order)
    path = ordered.headers["Location"]
    assert (ordered.status_code, ada.simulate_get(path).json["state"]) == (202, "vetting")
    bench.succeed(summary={"length": 1280})

    seen = ada.simulate_get(path).json
    assert (seen["state"], seen["manifest"]["licence"], seen["figures"]) == ("ready", "MIT", {"length": 1280})
    assert ada.simulate_get("/v1/backbones").json["backbones"] == [seen]
    assert eve.simulate_get(path).status_code == 404
    assert ada.simulate_delete(path).status_code == 204
    assert ada.simulate_get(path).status_code == 404


@pytest.mark.parametrize("place", ["classifiers", "backbones"])
def test_the_same_key_brings_one_network(ada, source, place):
    medium = ada.upload(b"onnx", name="theirs.onnx").json["id"]
    path = f"{source}/classifiers" if place == "classifiers" else "/v1/backbones"
    more = {"labels": ["Sand", "CCA"]} if place == "classifiers" else {}
    order = {"name": "theirs", "media": medium, "manifest": MANIFEST, **more}
    headers = {"Idempotency-Key": "once"}

    first, again = ada.send(path, order, headers), ada.send(path, order, headers)
    other = ada.send(path, {**order, "name": "other"}, headers)

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json == first.json
    assert (other.status_code, other.json["code"]) == (409, "idempotency_mismatch")
    assert len(ada.simulate_get(path).json[place]) == 1
