"""Every kind from order to result, by a real worker on a real movie."""

import csv
import io

import pytest

from darkroom.errors import Invalid
from darkroom.jobs import JobState
from darkroom.kinds import KINDS
from storage import blobs
from workers import bell, enqueue
from workers.enqueue import Order

FRAMES = 12
# Where the dot of `dotted` ends up after 11 frames of (3, 1) px, by version of the pipeline: who changes these numbers
# raises the version in darkroom/kinds.py and writes a new row.
GOLDEN = {("track", 2): (73.0, 51.0)}


@pytest.fixture
def track(engine, settings, owner):
    """Orders a track of one point; gives the job's id."""

    def order(media_id, **params):
        params = {"points": [{"label": "dot", "x": 40, "y": 40}]} | params
        order = Order(kind="track", params=params, inputs={"movie": media_id}, owner=owner, reuse=False)
        return enqueue.submit(engine, bell.connect(settings, engine), settings, order).job.id

    return order


def test_a_movie_is_probed_and_tracked(make_bench, upload, track, job_of, settings, dotted):
    bench = make_bench()
    media_id, probe_id = upload(dotted)
    bench.drain()

    job_id = track(media_id)
    bench.drain()

    assert job_of(probe_id).read_result().summary["frames"] == FRAMES
    job = job_of(job_id)
    assert job.state is JobState.SUCCEEDED
    assert [output.name for output in job.read_result().outputs] == [
        "track.csv",
        "track.parquet",
        "traced.mp4",
        "analysis.json",
    ]
    table = read_table(settings, job)
    assert [row["frame"] for row in table] == [str(i) for i in range(FRAMES)]
    assert (float(table[-1]["x"]), float(table[-1]["y"])) == pytest.approx((73.0, 51.0), abs=0.1)


def read_table(settings, job):
    (output,) = (output for output in job.read_result().outputs if output.name == "track.csv")
    text = blobs.connect(settings).read_range(output.key, 0, output.size).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_the_numbers_of_a_version_do_not_change(make_bench, upload, track, job_of, settings, dotted):
    bench = make_bench()
    media_id, _ = upload(dotted)
    bench.drain()

    job_id = track(media_id, outputs=["csv"])
    bench.drain()

    last = read_table(settings, job_of(job_id))[-1]
    golden = GOLDEN["track", KINDS["track"].version]
    assert (float(last["x"]), float(last["y"])) == pytest.approx(golden, abs=0.02)


def test_points_on_a_scaled_picture_are_scaled_to_the_source(
    make_bench, upload, track, job_of, settings, dotted
):
    bench = make_bench()
    media_id, _ = upload(dotted)
    bench.drain()

    marked = [{"label": "dot", "x": 80.5, "y": 80.5}]  # the middle of pixel 40 on a picture of twice the size
    job_id = track(media_id, points=marked, points_size={"width": 320, "height": 240}, outputs=["csv"])
    bench.drain()

    first = read_table(settings, job_of(job_id))[0]
    assert (float(first["x"]), float(first["y"])) == pytest.approx((40.0, 40.0), abs=0.01)


def test_what_is_no_movie_is_refused_with_the_probes_reason(make_bench, upload, track, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("this is no movie\n" * 100)
    bench = make_bench()
    media_id, _ = upload(path)
    bench.drain()

    with pytest.raises(Invalid) as caught:
        track(media_id)

    assert caught.value.where == "/inputs/movie"
    assert "cannot be used" in caught.value.message


@pytest.fixture
def cut(dotted, tmp_path):
    """The same movie, cut off in the middle of its frames."""
    path = tmp_path / "cut.mkv"
    content = dotted.read_bytes()
    path.write_bytes(content[: int(len(content) * 0.6)])
    return path


def test_a_movie_that_breaks_fails_the_job_and_names_the_frame(
    make_bench, upload, track, job_of, causes_of, cut
):
    bench = make_bench()
    media_id, _ = upload(cut)
    bench.drain()

    job_id = track(media_id)
    bench.drain()

    job = job_of(job_id)
    assert job.state is JobState.FAILED
    assert job.read_failure().code == "cannot_decode"
    assert "frame" in job.read_failure().message
    assert job.read_result().outputs == []
    assert causes_of(job_id) == ["error"]


def test_what_came_before_the_break_is_kept_when_asked(make_bench, upload, track, job_of, settings, cut):
    bench = make_bench()
    media_id, _ = upload(cut)
    bench.drain()

    job_id = track(media_id, keep_partial=True)
    bench.drain()

    job = job_of(job_id)
    assert job.state is JobState.PARTIAL
    assert job.read_failure().code == "cannot_decode"
    broken_at = job.read_result().summary["broken_at"]
    assert 2 <= broken_at < FRAMES
    assert len(read_table(settings, job)) == broken_at
