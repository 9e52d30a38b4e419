"""Frames, thumbnails, clips, turns and proxies from order to result, by a real worker on a real movie."""

import io

import cv2
import numpy as np
import pytest

from darkroom.jobs import JobState
from storage import blobs
from workers import bell, enqueue
from workers.children import Child
from workers.enqueue import Order


@pytest.fixture
def movie(make_bench, upload, dotted):
    """A probed movie: 12 lossless frames of 160 × 120 px, a dot moving by (3, 1) px from (40, 40)."""
    media_id, _ = upload(dotted)
    make_bench().drain()
    return media_id


@pytest.fixture
def order(engine, settings, owner, movie):
    """Orders work on the movie; gives the job's id."""

    def submit(kind, reuse=False, **params):
        made = Order(kind=kind, params=params, inputs={"movie": movie}, owner=owner, reuse=reuse)
        return enqueue.submit(engine, bell.connect(settings, engine), settings, made).job.id

    return submit


@pytest.fixture
def files(settings, job_of):
    """Gives what a job made: bytes by name."""
    store = blobs.connect(settings)

    def read(job_id):
        outputs = job_of(job_id).read_result().outputs
        return {output.name: store.read_range(output.key, 0, output.size) for output in outputs}

    return read


def picture_of(content):
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)


def dot_of(picture):
    """Return the middle of what is brighter than the ground, (x, y)."""
    rows, columns = np.nonzero(picture > 45)
    return (columns.min() + columns.max()) / 2, (rows.min() + rows.max()) / 2


def test_frames_come_as_they_are(make_bench, order, files, job_of):
    job_id = order("frames", frames=[11, 0], format="png")

    make_bench().drain()

    assert job_of(job_id).state is JobState.SUCCEEDED
    made = files(job_id)
    assert sorted(made) == ["frame-000000.png", "frame-000011.png"]
    assert dot_of(picture_of(made["frame-000000.png"])) == (40, 40)
    assert dot_of(picture_of(made["frame-000011.png"])) == (73, 51)
    assert [frame["number"] for frame in job_of(job_id).read_result().summary["frames"]] == [11, 0]


def test_a_montage_holds_the_frames_row_by_row(make_bench, order, files):
    job_id = order("frames", frames=[0, 11, 5], layout="montage", format="png")

    make_bench().drain()

    (grid,) = files(job_id).values()
    picture = picture_of(grid)
    assert picture.shape == (240, 320)
    assert dot_of(picture[:120, 160:]) == (73, 51)
    assert not picture[120:, 160:].any()


def test_a_thumbnail_is_made(make_bench, order, files):
    job_id = order("thumbnail", width=80)

    make_bench().drain()

    (thumbnail,) = files(job_id).values()
    assert picture_of(thumbnail).shape == (60, 80)


def test_many_frames_wait_where_they_hold_nobody_up(order, job_of):
    assert job_of(order("frames", count=12)).queue == "quick"


def test_the_probe_keeps_the_index(movie, engine, settings):
    store = blobs.connect(settings)

    kept = [stat.key for stat in store.list("index/")]

    assert len(kept) == 1
    assert kept[0].startswith("index/")


def test_a_damaged_index_is_read_anew(make_bench, order, job_of, settings):
    store = blobs.connect(settings)
    (kept,) = store.list("index/")
    store.put(kept.key, io.BytesIO(b"no index"))

    job_id = order("frames", frames=[3])
    make_bench().drain()

    assert job_of(job_id).state is JobState.SUCCEEDED
    assert store.read_range(kept.key, 0, 8) != b"no index"


def test_an_attempt_goes_to_the_child_that_knows_its_movie(make_bench, order, settings):
    bench = make_bench()
    order("frames", frames=[1])
    bench.drain()
    (knows,) = bench._warm
    later = Child(bench.context, settings)
    bench._warm.append(later)
    order("frames", frames=[2])

    chosen = bench._child(bench.claim())

    assert chosen is knows
    assert bench._warm == [later]
    for child in (knows, later):
        child.kill()


def test_the_same_order_again_is_answered_by_the_first(make_bench, order, job_of):
    first = order("frames", reuse=True, frames=[4])
    make_bench().drain()

    second = order("frames", reuse=True, frames=[4])

    assert job_of(second).reused_from == first
    assert job_of(second).state is JobState.SUCCEEDED


def test_a_movie_that_is_gone_is_said_to_be(make_bench, order, job_of, settings):
    store = blobs.connect(settings)
    job_id = order("frames", frames=[4])
    for kept in [*store.list("media/"), *store.list("index/")]:
        store.delete(kept.key)

    make_bench().drain()

    assert job_of(job_id).state is JobState.FAILED
    assert job_of(job_id).read_failure().code == "not_found"
