"""The order of a training: a dataset, a job and a classifier, or none of them."""

import json

import msgspec
import pytest
import sqlalchemy as sa

from darkroom.errors import Conflict, Forbidden, IdempotencyMismatch, Invalid, NotFound, NotReady, TooMany
from pipelines.classify.dataset import encode_dataset, read_dataset
from storage import jobs, media, rubbish
from storage import tables as ledger
from storage.blobs import whole
from storage.classify import classifiers, images, labels, points, training
from storage.classify.classifiers import State
from storage.classify.images import NewImage
from storage.engine import read, write
from storage.once import Once


@pytest.fixture
def order(engine, store, counter, settings, reef, people):
    """Orders a training of the reef."""

    def order(user=None, name="First", once=None, settings=settings, **params):
        return training.order_training(
            engine,
            store,
            counter,
            reef.id,
            user or people.ada,
            settings=settings,
            name=name,
            params=params,
            once=once,
        )

    return order


def test_a_training_is_a_dataset_a_job_and_a_classifier(engine, people, reef, labelled, order, store):
    made = order(head="mlp", user=people.cyd)

    with read(engine) as db:
        job = jobs.get(db, made.job, people.ada)
        dataset = media.get(db, made.dataset_media or 0, people.ada)
    params = json.loads(job.params)
    assert (made.name, made.state, made.owner) == ("First", State.TRAINING, people.ada)
    assert [label.code for label in made.labels] == ["Sand", "Por"]
    assert (params["source"], params["images"], params["head"]) == (reef.id, 2, "mlp")
    assert json.loads(whole(store, dataset.key())) == {
        "version": 1,
        "labels": [
            {"id": reef.labels["Sand"], "code": "Sand", "name": "Sand (all)"},
            {"id": reef.labels["Por"], "code": "Por", "name": "Por (all)"},
            {"id": reef.labels["Acr"], "code": "Acr", "name": "Acr (all)"},
        ],
        "images": [
            {
                "sha256": "61" * 32,
                "name": "a.jpg",
                "rows": [3, 5],
                "columns": [4, 6],
                "labels": [reef.labels["Por"], reef.labels["Sand"]],
            },
            {
                "sha256": "62" * 32,
                "name": "b.jpg",
                "rows": [7],
                "columns": [8],
                "labels": [reef.labels["Por"]],
            },
        ],
    }


def test_the_document_is_the_one_that_is_learned_from_byte_for_byte(
    engine, people, reef, labelled, order, store
):
    with write(engine) as db:
        labels.change(db, reef.id, reef.labels["Por"], people.ada, name='Porites "é" \\ </x>')

    made = order()

    with read(engine) as db:
        document = whole(store, media.get(db, made.dataset_media or 0, None).key())
    assert encode_dataset(read_dataset(document)) == document


def test_a_classifier_knows_the_points_as_they_were_and_equal_points_are_trained_once(
    take_in, labelled, order
):
    first, second = order(), order(name="Second")

    take_in("c.jpg,1,1,Acr")
    third = order(name="Third")

    assert first.job == second.job != third.job
    assert [label.code for label in third.labels] == ["Sand", "Por", "Acr"]


def test_too_little_to_learn_from_is_refused(take_in, order, engine):
    with pytest.raises(Invalid, match="no labelled points"):
        order()
    take_in("a.jpg,1,1,Por", "b.jpg,1,1,Por")
    with pytest.raises(Invalid, match="all points have the same label"):
        order()
    take_in("a.jpg,1,1,Sand", replace=True)

    assert order().state is State.TRAINING


def test_one_image_is_too_little(take_in, order):
    take_in("a.jpg,1,1,Por", "a.jpg,2,2,Sand")

    with pytest.raises(Invalid, match="only one image has points"):
        order()


def test_one_picture_under_two_names_is_too_little(engine, people, reef, take_in, order):
    with write(engine) as db:
        twin = NewImage(reef.media["a.jpg"], "twin.jpg")
        images.add(db, reef.id, people.ada, [twin], images_limit=10)
    take_in("a.jpg,1,1,Por", "twin.jpg,2,2,Sand")

    with pytest.raises(Invalid, match="only one image has points"):
        order()


def test_more_points_than_the_limit_are_refused(labelled, order, settings):
    with pytest.raises(Invalid) as caught:
        order(settings=msgspec.structs.replace(settings, sources_train_points_limit=2))

    assert caught.value.limit == 2


def test_who_may_look_trains_nothing_and_a_stranger_sees_nothing(people, labelled, order):
    with pytest.raises(Forbidden):
        order(user=people.bob)
    with pytest.raises(NotFound):
        order(user=people.eve)


def test_an_order_that_the_counter_refuses_leaves_nothing_but_a_blob_to_sweep(
    engine, people, labelled, order, counter, settings
):
    counter._settings = msgspec.structs.replace(settings, open_jobs_limit=1)
    order()

    with pytest.raises(TooMany):
        order(name="Second", seed=2)
    with pytest.raises(Invalid) as caught:
        order(name="Third", head="forest")

    assert caught.value.where == "/params/head"
    with read(engine) as db:
        assert [one.name for one in classifiers.find(db, people.ada)] == ["First"]
        assert (
            len(
                media.by_name(
                    db, people.ada, f"source-{classifiers.find(db, people.ada)[0].source}-points.json"
                )
            )
            == 1
        )


def test_a_dataset_that_nobody_recorded_is_swept(
    engine, people, labelled, order, store, counter, monkeypatch
):
    def crash(*args, **kwargs):
        raise ConnectionError

    monkeypatch.setattr(counter, "order", crash)

    with pytest.raises(ConnectionError):
        order()

    (left,) = [stat.key for stat in store.list("media/")]
    assert rubbish.orphans(engine, "media/", [left]) == [left]


def test_asked_again_with_the_same_key_the_same_classifier_is_the_answer(
    engine, people, reef, labelled, order
):
    first = order(once=Once("k", "00"))
    with write(engine) as db:
        points.remove(db, reef.id, people.ada)

    again = order(once=Once("k", "00"), seed=9)

    assert again == first
    with pytest.raises(IdempotencyMismatch):
        order(once=Once("k", "11"))


def test_a_backbone_of_nobody_is_refused(labelled, order):
    with pytest.raises((Invalid, NotFound)):
        order(backbone=99)


def test_features_are_ordered_with_one_medium_however_often(
    engine, store, counter, settings, people, reef, labelled
):
    def order():
        return training.order_features(engine, store, counter, reef.id, people.ada, settings=settings)

    first, second = order(), order()

    assert (first.kind, first.id) == ("features", second.id)
    with read(engine) as db:
        assert len(media.by_name(db, people.ada, f"source-{reef.id}-points.json")) == 1


MANIFEST = {"name": "theirs", "length": 2}


@pytest.fixture
def bring(engine, counter, reef, people):
    """Brings a classifier that was trained elsewhere."""

    def bring(codes=("Por", "Acr"), user=None, owner=None, manifest=MANIFEST):
        with write(engine) as db:
            record = media.add(
                db, owner or people.ada, sha256="0e" * 32, size=9, name="m.onnx", content_type="x/y"
            )
        return training.order_import(
            engine,
            counter,
            reef.id,
            user or people.ada,
            name="Theirs",
            media_id=record.id,
            manifest=manifest,
            codes=list(codes),
        )

    return bring


def test_a_classifier_of_elsewhere_is_looked_into_with_labels_of_the_source(engine, reef, bring):
    made = bring()

    with read(engine) as db:
        job = jobs.get(db, made.job, None)
    params = json.loads(job.params)
    assert (made.state, job.kind, params["role"]) == (State.TRAINING, "vet", "classifier")
    assert [label["id"] for label in params["labels"]] == [reef.labels["Por"], reef.labels["Acr"]]


def test_what_does_not_fit_the_source_is_refused_and_nothing_is_written(engine, people, bring):
    with pytest.raises(Invalid, match="no label 'Xyz'"):
        bring(codes=["Por", "Xyz"])
    with pytest.raises(Invalid, match="there twice"):
        bring(codes=["Por", "Por"])
    with pytest.raises(Invalid, match="two labels or more"):
        bring(codes=["Por"])
    with pytest.raises(Invalid, match="no media"):
        bring(owner=people.eve)
    with pytest.raises(Invalid, match="probabilities"):
        bring(codes=["Por", "Acr", "Sand"])

    with read(engine) as db:
        assert classifiers.find(db, people.ada) == []
        assert db.execute(sa.select(ledger.jobs.c.id)).all() == []


def test_a_classifier_is_used_when_it_is_ready_and_not_before(engine, people, labelled, order):
    made = order()

    with read(engine) as db:
        with pytest.raises(NotReady, match="still being trained"):
            classifiers.usable(db, made.id, people.bob)
        with pytest.raises(NotFound, match="This classifier doesn't exist or is not accessible"):
            classifiers.usable(db, made.id, people.eve)


def test_a_label_that_a_classifier_knows_cannot_be_removed(engine, people, reef, labelled, order):
    order()
    with write(engine) as db:
        points.remove(db, reef.id, people.ada)

        with pytest.raises(Conflict, match="classifier 1 knows the label 'Por'"):
            labels.remove(db, reef.id, reef.labels["Por"], people.ada)
