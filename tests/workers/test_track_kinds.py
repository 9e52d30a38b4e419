"""Tracks, retraces, archives and analyses from order to result, by a real worker on a real movie."""

import csv
import io
import json
import re
import zipfile

import cv2
import numpy as np
import pytest

from darkroom.jobs import JobState
from storage import blobs, media
from storage.engine import write
from workers import bell, enqueue
from workers.enqueue import Order

DOT = {"label": "dot", "x": 40, "y": 40}
FRAMES = 12
EVERY_FILE = {
    "track.csv": "text/csv; charset=utf-8",
    "track.parquet": "application/vnd.apache.parquet",
    "track.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "traced.mp4": "video/mp4",
    "frames.zip": "application/zip",
    "analysis.json": "application/json",
    "plot.png": "image/png",
}


@pytest.fixture
def movie(make_bench, upload, dotted):
    """A probed movie: 12 lossless frames of 160 × 120 px, a dot moving by (3, 1) px from (40, 40)."""
    media_id, _ = upload(dotted)
    make_bench().drain()
    return media_id


@pytest.fixture
def order(engine, settings, owner, movie, make_bench, job_of):
    """Orders work, on the movie if nothing else is said, and has it done; gives the job."""

    def submit(kind, inputs=None, **params):
        given = inputs or {"movie": movie}
        made = Order(kind=kind, params=params, inputs=given, owner=owner, reuse=False)
        job_id = enqueue.submit(engine, bell.connect(settings, engine), settings, made).job.id
        make_bench().drain()
        return job_of(job_id)

    return submit


@pytest.fixture
def store(settings):
    return blobs.connect(settings)


@pytest.fixture
def read(store):
    """Gives the bytes of a file that a job made."""

    def bytes_of(job, name):
        (output,) = (output for output in job.read_result().outputs if output.name == name)
        return store.read_range(output.key, 0, output.size)

    return bytes_of


@pytest.fixture
def keep(engine, store, owner):
    """Makes a medium of a file that a job made, as the doors do; gives its id."""

    def kept(job, name):
        (output,) = (output for output in job.read_result().outputs if output.name == name)
        media.copy_output(store, output)
        with write(engine) as db:
            return media.keep_output(db, owner, output).id

    return kept


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode())))


def place(row):
    return float(row["x"]), float(row["y"])


def test_every_output_is_made_and_typed(order):
    job = order("track", points=[DOT], outputs=["csv", "parquet", "xlsx", "movie", "zip", "analysis", "plot"])

    assert job.state is JobState.SUCCEEDED
    made = {output.name: output.content_type for output in job.read_result().outputs}
    assert made == EVERY_FILE


@pytest.mark.parametrize("mode", ["precise", "baseline"])
def test_both_trackers_follow_the_dot_and_say_how_well(order, read, mode):
    job = order("track", points=[DOT], mode=mode, outputs=["csv"])

    rows = rows_of(read(job, "track.csv"))
    assert [row["status"] for row in rows] == ["tracked"] * FRAMES
    assert [place(row) for row in rows] == [
        pytest.approx((40 + 3 * i, 40 + i), abs=0.2) for i in range(FRAMES)
    ]
    assert all(0 <= float(row["score"]) <= 1 for row in rows)
    assert job.read_result().summary["points"][0]["label"] == "dot"


def test_a_track_goes_through_its_corrections(order, read):
    corrections = [{"label": "dot", "frame": 6, "x": 61, "y": 47}]

    job = order("track", points=[DOT], corrections=corrections, outputs=["csv"])

    rows = rows_of(read(job, "track.csv"))
    assert place(rows[6]) == pytest.approx((61, 47), abs=0.01)
    assert place(rows[0]) == pytest.approx((40, 40), abs=0.01)


def test_a_turned_movie_is_tracked_on_the_turned_picture(order, read):
    job = order("track", points=[{"label": "dot", "x": 79, "y": 40}], rotation=90, outputs=["csv"])

    last = rows_of(read(job, "track.csv"))[-1]
    assert place(last) == pytest.approx((79 - 11, 40 + 33), abs=0.2)
    summary = job.read_result().summary
    assert (summary["width"], summary["height"]) == (120, 160)


def test_a_retrace_keeps_what_came_before(order, read, keep, movie):
    first = order("track", points=[DOT], outputs=["csv", "movie"])
    inputs = {"movie": movie, "earlier": keep(first, "track.csv"), "traced": keep(first, "traced.mp4")}
    marked = {"label": "dot", "x": 58, "y": 46}  # where the dot is on frame 6

    again = order("track", inputs, points=[marked], start=6, outputs=["csv", "movie"])

    assert again.state is JobState.SUCCEEDED
    before, after = (read(job, "track.csv").splitlines() for job in (first, again))
    assert after[: 1 + 6] == before[: 1 + 6]
    assert len(after) == 1 + FRAMES
    assert place(rows_of(read(again, "track.csv"))[-1]) == pytest.approx((73, 51), abs=0.2)


def test_an_earlier_track_that_is_no_table_fails_the_job(order, movie):
    job = order("track", {"movie": movie, "earlier": movie}, points=[DOT | {"x": 58}], start=6)

    assert job.state is JobState.FAILED
    assert job.read_failure().code == "table_unreadable"


def test_an_archive_holds_every_frame(order, read):
    job = order("archive", longest_side=160, comment="by Ada")

    assert [(output.name, output.content_type) for output in job.read_result().outputs] == [
        ("frames.zip", "application/zip")
    ]
    with zipfile.ZipFile(io.BytesIO(read(job, "frames.zip"))) as archive:
        assert archive.namelist() == [f"frame_{number:04d}.jpeg" for number in range(FRAMES)]
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        last = archive.read("frame_0011.jpeg")
    picture = cv2.imdecode(np.frombuffer(last, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture.shape == (120, 160)
    assert picture[51, 73] > 45  # the dot
    assert b"by Ada" in last


def test_a_track_is_analysed_later_and_at_another_speed(order, read, keep):
    table = keep(order("track", points=[DOT], outputs=["parquet"]), "track.parquet")

    job = order("analysis", {"track": table}, frames_per_minute=2, outputs=["json", "xlsx", "plot"])

    assert job.state is JobState.SUCCEEDED
    assert sorted(output.name for output in job.read_result().outputs) == [
        "analysis.json",
        "analysis.xlsx",
        "plot.png",
    ]
    told = json.loads(read(job, "analysis.json"))
    assert "dot" in json.dumps(told)


def test_what_is_no_track_is_not_analysed(order, movie):
    job = order("analysis", {"track": movie})

    assert job.state is JobState.FAILED
    assert job.read_failure().code == "table_unreadable"
    assert job.read_failure().message == "the table cannot be read: it is neither Parquet nor text"


def test_a_workbook_tells_what_it_was_told_and_whole_pixels_if_asked(order, read, keep):
    table = keep(order("track", points=[DOT], outputs=["parquet"]), "track.parquet")
    told = {"movie_id": "m1", "title": "=1+1", "trim_end_frame": 11}

    job = order("analysis", {"track": table}, metadata=told, whole_pixels=True, outputs=["xlsx"])

    with zipfile.ZipFile(io.BytesIO(read(job, "analysis.xlsx"))) as book:
        points, metadata = (book.read(f"xl/worksheets/sheet{at}.xml").decode() for at in (1, 2))
    assert '<c r="B13"><v>73</v></c><c r="C13"><v>51</v></c>' in re.sub(' s="[0-9]+"', "", points)
    assert "<is><t>m1</t></is>" in metadata and "<is><t>=1+1</t></is>" in metadata
    assert "<f>" not in metadata
