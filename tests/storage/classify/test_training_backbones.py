"""With which backbones a source is trained: those of its owner, by others only what a classifier of it shows anyhow."""

import io

import pytest

from darkroom.errors import Invalid
from storage import media
from storage.classify import absorbing, backbones, classifiers, training
from storage.engine import read, write

FILES = {"model.onnx": b"a network", "evaluation.json": b"{}", "confusion.png": b"a plot"}


@pytest.fixture
def bring(engine, store, counter, end):
    """Registers a backbone of a user's that can be used; gives its id."""

    def bring(user):
        blob = store.put(None, io.BytesIO(b"a network"))
        with write(engine) as db:
            record = media.add(
                db, user, sha256=blob.sha256, size=blob.size, name="net.onnx", content_type=blob.content_type
            )
        manifest = {"name": "net", "length": 3}
        made = backbones.order(engine, counter, user, name="Net", media_id=record.id, manifest=manifest)
        end(made.job, summary={"nodes": 1})
        absorbing.absorb_backbone(engine, made.id)
        return made.id

    return bring


@pytest.fixture
def train(engine, store, counter, settings, reef, labelled):
    """Orders a training of the reef; gives the classifier."""

    def train(user, backbone):
        return training.order_training(
            engine,
            store,
            counter,
            reef.id,
            user,
            settings=settings,
            name="First",
            params={"backbone": backbone},
        )

    return train


@pytest.fixture
def describe(engine, store, counter, settings, reef, labelled):
    """Orders the features of the reef; gives the job."""

    def describe(user, backbone):
        return training.order_features(
            engine, store, counter, reef.id, user, settings=settings, backbone=backbone
        )

    return describe


@pytest.mark.parametrize("owner", ["ada", "cyd", "eve"])
def test_who_changes_a_source_trains_with_no_backbone_by_its_number_alone(
    owner, people, bring, train, describe
):
    backbone = bring(getattr(people, owner))

    for order in (train, describe):
        with pytest.raises(Invalid) as refusal:
            order(people.cyd, backbone)

        assert refusal.value.where == "/params/backbone"
        assert refusal.value.message == "This backbone doesn't exist or is not accessible"


def test_who_changes_a_source_trains_again_with_the_backbone_that_it_was_trained_with(
    engine, store, people, bring, train, describe, end
):
    backbone = bring(people.ada)
    first = train(people.ada, backbone)
    end(first.job, FILES, {"accuracy": 1.0})
    absorbing.absorb_classifier(engine, store, first.id)

    again = train(people.cyd, backbone)

    with read(engine) as db:
        assert classifiers.get(db, again.id, people.cyd).backbone == backbone
    assert describe(people.cyd, backbone).kind == "features"
