"""What the counter owes to those who come at the same moment."""

import threading

import msgspec
import pytest
import sqlalchemy as sa

from darkroom.errors import Invalid
from storage import jobs, media
from storage.engine import read, write
from workers import bell, enqueue
from workers.enqueue import Order


def test_uploads_of_one_user_at_the_same_moment_are_all_kept(engine, settings, owner):
    rings = bell.connect(settings, engine)
    written = threading.Barrier(4)

    def keep(number: int) -> None:
        with write(engine) as db:
            record = media.add(
                db, owner, sha256=f"{number:064d}", size=1, name="stem.mp4", content_type="video/mp4"
            )
            if engine.dialect.name == "postgresql":  # SQLite lets them in one by one
                written.wait(10)
            enqueue.probe_upload(db, rings, settings, record)

    threads = [threading.Thread(target=keep, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    with read(engine) as db:
        assert db.execute(sa.select(sa.func.count()).select_from(media.media)).scalar_one() == 4
        assert jobs.count_open(db, owner) == 4


def test_an_upload_is_probed_however_many_jobs_are_open(engine, settings, owner, submit_drill):
    submit_drill(seconds=60)
    strict = msgspec.structs.replace(settings, open_jobs_limit=1)

    with write(engine) as db:
        record = media.add(db, owner, sha256="0" * 64, size=1, name="stem.mp4", content_type="video/mp4")
        enqueue.probe_upload(db, bell.connect(strict, engine), strict, record)

    with read(engine) as db:
        assert jobs.count_open(db, owner) == 2


def test_a_table_beyond_the_limit_is_refused_before_anybody_reads_it(engine, settings, owner):
    strict = msgspec.structs.replace(settings, table_limit_bytes=99)
    with write(engine) as db:
        large = media.add(db, owner, sha256="0" * 64, size=100, name="track.csv", content_type="text/csv")
    order = Order(kind="analysis", params={}, inputs={"track": large.id}, owner=owner)

    with pytest.raises(Invalid) as refusal:
        enqueue.submit(engine, bell.connect(strict, engine), strict, order)

    assert refusal.value.where == "/inputs/track"
    assert refusal.value.limit == 99
