"""Work in parts that one last part joins, by real workers: whole, in order, and whoever dies in between."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from darkroom.errors import NotFound
from darkroom.jobs import JobState, Output
from darkroom.kinds import KINDS
from darkroom.params import DrillParams
from storage import blobs, rubbish
from storage.blob_folder import FolderBlobs
from storage.engine import read
from storage.tables import attempts, parts
from workers.movies import Movies
from workers.networks import Networks
from workers.work import Work


@pytest.fixture
def starts_of(engine):
    """Gives how often each part of a job was begun, in the order of their numbers."""

    def get(job_id):
        begun = (
            sa.select(sa.func.count(attempts.c.id))
            .select_from(parts.outerjoin(attempts, attempts.c.part_id == parts.c.id))
            .where(parts.c.job_id == job_id)
            .group_by(parts.c.number)
            .order_by(parts.c.number)
        )
        with read(engine) as db:
            return list(db.execute(begun).scalars())

    return get


def test_the_pieces_become_one_result(make_bench, submit_drill, job_of, settings):
    job_id = submit_drill(parts=3, joins=True, output_bytes=100)

    make_bench().drain()

    job = job_of(job_id)
    assert (job.state, job.parts_total) == (JobState.SUCCEEDED, 4)
    assert job.read_result().summary == {"seconds": 0.0, "part": 3, "pieces": 3, "piece_bytes": 300}
    (output,) = job.read_result().outputs
    assert (output.name, output.size) == ("drill.bin", 300)
    assert blobs.connect(settings).read_range(output.key, 0, 300) == bytes(range(100)) * 3


def test_the_pieces_are_swept_once_they_are_joined(make_bench, submit_drill, job_of, engine, settings):
    job_id = submit_drill(parts=3, joins=True, output_bytes=100)
    make_bench().drain()
    store = blobs.connect(settings)

    gone = rubbish.sweep_blobs(engine, store, orphan_seconds=-60.0, unfinished_seconds=60.0)

    assert gone == 3
    (output,) = job_of(job_id).read_result().outputs
    assert [stat.key for stat in store.list("results/")] == [output.key]


def test_a_part_that_fails_costs_no_further_start(make_bench, submit_drill, job_of, starts_of):
    job_id = submit_drill(parts=3, joins=True, ending="fail")

    make_bench().drain()

    assert job_of(job_id).state is JobState.FAILED
    assert job_of(job_id).read_failure().code == "drill_failed"
    assert starts_of(job_id) == [1, 0, 0, 0]


class Heard:
    """A bell that remembers where it was rung."""

    def __init__(self):
        self.within, self.after = [], []

    def ring_within(self, db, queue):
        self.within.append(queue)

    def ring(self, queue):
        self.after.append(queue)


def test_the_queue_is_rung_once_when_the_join_is_released(make_bench, submit_drill):
    bench = make_bench()
    bench.bell = Heard()
    submit_drill(parts=3, joins=True, queue="cpu")

    bench.drain()

    assert (bench.bell.within, bench.bell.after) == (["cpu"], ["cpu"])


def test_a_join_whose_releaser_died_at_once_is_done_by_another(
    make_bench, submit_drill, job_of, starts_of, monkeypatch
):
    job_id = submit_drill(parts=2, joins=True, output_bytes=100)
    doomed = make_bench()
    last = doomed.work(doomed.claim())
    monkeypatch.setattr(doomed, "claim", lambda: None)  # nothing comes after its last settle
    doomed.work(last)
    assert starts_of(job_id) == [1, 1, 0]

    make_bench().drain()

    assert job_of(job_id).state is JobState.SUCCEEDED
    assert job_of(job_id).read_result().summary["piece_bytes"] == 200


@pytest.fixture
def work(tmp_path, settings):
    """What an actor is handed, over an empty store."""

    def no_tick(done, total, phase=""):
        """Nobody listens."""

    store = blobs.connect(settings)
    store.prepare()
    warm = Movies(store, settings), Networks(settings)
    return Work(DrillParams(joins=True), {}, 1, tmp_path / "scratch", store, settings, no_tick, *warm)


@pytest.fixture
def piece(work, tmp_path):
    path = tmp_path / "made.bin"
    path.write_bytes(b"a piece")
    blob = work.blobs.put_file("results/1/0-1-aaaaaaaa/made.bin", path)
    return Output("00000-made.bin", blob.key, blob.sha256, blob.size, "application/octet-stream")


def test_a_piece_is_read_where_it_lies_if_the_store_has_files(work, piece):
    path = work.fetch(piece)

    assert path == work.blobs.local_path(piece.key)
    assert path.read_bytes() == b"a piece"


def test_a_piece_is_copied_into_the_attempts_folder_if_the_store_has_none(work, piece, monkeypatch):
    monkeypatch.setattr(FolderBlobs, "local_path", lambda self, key: None)

    path = work.fetch(piece)

    assert path == Path(work.scratch) / "pieces" / "00000-made.bin"
    assert path.read_bytes() == b"a piece"


def test_a_piece_that_is_gone_is_said_to_be(work, piece):
    work.blobs.delete(piece.key)

    with pytest.raises(NotFound):
        work.fetch(piece)


def test_only_what_is_to_be_joined_gets_a_part_for_it(settings):
    drill = KINDS["drill"]

    joined = drill.split(DrillParams(parts=3, joins=True), {}, settings)
    plain = drill.split(DrillParams(parts=3), {}, settings)

    assert (joined.total, joined.joins) == (4, True)
    assert (plain.total, plain.joins) == (3, False)
