"""Pictures by URL, from the order of a job to what is told of each of them."""

import io

import msgspec
import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from darkroom.jobs import JobState
from pipelines.classify.dataset import LabelInfo
from pipelines.classify.manifest import Manifest
from pipelines.classify.model_file import embed
from storage import blobs as stores
from storage import media
from storage.classify import classifiers, results, sources
from storage.classify.classifiers import NewClassifier, State
from storage.classify.labels import Called
from storage.engine import read, write
from tests.workers.fetch.servers import drip, ok, redirect, status
from workers import bell, enqueue
from workers.enqueue import Order

SIDE = 16
COLOURS = ("red", "green", "blue")
COULD_NOT = ("could_not_download", "Could not download this image.")
UNSUPPORTED = ("unsupported_picture", "This file is not a supported image.")
DAMAGED = ("damaged_picture", "The image is damaged or incomplete.")


def encoded(colour, form="PNG", size=(40, 30)):
    """A picture of one colour as the bytes of a file."""
    content = io.BytesIO()
    Image.new("RGB", size, colour).save(content, form)
    return content.getvalue()


def network():
    """The bytes of a network that tells which colour a patch has most of."""
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("input", ["N", 3, SIDE, SIDE]), ("output", ["N", 3]))
    ]
    nodes = [
        helper.make_node("GlobalAveragePool", ["input"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["means"], axis=1),
        helper.make_node("Mul", ["means", "ten"], ["scaled"]),
        helper.make_node("Softmax", ["scaled"], ["output"], axis=1),
    ]
    ten = numpy_helper.from_array(np.float32([10.0]), "ten")
    graph = helper.make_graph(nodes, "colours", [ends[0]], [ends[1]], [ten])
    opset = helper.make_opsetid("", 17)
    return helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString()


@pytest.fixture
def blobs(settings):
    return stores.connect(settings)


@pytest.fixture
def classifier(engine, blobs, owner, tmp_path):
    """A classifier that tells red, green and blue apart; its id."""
    (tmp_path / "network.onnx").write_bytes(network())
    labels = [LabelInfo(i + 1, name, name.title()) for i, name in enumerate(COLOURS)]
    manifest = Manifest(name="colours", length=3, patch_px=SIDE, input_px=SIDE)
    embed(tmp_path / "network.onnx", tmp_path / "model.onnx", labels, manifest)
    blob = blobs.put_file(None, tmp_path / "model.onnx")
    with write(engine) as db:
        source = sources.add(db, owner, name="Colours").id
        called = [Called(label.id, label.code, label.name) for label in labels]
        new = NewClassifier(source=source, owner=owner, name="colours", job=10**6, labels=called)
        made = classifiers.get(db, classifiers.add(db, new), owner)
        kept = {"sha256": blob.sha256, "size": blob.size, "name": "model.onnx"}
        record = media.add(db, owner, **kept, content_type="application/octet-stream")
        classifiers.settle(db, made, State.READY, media_id=record.id, sha256=blob.sha256)
    return made.id


@pytest.fixture
def classify(engine, settings, owner, classifier, make_bench, blobs, job_of):
    """Orders a job for these URLs, has it done, and gives the job, and of each image its label or its fault."""

    def classify(*urls, parts_limit=100, **changes):
        points = [{"row": 7, "column": 9}]
        params = {"classifier": classifier, "images": [{"url": url, "points": points} for url in urls]}
        order = Order(kind="classify", params=params, owner=owner)
        at_the_door = msgspec.structs.replace(settings, classify_parts_limit=parts_limit)
        job_id = enqueue.submit(engine, bell.connect(settings, engine), at_the_door, order).job.id
        limits = {"fetch_attempts": 2, "fetch_idle_seconds": 1.0, "fetch_seconds": 5.0}
        make_bench(**{"fetch_allow": "127.0.0.0/8", **limits, **changes}).drain()
        job = job_of(job_id)
        with read(engine) as db:
            return job, [told(image) for image in results.each(blobs, db, job)]

    return classify


def told(image):
    if image.error is not None:
        return image.error.code, image.error.message
    return [point.classes[0].code for point in image.points]


def test_pictures_are_fetched_and_classified(serve, classify):
    server = serve(ok(encoded("red")), ok(encoded("blue", "JPEG")), ok(encoded("lime", "WEBP")))

    job, found = classify(*(f"{server.url}/{name}.jpg" for name in "abc"))

    assert job.state is JobState.SUCCEEDED
    assert sorted(found) == [["blue"], ["green"], ["red"]]
    assert server.connections == 3


def test_each_picture_fails_for_itself_and_in_few_words(serve, classify):
    whole = encoded("red", "JPEG", (400, 300))
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="1" height="1"/></svg>'
    inner = serve(ok(encoded("red")))
    cases = [
        ([ok(encoded("red"), "Content-Type: text/html")], ["red"]),
        ([redirect("/elsewhere"), ok(encoded("blue"))], ["blue"]),
        ([status(503), ok(encoded("lime"))], ["green"]),
        ([status(404)], COULD_NOT),
        ([redirect("http://10.0.0.1/")], COULD_NOT),
        ([redirect("file:///etc/passwd")], COULD_NOT),
        ([drip(b"HTTP/1.1 200 OK\r\n\r\n", b"y" * 1000)], COULD_NOT),
        ([ok(whole, length=len(whole) + 1)], COULD_NOT),
        ([ok(b"<!doctype html><title>Log in</title>", "Content-Type: image/jpeg")], UNSUPPORTED),
        ([ok(svg, "Content-Type: image/png")], UNSUPPORTED),
        ([ok(b"")], UNSUPPORTED),
        ([ok(whole[: len(whole) // 2])], DAMAGED),
        ([ok(bytes(50_001))], ("too_large", "This image is larger than the limit of 50000 bytes.")),
        (
            [ok(encoded("red", size=(2000, 600)))],
            ("too_many_pixels", "This image is larger than the limit of 1000000 pixels."),
        ),
        (
            [ok(encoded("red", size=(9, 7)))],
            ("point_outside", "Row 7 is outside the image's valid range of 0-6."),
        ),
    ]
    servers = [serve(*answers) for answers, _ in cases]

    job, found = classify(
        *(server.url for server in servers),
        f"http://user@127.0.0.1:{inner.port}/",
        "http://[::1]/",
        fetch_bytes_limit=50_000,
        classify_pixels_limit=1_000_000,
    )

    assert job.state is JobState.PARTIAL
    assert found == [expected for _, expected in cases] + [COULD_NOT, COULD_NOT]
    assert inner.connections == 0


def test_nothing_private_is_fetched_unless_it_is_allowed(serve, classify):
    server = serve(ok(encoded("red")))

    job, found = classify(server.url, fetch_allow="")

    assert found == [COULD_NOT]
    assert server.connections == 0
    assert "127.0.0.1" not in (job.failure or "")


def test_pictures_of_the_same_url_in_one_part_are_fetched_once(serve, classify):
    server = serve(ok(encoded("blue")))

    job, found = classify(*[server.url] * 10, parts_limit=2)

    assert (job.parts_total, found) == (2, [["blue"]] * 10)
    assert server.connections == 2
