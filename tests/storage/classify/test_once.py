"""Orders with an Idempotency-Key: of two that come at one moment, one is taken."""

from concurrent.futures import ThreadPoolExecutor

from storage import media
from storage.classify import backbones
from storage.engine import read, write
from storage.once import Once


def test_a_backbone_that_is_brought_twice_at_one_moment_is_one(engine, counter, people):
    with write(engine) as db:
        record = media.add(db, people.ada, sha256="0e" * 32, size=9, name="m.onnx", content_type="x/y")

    def bring(_):
        return backbones.order(
            engine,
            counter,
            people.ada,
            name="b0",
            media_id=record.id,
            manifest={"name": "b0", "length": 4},
            once=Once("k", "00"),
        )

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(bring, range(4)))

    assert len({backbone.id for backbone in made}) == 1
    with read(engine) as db:
        assert len(backbones.find(db, people.ada)) == 1
