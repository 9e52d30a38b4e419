"""Classifiers through the native door: ordered, waited for, looked at, and what they found."""

import csv
import io

import msgspec
import pytest

from api.dialects.native import classifier_wire as wire

EVALUATION = b'{"accuracy": 0.9}'
CLASSIFIED = {
    "labels": [{"id": 1, "code": "CCA", "name": "old name"}, {"id": 2, "code": "Sand", "name": "Sand"}],
    "images": [
        {
            "index": 0,
            "media": 7,  # as the order names c.jpg
            "sha256": "ab",
            "width": 9,
            "height": 8,
            "points": [{"row": 1, "column": 2, "classes": [[1, 0.75], [2, 0.25]]}],
        }
    ],
}
FAILED = {
    "labels": CLASSIFIED["labels"],
    "images": [
        {
            "index": 1,
            "url": "http://reef.test/d.jpg",
            "error": {"code": "could_not_download", "message": "Could not download this image."},
        }
    ],
}


@pytest.fixture
def train(ada, source):
    """Orders a classifier of the source's points."""

    def order(body=None, **headers):
        return ada.send(f"{source}/train", body or {}, headers)

    return order


@pytest.fixture
def ready(ada, bench, train):
    """The path of a classifier that is ready."""
    path = train({"name": "first"}).headers["Location"]
    outputs = [
        bench.make(name, content)
        for name, content in (
            ("model.onnx", b"a network"),
            ("evaluation.json", EVALUATION),
            ("confusion.png", b"a plot"),
        )
    ]
    bench.succeed("cpu", summary={"accuracy": 0.9}, outputs=outputs)
    assert ada.simulate_get(path).json["state"] == "ready"
    return path


def order_of(ready, *images):
    return {"kind": "classify", "params": {"classifier": int(ready.rpartition("/")[2]), "images": images}}


def test_a_classifier_is_trained_and_then_tells_how_it_did(ada, bench, train, ready):
    seen = ada.simulate_get(ready).json

    assert (seen["name"], seen["figures"]) == ("first", {"accuracy": 0.9})
    assert [label["code"] for label in seen["labels"]] == ["CCA", "Sand"]
    assert ada.simulate_get(seen["links"]["evaluation"]).json == {"accuracy": 0.9}
    for part, content in (("model", b"a network"), ("confusion", b"a plot")):
        link = ada.simulate_get(seen["links"][part])
        assert link.status_code == 303
        assert ada.follow(link.headers["Location"]).content == content


def test_an_order_to_train_is_answered_at_once(ada, train):
    ordered = train({"name": "first", "head": "mlp", "seed": 7})

    assert ordered.status_code == 202
    assert ordered.headers["Retry-After"] == "2"
    assert (ordered.json["state"], ordered.json["failure"]) == ("training", None)
    params = ada.simulate_get(ordered.json["links"]["job"]).json["params"]
    assert (params["head"], params["seed"], params["images"]) == ("mlp", 7, 2)


def test_the_same_key_trains_one_classifier(train):
    headers = {"Idempotency-Key": "once"}

    first, again = train({"name": "first"}, **headers), train({"name": "first"}, **headers)
    other = train({"name": "second"}, **headers)

    assert first.json["id"] == again.json["id"]
    assert (other.status_code, other.json["code"]) == (409, "idempotency_mismatch")


def test_a_key_answers_with_its_own_classifier_though_equal_trainings_are_one_job(train):
    keys = {"first": {"Idempotency-Key": "1"}, "second": {"Idempotency-Key": "2"}}
    made = {name: train({"name": name}, **key).json for name, key in keys.items()}

    again = {name: train({"name": name}, **key).json for name, key in keys.items()}

    assert made["first"]["job"] == made["second"]["job"]
    assert again == made


def test_a_training_that_failed_says_why(ada, bench, train):
    path = train().headers["Location"]
    bench.fail("point_outside", "Row 9 is outside the image's valid range of 0-7.", "cpu")

    seen = ada.simulate_get(f"{path}?wait=5").json

    assert (seen["state"], seen["failure"]["code"]) == ("failed", "point_outside")
    refused = ada.simulate_get(f"{path}/model")
    assert (refused.status_code, refused.json["code"]) == (409, "conflict")


def test_files_of_a_classifier_in_training_are_not_ready(ada, train):
    path = train().headers["Location"]

    answers = [ada.simulate_get(f"{path}/{part}") for part in ("model", "evaluation", "confusion")]

    assert [(one.status_code, one.json["code"]) for one in answers] == [(409, "not_ready")] * 3


def test_a_classifier_is_renamed_listed_and_deleted(ada, source, ready):
    changed = ada.simulate_patch(ready, json={"name": "best", "threshold": 0.8})
    cleared = ada.simulate_patch(ready, json={"threshold": None})

    assert (changed.json["name"], changed.json["threshold"]) == ("best", 0.8)
    assert (cleared.json["name"], cleared.json["threshold"]) == ("best", None)
    for path in ("/v1/classifiers", f"{source}/classifiers"):
        assert [one["name"] for one in ada.simulate_get(path).json["classifiers"]] == ["best"]
    assert ada.simulate_delete(ready).status_code == 204
    assert ada.simulate_get(ready).status_code == 404


def test_strangers_see_no_classifier_and_viewers_may_use_it(ada, eve, source, ready):
    medium = eve.upload(b"hers", name="hers.jpg").json["id"]
    image = {"media": medium, "grid": {"rows": 2, "columns": 2}}

    hidden = [eve.simulate_get(ready), eve.submit(order_of(ready, image)), eve.simulate_delete(ready)]
    ada.simulate_patch(source, json={"is_public": True})
    shown = [eve.simulate_get(ready), eve.submit(order_of(ready, image)), eve.simulate_delete(ready)]

    assert [one.status_code for one in hidden] == [404, 422, 404]
    assert hidden[1].json["pointer"] == "/params/classifier"
    assert [one.status_code for one in shown] == [200, 202, 403]


def test_every_link_that_a_member_is_given_leads_somewhere(ada, eve, source, ready):
    ada.simulate_put(f"{source}/members/eve", json={"may_edit": True})

    trained = eve.send(f"{source}/train", {"head": "mlp"}).json
    shown = eve.simulate_get("/v1/classifiers").json["classifiers"]
    owners = ada.simulate_get(ready).json

    assert [one["id"] for one in shown] == [trained["id"], owners["id"]]
    assert "job" in owners["links"]
    links = [link for one in (trained, *shown) for link in one["links"].values()]
    assert {eve.simulate_get(link).status_code for link in links} <= {200, 303}


def test_features_are_computed_ahead(ada, source):
    ordered = ada.send(f"{source}/features", {})

    assert ordered.status_code == 202
    assert ordered.headers["Location"] == f"/v1/jobs/{ordered.json['id']}"
    assert (ordered.json["kind"], ordered.json["params"]["images"]) == ("features", 2)


@pytest.fixture
def job(ada, ready):
    """The path of a job over a medium and a URL, of which nothing is done."""
    medium = ada.upload(b"c", name="c.jpg").json["id"]
    images = [
        {"media": medium, "points": [{"row": 1, "column": 2}]},
        {"url": "http://reef.test/d.jpg", "points": [{"row": 3, "column": 4}]},
    ]
    ordered = ada.submit(order_of(ready, *images))
    assert ordered.status_code == 202, ordered.text
    return ordered.headers["Location"]


def settle(bench, found, classified):
    """End a part with this file."""
    name = f"{found['images'][0]['index']}-classified.json"
    outputs = [bench.make(name, msgspec.json.encode(found))]
    bench.succeed("cpu", summary={"classified": classified}, outputs=outputs)


def test_what_is_done_is_told_while_the_job_runs(ada, bench, job):
    nothing = ada.simulate_get(f"{job}/classifications").json
    settle(bench, CLASSIFIED, 1)
    some = ada.simulate_get(f"{job}/classifications").json
    settle(bench, FAILED, 0)

    every = ada.simulate_get(f"{job}/classifications")

    assert (nothing["complete"], nothing["total"], nothing["images"]) == (False, 2, [])
    assert (some["complete"], some["classified"], len(some["images"])) == (False, 1, 1)
    read = msgspec.json.decode(every.content, type=wire.Classifications, strict=True)
    assert (read.complete, read.classified, read.failed) == (True, 1, 1)
    best = read.images[0].points[0].classes[0]
    assert (best.code, best.name, best.score) == ("CCA", "Crustose coralline algae", 0.75)
    assert read.images[1].error == wire.ImageFault(
        code="could_not_download", message="Could not download this image."
    )


def test_what_was_found_comes_as_a_table(ada, bench, job):
    settle(bench, CLASSIFIED, 1)
    settle(bench, FAILED, 0)

    answer = ada.simulate_get(f"{job}/classifications", headers={"Accept": "text/csv"})

    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0][:10] == [
        *("name", "url", "media", "frame", "seconds", "error"),
        *("row", "column", "label 1", "score 1"),
    ]
    assert rows[1][:12] == ["c.jpg", "", "7", "", "", "", "1", "2", "CCA", "0.75", "Sand", "0.25"]
    assert rows[2][:6] == ["", "http://reef.test/d.jpg", "", "", "", "Could not download this image."]
    assert {len(row) for row in rows} == {6 + 2 + 2 * 5}


def test_only_jobs_that_classify_have_classifications(ada, eve, bench, job):
    drill = ada.submit({"kind": "drill"}).headers["Location"]

    assert ada.simulate_get(f"{drill}/classifications").status_code == 409
    assert eve.simulate_get(f"{job}/classifications").status_code == 404
    assert ada.simulate_get(f"{job}/classifications?format=xml").status_code == 422


def test_a_job_is_done_again_on_what_its_params_name(ada, job):
    reply = ada.simulate_post(f"{job}/rerun")

    assert reply.status_code == 202, reply.text
    provenance = [ada.simulate_get(f"{path}/provenance").json for path in (job, reply.headers["Location"])]
    roles = [[used["role"] for used in one["inputs"]] for one in provenance]
    assert roles == [["images/0", "model"], ["images/0", "model"]]


def test_a_training_may_be_done_again_but_not_ordered_by_its_kind(ada, ready):
    train_job = ada.simulate_get(ready).json["job"]

    again = ada.simulate_post(f"/v1/jobs/{train_job}/rerun")
    ordered = ada.submit({"kind": "train", "params": {"source": 1, "images": 2}, "inputs": {"labels": 1}})

    assert (again.status_code, again.json["rerun_of"]) == (202, train_job)
    assert (ordered.status_code, ordered.json["pointer"]) == (422, "/kind")
