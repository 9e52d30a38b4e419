"""From labelled points to a classifier, and from that to pictures, by real workers."""

import json

import pytest

from darkroom.jobs import JobState
from storage import blobs, media
from storage.classify import absorbing, annotations, classifiers, images, labels, sources, training
from storage.classify.annotation_csv import Annotation
from storage.classify.images import NewImage
from storage.classify.labels import NewLabel
from storage.engine import read, write
from tests.workers.survey import CODES, PLACES, png
from workers import bell, enqueue
from workers.enqueue import Counter, Order

PICTURES = 4


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
        import io

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
def train(engine, store, counter, settings, source, owner):
    """Orders a training of the source; gives the classifier."""

    def order(**params):
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
