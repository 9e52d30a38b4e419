"""From labelled points to a classifier, and from that to pictures, by real workers."""

import hashlib
import io
import json

import msgspec
import pytest

from darkroom.jobs import JobState
from pipelines.classify.bank import BANK, bank_network
from pipelines.classify.model_file import describe_model
from storage import blobs, media
from storage.classify import (
    absorbing,
    annotations,
    backbones,
    classifiers,
    images,
    labels,
    sources,
    training,
)
from storage.classify.annotation_csv import Annotation
from storage.classify.images import NewImage
from storage.classify.labels import NewLabel
from storage.engine import read, write
from tests.workers.survey import CODES, PLACES, png
from workers import bell, enqueue, sweep
from workers.enqueue import Counter, Order

PICTURES = 4


@pytest.fixture
def database_url(tmp_path):
    """One kind of database: that the ledger moves alike on both is shown elsewhere."""
    return f"sqlite:///{tmp_path / 'darkroom.db'}"


@pytest.fixture
def store(settings):
    return blobs.connect(settings)


@pytest.fixture
def counter(engine, settings):
    return Counter(bell.connect(settings, engine), settings, "native")


@pytest.fixture
def put(engine, store, owner):
    """Stores bytes as a medium of the owner's; gives its id."""

    def put(content, name):
        blob = store.put(None, io.BytesIO(content))
        with write(engine) as db:
            return media.add(
                db, owner, sha256=blob.sha256, size=blob.size, name=name, content_type="image/png"
            ).id

    return put


@pytest.fixture
def source(engine, owner, put):
    """A source of four pictures with four labelled points each; its id."""
    with write(engine) as db:
        source_id = sources.add(db, owner, name="Reef").id
        new = [NewLabel("Sand", "sand"), NewLabel("Hard coral", "coral"), NewLabel("Unseen", "unseen")]
        labels.add(db, source_id, owner, new, labels_limit=10)
    media_ids = [put(png(seed), f"{seed}.png") for seed in range(PICTURES)]
    points = [
        Annotation(0, f"{seed}.png", row, column, code)
        for seed in range(PICTURES)
        for (row, column), code in zip(PLACES, CODES, strict=True)
    ]
    with write(engine) as db:
        images.add(db, source_id, owner, [NewImage(media_id) for media_id in media_ids], images_limit=10)
        annotations.take_in(db, source_id, owner, points, refused, replace=False, points_limit=10)
    return source_id


def refused(number, field, reason):
    raise AssertionError(f"{number}, {field}: {reason}")


@pytest.fixture
def train(engine, store, settings, source, owner):
    """Orders a training of the source; gives the classifier."""

    def order(settings=settings, **params):
        counter = Counter(bell.connect(settings, engine), settings, "native")
        return training.order_training(
            engine, store, counter, source, owner, settings=settings, name=None, params=params
        )

    return order


def ended(engine, store, classifier, owner):
    """Write the end of a training into its classifier, and return that."""
    absorbing.absorb_classifier(engine, store, classifier.id)
    with read(engine) as db:
        return classifiers.get(db, classifier.id, owner)


def test_what_was_trained_on_a_source_classifies_pictures(
    make_bench, engine, settings, store, owner, train, put, job_of
):
    ordered = train()
    make_bench().drain()
    classifier = ended(engine, store, ordered, owner)

    fresh = [put(png(seed), f"{seed}.png") for seed in (10, 11)]
    points = [{"row": 5, "column": 5}, {"row": 319, "column": 319}]
    params = {
        "classifier": classifier.id,
        "images": [{"media": media_id, "points": points} for media_id in fresh],
    }
    order = Order(kind="classify", params=params, owner=owner)
    job = enqueue.submit(engine, bell.connect(settings, engine), settings, order).job
    make_bench().drain()

    assert (classifier.state, classifier.figures["accuracy"]) == ("ready", 1.0)
    assert classifier.figures["left_out"] == []
    job = job_of(job.id)
    assert (job.state, job.parts_total) == (JobState.SUCCEEDED, 2)
    for index, output in enumerate(named(job, "classified.json")):
        found = json.loads(store.read_range(output.key, 0, output.size))
        (image,) = found["images"]
        assert (image["index"], image["media"]) == (index, fresh[index])
        called = {label["id"]: label["code"] for label in found["labels"]}
        first = [called[point["classes"][0][0]] for point in image["points"]]
        assert first == ["sand", "coral"]


def named(job, name):
    return [output for output in job.read_result().outputs if output.name.endswith(name)]


def model_of(store, job):
    (output,) = named(job, "model.onnx")
    return store.read_range(output.key, 0, output.size)


def test_a_training_in_parts_learns_the_same_as_one_that_is_whole(
    make_bench, store, engine, settings, train, job_of
):
    whole = train()
    make_bench().drain()
    parted = train(settings=msgspec.structs.replace(settings, features_images_per_part=1))
    make_bench().drain()

    assert [job_of(one.job).parts_total for one in (whole, parted)] == [1, PICTURES + 1]
    assert model_of(store, job_of(whole.job)) == model_of(store, job_of(parted.job))


def test_no_picture_is_read_again_whose_points_are_all_known(
    make_bench, engine, store, settings, counter, source, owner, train, job_of
):
    ahead = training.order_features(engine, store, counter, source, owner, settings=settings)
    make_bench().drain()
    for seed in range(PICTURES):
        store.delete(media.blob_key(hashlib.sha256(png(seed)).hexdigest()))

    classifier = train()
    make_bench().drain()

    assert job_of(ahead.id).read_result().summary == {
        "images": 4,
        "computed": 16,
        "known": 0,
        "failed": 0,
        "errors": [],
    }
    assert job_of(classifier.job).state is JobState.SUCCEEDED
    assert job_of(classifier.job).read_result().summary["left_out"] == []


def test_kept_features_that_are_damaged_are_computed_again(
    make_bench, engine, store, settings, counter, source, owner, train, job_of
):
    training.order_features(engine, store, counter, source, owner, settings=settings)
    make_bench().drain()
    kept = {stat.key: store.read_range(stat.key, 0, stat.size) for stat in store.list("features/")}
    for key, content in kept.items():
        store.put(key, io.BytesIO(content[:-200] + bytes([content[-200] ^ 1]) + content[-199:]))

    classifier = train()
    make_bench().drain()

    assert len(kept) == PICTURES
    assert job_of(classifier.job).read_result().summary["accuracy"] == 1.0
    assert {stat.key: store.read_range(stat.key, 0, stat.size) for stat in store.list("features/")} == kept


def test_what_cannot_be_read_or_lies_outside_is_left_out_and_told(
    make_bench, engine, store, settings, counter, source, owner, put, train, job_of
):
    new = [NewImage(put(b"no picture", "broken.png")), NewImage(put(png(20), "small.png"))]
    with write(engine) as db:
        images.add(db, source, owner, new, images_limit=10)
        odd = [
            Annotation(0, "broken.png", 1, 1, "sand"),
            Annotation(0, "small.png", 999, 1, "sand"),
            Annotation(0, "small.png", 1, 320, "sand"),
            Annotation(0, "small.png", *PLACES[0], "sand"),
        ]
        annotations.take_in(db, source, owner, odd, refused, replace=False, points_limit=10)
    ahead = training.order_features(engine, store, counter, source, owner, settings=settings)
    classifier = train()
    parted = train(settings=msgspec.structs.replace(settings, features_images_per_part=1))

    make_bench().drain()

    assert job_of(ahead.id).state is JobState.PARTIAL
    errors = job_of(ahead.id).read_result().summary["errors"]
    assert {one["image"]: one["code"] for one in errors} == {
        "broken.png": "unsupported_picture",
        "small.png": "point_outside",
    }
    left_out = job_of(classifier.job).read_result().summary["left_out"]
    outside = "row 1, column 320, and 1 more: outside its 320x320 pixels"
    assert {(one["image"], one["points"], one["why"]) for one in left_out} == {
        ("broken.png", 1, "This file is not a supported image."),
        ("small.png", 2, outside),
    }
    assert job_of(parted.job).read_result().summary["left_out"] == left_out
    assert job_of(classifier.job).read_result().summary["points"] == 17


def test_what_cannot_be_learned_from_fails_with_the_reason(make_bench, engine, store, owner, train, put):
    classifier = train(backbone=None)
    for seed in range(PICTURES):
        store.delete(media.blob_key(hashlib.sha256(png(seed)).hexdigest()))

    make_bench().drain()

    failed = ended(engine, store, classifier, owner)
    assert (failed.state, failed.failure.code) == ("failed", "no_points")


def test_a_network_of_elsewhere_becomes_a_backbone(
    make_bench, engine, store, settings, counter, owner, put, train
):
    network = put(bank_network(), "bank.onnx")
    brought = backbones.order(
        engine, counter, owner, name="My bank", media_id=network, manifest=BANK.as_dict()
    )
    make_bench().drain()
    sweep.sweep_classifiers(engine, store)

    classifier = train(backbone=brought.id)
    make_bench().drain()

    with read(engine) as db:
        assert backbones.get(db, brought.id, owner).state == "ready"
    assert ended(engine, store, classifier, owner).figures["accuracy"] == 1.0


def test_a_file_that_is_no_network_is_refused_with_the_reason(make_bench, engine, store, counter, owner, put):
    brought = backbones.order(
        engine, counter, owner, name="No net", media_id=put(b"no network", "x"), manifest=BANK.as_dict()
    )

    make_bench().drain()
    sweep.sweep_classifiers(engine, store)

    with read(engine) as db:
        found = backbones.get(db, brought.id, owner)
    assert (found.state, found.failure.code) == ("failed", "bad_network")


def test_a_classifier_of_elsewhere_classifies_under_the_labels_that_it_is_given(
    make_bench, engine, store, settings, counter, source, owner, put, model, job_of
):
    manifest = describe_model(model)["manifest"]
    imported = training.order_import(
        engine,
        counter,
        source,
        owner,
        name="Imported",
        media_id=put(model.read_bytes(), "model.onnx"),
        manifest=manifest,
        codes=["unseen", "coral"],
    )
    make_bench().drain()
    sweep.sweep_classifiers(engine, store)

    images_asked = [{"media": put(png(9), "9.png"), "points": [{"row": 5, "column": 5}]}]
    order = Order(kind="classify", params={"classifier": imported.id, "images": images_asked}, owner=owner)
    job = enqueue.submit(engine, bell.connect(settings, engine), settings, order).job
    make_bench().drain()

    (output,) = named(job_of(job.id), "classified.json")
    found = json.loads(store.read_range(output.key, 0, output.size))
    assert [label["code"] for label in found["labels"]] == ["unseen", "coral"]
    assert found["images"][0]["points"][0]["classes"][0][0] == found["labels"][0]["id"]
