"""Frames, thumbnails, clips, turns and proxies from order to result, by a real worker on a real movie."""

import io
import threading

import av
import cv2
import msgspec
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


@pytest.fixture
def slow_movie(tmp_path, upload, make_bench):
    """A probed movie of 24 frames, one a second, as a web-unfit MPEG-4: the ground is 8 × its number bright."""
    path = tmp_path / "slow.avi"
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=1)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        stream.codec_context.gop_size, stream.bit_rate = 4, 4_000_000
        for number in range(24):
            picture = np.full((180, 160), 128, np.uint8)
            picture[:120] = 16 + 8 * number
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "yuv420p")))
        container.mux(stream.encode(None))
    media_id, _ = upload(path)
    make_bench().drain()
    return media_id


@pytest.fixture
def order_in_parts(engine, settings, owner, slow_movie):
    """Orders work on the slow movie, in chunks of ten seconds; gives the job's id."""
    short = msgspec.structs.replace(settings, chunk_seconds=10.0)

    def submit(kind, **params):
        made = Order(kind=kind, params=params, inputs={"movie": slow_movie}, owner=owner)
        return enqueue.submit(engine, bell.connect(settings, engine), short, made).job.id

    return submit


def frames_of(content):
    """Return the luma of every frame, (frames, height, width), and when each is shown, in seconds."""
    with av.open(io.BytesIO(content)) as container:
        frames = list(container.decode(video=0))
    return [frame.to_ndarray(format="gray") for frame in frames], [float(frame.time) for frame in frames]


def grounds_of(content):
    """Return the number that each frame's brightness says."""
    pictures, _ = frames_of(content)
    return [round((float(picture[20:100, 20:140].mean()) * 219 / 255) / 8) for picture in pictures]


def work_in_threads(*benches):
    threads = [threading.Thread(target=bench.drain) for bench in benches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


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


def test_a_warm_child_serves_one_owner_only(make_bench, order):
    bench = make_bench()
    order("frames", frames=[1])
    bench.drain()
    (anothers,) = bench._warm
    anothers.owner = -1
    order("frames", frames=[2])

    bench.drain()

    (child,) = bench._warm
    assert child is not anothers
    assert not anothers.is_alive()
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


def test_a_clip_holds_its_frames(make_bench, order, files, job_of):
    job_id = order("clip", ranges=[{"start": 3, "end": 7}, {"start": 0, "end": 2}])

    make_bench().drain()

    made = files(job_id)
    assert sorted(made) == ["clip-000.mp4", "clip-001.mp4"]
    pictures, seconds = frames_of(made["clip-000.mp4"])
    assert [dot_of(picture) for picture in pictures] == [(49, 43), (52, 44), (55, 45), (58, 46)]
    assert seconds == pytest.approx([0.0, 0.1, 0.2, 0.3])
    first, _ = job_of(job_id).read_result().summary["clips"]
    assert (first["mode"], first["frames"], first["first"], first["last"]) == ("exact", 4, 3, 6)
    assert "ffv1" in first["why"]


def test_a_turned_movie_is_seen_turned_by_every_kind(make_bench, order, files, upload, job_of, tmp_path):
    job_id = order("rotate", rotation=90, method="pixels")
    make_bench(("quick", "cpu", "io")).drain()
    (turned,) = files(job_id).values()
    path = tmp_path / "turned.mp4"
    path.write_bytes(turned)

    _, probe_id = upload(path)
    make_bench().drain()

    found = job_of(probe_id).read_result().summary
    assert (found["width"], found["height"], found["frames"]) == (120, 160, 12)
    pictures, _ = frames_of(turned)
    assert dot_of(pictures[0]) == pytest.approx((79, 40), abs=1)  # (40, 40) of 160 × 120, turned clockwise


def test_a_transcode_makes_what_browsers_play(make_bench, order, files, job_of):
    job_id = order("transcode", heights=[60, 120])

    make_bench().drain()

    made = files(job_id)
    assert sorted(made) == ["120p.mp4", "60p.mp4", "poster.jpg"]
    pictures, _ = frames_of(made["60p.mp4"])
    assert len(pictures) == 12
    assert pictures[0].shape == (60, 80)


def test_a_long_transcode_is_made_in_parts_and_joined(make_bench, order_in_parts, files, job_of):
    job_id = order_in_parts("transcode", heights=[120], poster=False)
    assert job_of(job_id).parts_total == 3

    work_in_threads(make_bench(), make_bench())

    assert job_of(job_id).state is JobState.SUCCEEDED
    (movie,) = files(job_id).values()
    assert grounds_of(movie) == list(range(24))
    assert frames_of(movie)[1] == pytest.approx([float(number) for number in range(24)])


def test_a_long_exact_clip_is_made_in_parts_and_joined(make_bench, order_in_parts, files, job_of):
    job_id = order_in_parts("clip", ranges=[{"start": 1, "end": 23}], mode="exact")
    assert job_of(job_id).parts_total == 3

    work_in_threads(make_bench(), make_bench())

    assert job_of(job_id).state is JobState.SUCCEEDED
    (movie,) = files(job_id).values()
    assert grounds_of(movie) == list(range(1, 23))
