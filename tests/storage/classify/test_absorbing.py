"""From the job of a classifier or backbone to its row: once, by whoever comes first, whatever the job came to."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from darkroom.errors import Conflict, Forbidden, NotFound, NotReady
from darkroom.jobs import Failure
from storage import jobs, media
from storage.blobs import whole
from storage.classify import absorbing, backbones, classifiers, removal, sources, training
from storage.classify.classifiers import State
from storage.engine import read, write

FILES = {"model.onnx": b"onnx", "evaluation.json": b"{}", "confusion.png": b"png"}
KEPT_SECONDS = 3600.0


@pytest.fixture
def trained(engine, store, counter, settings, reef, people, labelled):
    """Orders a training; gives the id of the classifier."""

    def train(name="First", **params):
        made = training.order_training(
            engine, store, counter, reef.id, people.ada, settings=settings, name=name, params=params
        )
        return made.id

    return train


@pytest.fixture
def absorb(engine, store):
    """Writes down what became of a classifier; gives it as it then stands."""

    def absorb(classifier_id):
        absorbing.absorb_classifier(engine, store, classifier_id)
        with read(engine) as db:
            return classifiers.get(db, classifier_id, None)

    return absorb


@pytest.fixture
def job_of(engine):
    def job(classifier_id):
        with read(engine) as db:
            return classifiers.get(db, classifier_id, None).job

    return job


def test_what_was_trained_becomes_media_of_the_sources_owner(
    engine, store, people, reef, trained, absorb, job_of, end, media_names
):
    classifier_id = trained()
    end(job_of(classifier_id), files=FILES, summary={"accuracy": 0.93})

    made = absorb(classifier_id)

    with read(engine) as db:
        usable = classifiers.usable(db, classifier_id, people.bob)
        model = media.get(db, usable.media_id, people.ada)
    assert (made.state, made.figures, made.ready_at is None) == (State.READY, {"accuracy": 0.93}, False)
    assert (made.source, made.sha256, usable.sha256) == (reef.id, model.sha256, model.sha256)
    assert [label.code for label in made.labels] == ["Sand", "Por"]
    assert whole(store, model.key()) == b"onnx"
    assert media_names(people.ada)[-3:] == [f"classifier-{classifier_id}-{name}" for name in FILES]


def test_nothing_changes_while_the_job_runs(trained, absorb):
    assert absorb(trained()).state is State.TRAINING


def test_again_it_comes_to_the_same(people, trained, absorb, job_of, end, media_names):
    classifier_id = trained()
    end(job_of(classifier_id), files=FILES)
    first = absorb(classifier_id)
    names = media_names(people.ada)

    assert absorb(classifier_id) == first
    assert media_names(people.ada) == names


def test_two_at_one_moment_come_to_the_same(
    engine, store, people, trained, absorb, job_of, end, media_names, monkeypatch
):
    classifier_id = trained()
    end(job_of(classifier_id), files=FILES)
    both_have_looked = threading.Barrier(2)
    copy = media.copy_output

    def copy_together(blobs, output):
        if output.name == "model.onnx":
            both_have_looked.wait(20)
        copy(blobs, output)

    monkeypatch.setattr(media, "copy_output", copy_together)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(absorb, [classifier_id, classifier_id])

    assert first.state is second.state is State.READY
    assert sorted(media_names(people.ada)[-3:]) == sorted(
        f"classifier-{classifier_id}-{name}" for name in FILES
    )
    assert len(media_names(people.ada)) == 3 + 1 + 3


def test_a_training_that_failed_says_why(engine, people, trained, absorb, job_of, end):
    classifier_id = trained()
    end(job_of(classifier_id), failure=Failure("bad_dataset", "there is nothing to learn"))

    made = absorb(classifier_id)

    assert (made.state, made.failure) == (State.FAILED, Failure("bad_dataset", "there is nothing to learn"))
    with read(engine) as db, pytest.raises(Conflict, match="was not made: there is nothing to learn"):
        classifiers.usable(db, classifier_id, people.ada)


def test_a_training_that_was_cancelled_has_failed(engine, people, trained, absorb, job_of):
    classifier_id = trained()
    with write(engine) as db:
        jobs.cancel(db, job_of(classifier_id), people.ada, KEPT_SECONDS)

    made = absorb(classifier_id)

    assert (made.state, made.failure and made.failure.code) == (State.FAILED, "cancelled")


def test_a_result_that_expired_before_anybody_looked_is_a_failure(store, trained, absorb, job_of, end):
    classifier_id = trained()
    end(job_of(classifier_id), files=FILES)
    for stat in list(store.list("results/")):
        store.delete(stat.key)

    made = absorb(classifier_id)

    assert (made.state, made.failure and made.failure.code) == (State.FAILED, "expired")


def test_equal_orders_have_one_job_and_a_model_each(people, trained, absorb, job_of, end):
    first, second = trained(), trained(name="Second")
    end(job_of(first), files=FILES)

    made = [absorb(first), absorb(second)]

    assert made[0].job == made[1].job
    assert made[0].sha256 == made[1].sha256
    assert made[0].media_id != made[1].media_id


def test_a_classifier_that_was_removed_meanwhile_keeps_nothing(
    engine, store, people, trained, job_of, end, media_names
):
    classifier_id = trained()
    end(job_of(classifier_id), files=FILES)
    with write(engine) as db:
        removal.remove_classifier(db, classifier_id, people.ada, KEPT_SECONDS)

    absorbing.absorb_classifier(engine, store, classifier_id)

    assert media_names(people.ada) == ["a.jpg", "b.jpg", "c.jpg"]
    with read(engine) as db:
        assert classifiers.pending(db) == []


def test_a_classifier_goes_with_its_media_and_its_training(engine, people, trained, job_of, media_names):
    classifier_id = trained()
    job_id = job_of(classifier_id)

    with write(engine) as db:
        removal.remove_classifier(db, classifier_id, people.cyd, KEPT_SECONDS)

    with read(engine) as db:
        assert jobs.get(db, job_id, None).state == "cancelled"
        with pytest.raises(NotFound):
            classifiers.get(db, classifier_id, people.ada)
    assert media_names(people.ada) == ["a.jpg", "b.jpg", "c.jpg"]


def test_a_training_that_another_classifier_waits_for_goes_on(engine, people, trained, job_of):
    first, second = trained(), trained(name="Second")

    with write(engine) as db:
        removal.remove_classifier(db, first, people.ada, KEPT_SECONDS)

    with read(engine) as db:
        assert jobs.get(db, job_of(second), None).state == "queued"


def test_a_source_goes_with_all_that_hangs_on_it_but_the_media_of_its_images(
    engine, store, people, reef, trained, absorb, job_of, end, media_names
):
    ready = trained()
    end(job_of(ready), files=FILES)
    absorb(ready)
    open_job = job_of(trained(name="Second", seed=2))

    with write(engine) as db:
        removal.remove_source(db, reef.id, people.ada, KEPT_SECONDS)

    with write(engine) as db:
        assert jobs.get(db, open_job, None).state == "cancelled"
        with pytest.raises(NotFound):
            sources.get(db, reef.id, people.ada)
        assert classifiers.find(db, people.ada) == []
        media.remove(db, reef.media["a.jpg"], people.ada)
        assert sources.add(db, people.ada, name="Reef").id > reef.id
    assert media_names(people.ada) == ["b.jpg", "c.jpg"]


def test_only_its_owner_removes_a_source(engine, people, reef):
    with write(engine) as db:
        with pytest.raises(Forbidden):
            removal.remove_source(db, reef.id, people.cyd, KEPT_SECONDS)
        with pytest.raises(NotFound):
            removal.remove_source(db, reef.id, people.eve, KEPT_SECONDS)


def test_a_classifier_is_named_and_given_a_threshold(engine, people, trained):
    classifier_id = trained()

    with write(engine) as db:
        named = classifiers.change(db, classifier_id, people.cyd, name="Best", threshold=0.8)
        bare = classifiers.change(db, classifier_id, people.cyd, threshold=None)

    assert (named.name, named.threshold) == ("Best", 0.8)
    assert (bare.name, bare.threshold) == ("Best", None)


@pytest.fixture
def backbone(engine, counter, people):
    """Registers a network of Ada's."""

    def register():
        with write(engine) as db:
            record = media.add(db, people.ada, sha256="0e" * 32, size=9, name="n.onnx", content_type="x/y")
        manifest = {"name": "net", "length": 7}
        return backbones.order(engine, counter, people.ada, name="Net", media_id=record.id, manifest=manifest)

    return register


def test_a_backbone_is_used_once_it_was_looked_into(engine, people, backbone, end):
    made = backbone()
    with read(engine) as db, pytest.raises(NotReady):
        backbones.usable(db, made.id, people.ada)
    end(made.job, summary={"length": 7})

    absorbing.absorb_backbone(engine, made.id)

    with read(engine) as db:
        usable = backbones.usable(db, made.id, people.ada)
        with pytest.raises(NotFound):
            backbones.get(db, made.id, people.eve)
    assert (usable.figures, usable.manifest["patch_px"], usable.manifest["length"]) == ({"length": 7}, 224, 7)


def test_a_backbone_that_is_no_network_says_why(engine, people, backbone, end):
    made = backbone()
    end(made.job, failure=Failure("bad_network", "this is no ONNX file"))

    absorbing.absorb_backbone(engine, made.id)

    with read(engine) as db, pytest.raises(Conflict, match="cannot be used: this is no ONNX file"):
        backbones.usable(db, made.id, people.ada)


def test_a_backbone_holds_its_medium_until_it_is_removed(engine, people, backbone):
    made = backbone()
    with write(engine) as db:
        jobs.cancel(db, made.job, people.ada, KEPT_SECONDS)
    with pytest.raises(Conflict, match="a backbone or a classifier"), write(engine) as db:
        media.remove(db, made.media_id or 0, people.ada)

    with write(engine) as db:
        backbones.remove(db, made.id, people.ada)
        media.remove(db, made.media_id or 0, people.ada)

    with read(engine) as db:
        assert backbones.find(db, people.ada) == []
        assert backbones.pending(db) == []
        assert backbones.get(db, made.id, None).manifest["length"] == 7
