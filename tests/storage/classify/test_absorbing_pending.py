"""Which classifiers and backbones the sweeper looks at: those whose job has ended, however many others are under way."""

import io

from storage import media
from storage.classify import backbones, classifiers, training
from storage.engine import read, write


def test_only_what_has_ended_waits_to_be_written_down(
    engine, store, counter, settings, people, reef, labelled, end
):
    given = {"settings": settings, "name": "Reef"}
    made = [
        training.order_training(engine, store, counter, reef.id, people.ada, params={"seed": seed}, **given)
        for seed in range(3)
    ]
    end(made[0].job)

    with read(engine) as db:
        assert classifiers.pending(db) == [made[0].id]


def test_of_backbones_too(engine, store, counter, people, end):
    blob = store.put(None, io.BytesIO(b"a network"))
    content = {"sha256": blob.sha256, "size": blob.size, "content_type": blob.content_type}
    with write(engine) as db:
        record = media.add(db, people.ada, name="net.onnx", **content)
    made = [
        backbones.order(
            engine,
            counter,
            people.ada,
            name="Net",
            media_id=record.id,
            manifest={"name": "n", "length": length},
        )
        for length in (1, 2)
    ]
    end(made[0].job)

    with read(engine) as db:
        assert backbones.pending(db) == [made[0].id]
