"""Tables and a traced movie come from one pass, whole or not at all, and the same each time."""

import csv
import hashlib
import io
import json

import av
import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest

from pipelines.errors import BadInput, CannotDecode
from pipelines.track import Point, track_movie
from pipelines.video import probe


@pytest.fixture
def points(stem) -> list[Point]:
    _, truth = stem
    return [Point(label, *place) for label, place in zip(truth.labels, truth.positions[0], strict=True)]


def box_order(data: bytes) -> list[str]:
    """Give the names of an MP4's outermost boxes."""
    names, at = [], 0
    while at < len(data):
        names.append(data[at + 4 : at + 8].decode())
        at += int.from_bytes(data[at : at + 4], "big")
    return names


def test_the_table_has_a_row_per_frame_and_point(stem, points, tmp_path):
    path, truth = stem

    summary = track_movie(path, points, tmp_path)

    rows = list(csv.DictReader(io.StringIO((tmp_path / "track.csv").read_text())))
    assert len(rows) == 40 * 3
    assert list(rows[0]) == ["frame", "time_seconds", "label", "x", "y", "status", "err", "score"]
    assert (rows[-3]["frame"], rows[-3]["label"], rows[-3]["status"]) == ("39", "Apex", "tracked")
    assert rows[-3]["time_seconds"] == "2.600000"
    assert float(rows[-3]["x"]) == pytest.approx(truth.positions[39, 0, 0], abs=0.3)
    assert (summary.frames, summary.start, summary.end, summary.partial) == (40, 0, 40, False)
    assert summary.files == ("track.csv", "track.parquet", "traced.mp4")
    assert summary.points[0].tracked == 40
    assert summary.points[2].displacement_px == pytest.approx(0.0, abs=0.1)


def test_parquet_holds_the_same_with_units(stem, points, tmp_path):
    path, _ = stem

    track_movie(path, points, tmp_path, outputs={"csv", "parquet"})

    table = pq.read_table(tmp_path / "track.parquet")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "track.csv").read_text())))
    assert table["x"].to_pylist() == pytest.approx([float(row["x"]) for row in rows], abs=1e-4)
    assert table["label"].to_pylist() == [row["label"] for row in rows]
    assert b"pixels of the upright source picture" in table.schema.metadata[b"darkroom.units"]
    assert not (tmp_path / "traced.mp4").exists()


def test_a_label_with_a_comma_is_one_field(write_movie, moving_dot, tmp_path):
    path = write_movie(moving_dot(count=2))

    track_movie(path, [('leaf, "left"', 40, 60)], tmp_path, outputs={"csv"})

    rows = list(csv.DictReader(io.StringIO((tmp_path / "track.csv").read_text())))
    assert rows[0]["label"] == 'leaf, "left"'


def test_the_traced_movie_plays_anywhere(stem, points, tmp_path):
    path, _ = stem

    track_movie(path, points, tmp_path)

    traced = tmp_path / "traced.mp4"
    told = probe(traced)
    names = box_order(traced.read_bytes())
    assert (told.frames, told.width, told.height, told.fps_fraction) == (40, 320, 240, "15/1")
    assert (told.codec, told.pixel_format) == ("h264", "yuv420p")
    assert names.index("moov") < names.index("mdat")


def last_picture(path) -> np.ndarray:
    with av.open(path) as container:
        *_, last = container.decode(video=0)
        return last.to_ndarray(format="rgb24")


def test_the_marker_and_the_path_are_where_the_dot_is_and_was(write_movie, moving_dot, tmp_path):
    path = write_movie(moving_dot(step=6.0, count=20))

    track_movie(path, [("Dot", 40, 60)], tmp_path)

    picture = last_picture(tmp_path / "traced.mp4").astype(int)
    orangeness = picture[..., 0] - picture[..., 2]  # the first point's colour
    assert orangeness[60, 80:90].min() > 60
    assert orangeness[60, 146:149].max() > 60  # its ring, 7 px left of the dot at x = 154 (or its path)
    assert abs(orangeness[120]).max() < 30


@pytest.mark.parametrize(("rotate", "shown"), [(0, (66, 50)), (90, (50, 66))])
def test_odd_sides_are_made_even_by_a_pixel_at_the_far_edge(rotate, shown, write_movie, noise, tmp_path):
    path = write_movie(noise(3, 65, 49), pix_fmt="yuv444p", rotate=rotate)

    track_movie(path, [("A", 20, 20)], tmp_path)

    told = probe(tmp_path / "traced.mp4")
    assert (told.width, told.height, told.rotation, told.frames) == (*shown, 0, 3)


def test_large_movies_are_reduced_to_1280(write_movie, noise, tmp_path):
    path = write_movie(noise(2, 1926, 1080))

    track_movie(path, [("A", 20, 20)], tmp_path, outputs={"movie"})

    told = probe(tmp_path / "traced.mp4")
    assert (told.width, told.height) == (1280, 718)


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("rgb", [(60, 120, 200), (250, 250, 250), (12, 8, 8)])
def test_colours_come_out_right_from_limited_and_full_range(full_range, rgb, write_movie, tmp_path):
    picture = np.full((96, 128, 3), rgb, np.uint8)
    codec, pix_fmt, name = ("mjpeg", "yuvj420p", "m.avi") if full_range else ("libx264", "yuv420p", "m.mp4")
    path = write_movie([picture] * 3, codec=codec, pix_fmt=pix_fmt, name=name)

    track_movie(path, [("A", 20, 20)], tmp_path, outputs={"movie"})

    shown = last_picture(tmp_path / "traced.mp4")[60:90, 60:120]
    assert shown.mean(axis=(0, 1)) == pytest.approx(rgb, abs=4)


def test_uneven_frame_times_are_kept(write_movie, noise, tmp_path):
    path = write_movie(noise(4), pts=[0, 1, 5, 6])

    track_movie(path, [("A", 20, 20)], tmp_path)

    with av.open(tmp_path / "traced.mp4") as container:
        seconds = [float(frame.time) for frame in container.decode(video=0)]
    assert seconds == pytest.approx([0.0, 0.04, 0.2, 0.24], abs=1e-3)


def test_equal_inputs_give_equal_bytes(stem, points, tmp_path):
    path, _ = stem
    digests = []

    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        track_movie(path, points, folder)
        digests.append({f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in folder.iterdir()})

    assert sorted(digests[0]) == ["traced.mp4", "track.csv", "track.parquet"]
    assert digests[0] == digests[1]


def test_a_movie_that_breaks_leaves_nothing(cut_short, tmp_path):
    out = tmp_path / "out"
    out.mkdir()

    with pytest.raises(CannotDecode) as broken:
        track_movie(cut_short, [("A", 20, 20)], out)

    assert 10 < broken.value.frame < 20
    assert list(out.iterdir()) == []


def test_what_was_computed_before_the_break_can_be_kept(cut_short, tmp_path):
    out = tmp_path / "out"
    out.mkdir()

    summary = track_movie(cut_short, [("A", 20, 20)], out, keep_partial=True)

    assert summary.partial
    assert summary.broken_at == summary.frames == probe(out / "traced.mp4").frames
    assert f"frame {summary.broken_at}" in (summary.reason or "")
    assert len((out / "track.csv").read_text().splitlines()) == summary.frames + 1
    assert pq.read_metadata(out / "track.parquet").num_rows == summary.frames


class Stopped(Exception):
    pass


def test_a_tick_that_raises_stops_the_work_and_leaves_nothing(stem, points, tmp_path):
    path, _ = stem
    ticks = []

    def tick(done: int, total: int, phase: str) -> None:
        ticks.append((done, total, phase))
        if done == 5:
            raise Stopped

    with pytest.raises(Stopped):
        track_movie(path, points, tmp_path, tick=tick)

    assert ticks == [(n, 40, "tracking") for n in (1, 2, 3, 4, 5)]
    assert list(tmp_path.iterdir()) == []


def test_bad_input_leaves_nothing(stem, tmp_path):
    path, _ = stem

    with pytest.raises(BadInput):
        track_movie(path, [("A", 1000, 1)], tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_the_decoders_pictures_are_not_drawn_on(write_movie, noise, tmp_path):
    pictures = [noise(1, 128, 96)[0]] * 6  # a still scene: each frame is predicted from the one before
    path = write_movie(pictures, options={"bf": "0", "g": "100"})

    track_movie(path, [("A", 20, 20)], tmp_path)

    shown = cv2.cvtColor(last_picture(tmp_path / "traced.mp4"), cv2.COLOR_RGB2GRAY).astype(float)
    expected = cv2.cvtColor(last_picture(path), cv2.COLOR_RGB2GRAY).astype(float)
    assert np.abs(shown - expected)[50:, 60:].mean() < 4


def test_figures_are_told_of_the_table_that_nobody_asked_for(stem, points, tmp_path):
    path, _ = stem

    summary = track_movie(path, points, tmp_path, outputs={"analysis", "xlsx", "plot"}, frames_per_minute=2)

    told = json.loads((tmp_path / "analysis.json").read_text())
    assert summary.files == ("track.xlsx", "analysis.json", "plot.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["analysis.json", "plot.png", "track.xlsx"]
    assert [point["label"] for point in told["points"]] == ["Apex", "Node", "Ruler"]
    assert cv2.imread(str(tmp_path / "plot.png")) is not None
