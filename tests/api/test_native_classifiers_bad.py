"""Every bad order to train or to classify has its answer: status, where and what."""

import pytest

HEAD = b"Name,Row,Column,Label code\n"
JPEG = {"media": 1, "grid": {"rows": 1, "columns": 1}}

BAD_TRAININGS = {  # points; what is said
    "no points": (b"", "no labelled points"),
    "one label only": (b"a.jpg,1,2,CCA\nb.jpg,3,4,CCA\n", "same label"),
    "one image only": (b"a.jpg,1,2,CCA\na.jpg,3,4,Sand\n", "one image"),
}


@pytest.mark.parametrize("case", BAD_TRAININGS)
def test_too_little_to_learn_from_is_told(ada, reef, case):
    body, said = BAD_TRAININGS[case]
    if body:
        ada.simulate_post(f"{reef}/points", body=HEAD + body, headers={"Content-Type": "text/csv"})

    replies = [ada.send(f"{reef}/train", {}), ada.send(f"{reef}/features", {})]

    assert [reply.status_code for reply in replies] == [422, 422]
    assert all(said in reply.json["detail"] for reply in replies)
    assert not any("pointer" in reply.json for reply in replies)  # no field of the body is at fault


def test_a_label_with_a_single_point_is_trained_on(ada, source):
    assert ada.send(f"{source}/train", {}).status_code == 202


BAD_IMAGES = {  # images of a classify job; pointer
    "none": ([], "/params/images"),
    "neither url nor media": ([{"grid": JPEG["grid"]}], "/params/images/0"),
    "both": ([{**JPEG, "url": "http://reef.test/a.jpg"}], "/params/images/0"),
    "neither points nor grid": ([JPEG, {"media": 1}], "/params/images/1"),
    "no points in a list": ([{"media": 1, "points": []}], "/params/images/0/points"),
    "true for a row": (
        [{"media": 1, "points": [{"row": True, "column": 1}]}],
        "/params/images/0/points/0/row",
    ),
    "a negative column": (
        [{"media": 1, "points": [{"row": 1, "column": -1}]}],
        "/params/images/0/points/0/column",
    ),
    "a grid without rows": ([{"media": 1, "grid": {"rows": 0, "columns": 1}}], "/params/images/0/grid/rows"),
    "a grid beyond the limit": ([{"media": 1, "grid": {"rows": 40, "columns": 40}}], "/params/images/0/grid"),
    "an unknown method": (
        [{"media": 1, "grid": {**JPEG["grid"], "method": "hex"}}],
        "/params/images/0/grid/method",
    ),
    "a medium that is not there": ([JPEG, {**JPEG, "media": 99}], "/params/images/1/media"),
    "more than the limit": ([JPEG] * 1001, "/params/images"),
}


@pytest.mark.parametrize("case", BAD_IMAGES)
def test_images_that_cannot_be_classified_are_refused(ada, source, bench, case):
    images, pointer = BAD_IMAGES[case]
    classifier = ada.send(f"{source}/train", {}).json["id"]
    bench.succeed("cpu", outputs=[bench.make("model.onnx", b"a network")])
    ada.simulate_get(f"/v1/classifiers/{classifier}")

    reply = ada.submit({"kind": "classify", "params": {"classifier": classifier, "images": images}})

    assert (reply.status_code, reply.json["pointer"]) == (422, pointer), reply.text


def test_a_classifier_that_cannot_be_used_yet_or_at_all_says_so(ada, source, bench):
    classifier = ada.send(f"{source}/train", {}).json["id"]
    order = {"kind": "classify", "params": {"classifier": classifier, "images": [JPEG]}}
    early = ada.submit(order)

    bench.fail("damaged_picture", "The image is damaged or incomplete.", "cpu")
    ada.simulate_get(f"/v1/classifiers/{classifier}")
    late, unknown = ada.submit(order), ada.submit({**order, "params": {**order["params"], "classifier": 99}})

    assert (early.status_code, early.json["code"]) == (409, "not_ready")
    assert early.headers["Retry-After"]
    assert (late.status_code, late.json["code"]) == (409, "conflict")
    assert "damaged or incomplete" in late.json["detail"]
    assert (unknown.status_code, unknown.json["pointer"]) == (422, "/params/classifier")


def test_inner_kinds_are_not_ordered(ada):
    for kind in ("features", "train", "vet"):
        reply = ada.submit({"kind": kind, "params": {"source": 1, "images": 1}})

        assert (reply.status_code, reply.json["pointer"]) == (422, "/kind")
