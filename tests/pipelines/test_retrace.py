"""A track that goes on from a later frame keeps what was there, and draws again only what comes out differently."""

import shutil
from dataclasses import replace

import av
import numpy as np
import pytest

from pipelines.errors import BadInput
from pipelines.synthetic import write_stem
from pipelines.track import Drawing, track_movie
from pipelines.track.proof import append_marks, read_marks
from pipelines.track.record import read_tracks
from pipelines.video import probe

OUTPUTS = ("csv", "parquet", "movie")
FRAMES = 150
PLANT = Drawing("planttracer", names=False, scale_bar=False, clock=False, fps=15, size="analysis")


def packets_of(path) -> list[bytes]:
    with av.open(path) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def pictures_of(path) -> list[np.ndarray]:
    with av.open(path) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


@pytest.fixture(scope="module")
def long_stem(tmp_path_factory):
    path = tmp_path_factory.mktemp("long") / "stem.mp4"
    truth = write_stem(path, width=160, height=120, frames=FRAMES)
    return path, truth


@pytest.fixture(scope="module", params=["darkroom", "planttracer"])
def traced(request, long_stem, tmp_path_factory):
    """Give a movie, how it was drawn, and the folder of its first track."""
    path, truth = long_stem
    out = tmp_path_factory.mktemp("first")
    drawing = Drawing() if request.param == "darkroom" else PLANT
    points = [(label, *place) for label, place in zip(truth.labels, truth.positions[0], strict=True)]
    track_movie(path, points, out, mode="baseline", outputs=OUTPUTS, drawing=drawing)
    return path, drawing, out


def marked(out, frame: int, shift: float = 0.0):
    """Give the points as they were found on a frame, the first moved by so many pixels."""
    tracks = read_tracks(out / "track.csv")
    places = tracks.places[int(np.searchsorted(tracks.frames, frame))]
    return [
        (label, x + shift * (n == 0), y)
        for n, (label, (x, y)) in enumerate(zip(tracks.labels, places, strict=True))
    ]


def retraced(made, out, frame: int, *, shift: float = 0.0, table="track.csv", **options):
    path, drawing, first = made
    out.mkdir()
    given = {"earlier": first / table, "traced": first / "traced.mp4", "drawing": drawing} | options
    return track_movie(
        path, marked(first, frame, shift), out, start=frame, mode="baseline", outputs=OUTPUTS, **given
    )


@pytest.mark.parametrize("table", ["track.csv", "track.parquet"])
@pytest.mark.parametrize("frame", [1, 60, 97, FRAMES - 1])
def test_frames_before_are_the_same_packets(frame, table, traced, tmp_path):
    summary = retraced(traced, tmp_path / "out", frame, shift=5, table=table)

    before, after = packets_of(traced[2] / "traced.mp4"), packets_of(tmp_path / "out" / "traced.mp4")
    assert after[:frame] == before[:frame]
    assert after[frame] != before[frame]
    assert len(after) == len(before) == FRAMES
    assert (summary.copied, summary.start, summary.frames) == (frame, frame, FRAMES - frame)


def test_the_marked_frame_is_the_same_when_nothing_was_moved(traced, tmp_path):
    summary = retraced(traced, tmp_path / "out", 97)

    before, after = packets_of(traced[2] / "traced.mp4"), packets_of(tmp_path / "out" / "traced.mp4")
    assert after[:98] == before[:98]
    assert summary.copied >= 98


@pytest.mark.parametrize("name", ["track.csv", "track.parquet"])
def test_rows_before_are_kept_as_they_are(name, traced, tmp_path):
    retraced(traced, tmp_path / "out", 97, shift=5, table=name)

    before, after = (read_tracks(folder / name) for folder in (traced[2], tmp_path / "out"))
    np.testing.assert_array_equal(after.before(97).places, before.before(97).places)
    np.testing.assert_array_equal(after.before(97).err, before.before(97).err)
    assert after.frames.tolist() == list(range(FRAMES))
    assert after.places[97, 0, 0] == pytest.approx(before.places[97, 0, 0] + 5, abs=1e-3)


def test_lines_before_are_the_same_bytes(traced, tmp_path):
    retraced(traced, tmp_path / "out", 97, shift=5)

    before, after = (
        (folder / "track.csv").read_text().splitlines() for folder in (traced[2], tmp_path / "out")
    )
    assert after[: 1 + 3 * 97] == before[: 1 + 3 * 97]
    assert len(after) == len(before)


def test_the_joined_movie_shows_what_one_drawn_at_a_stretch_shows(traced, tmp_path):
    retraced(traced, tmp_path / "copied", 97, shift=5)
    retraced(traced, tmp_path / "drawn", 97, shift=5, traced=None)

    copied, drawn = (pictures_of(tmp_path / name / "traced.mp4") for name in ("copied", "drawn"))
    apart = [np.abs(a.astype(int) - b).mean() for a, b in zip(copied, drawn, strict=True)]
    assert max(apart) < 6  # an encoder that begins anew spends its bits elsewhere
    told = [probe(tmp_path / name / "traced.mp4") for name in ("copied", "drawn")]
    assert told[0].frames == told[1].frames == FRAMES
    assert told[0].duration_seconds == told[1].duration_seconds


def test_a_retrace_of_a_retrace_copies_all_before_it(traced, tmp_path):
    path, drawing, _ = traced
    retraced(traced, tmp_path / "second", 80, shift=4)

    third = (path, drawing, tmp_path / "second")
    summary = retraced(third, tmp_path / "third", 120, shift=-4)

    before, after = (packets_of(tmp_path / name / "traced.mp4") for name in ("second", "third"))
    assert summary.copied == 120
    assert after[:120] == before[:120]
    assert len(pictures_of(tmp_path / "third" / "traced.mp4")) == FRAMES


@pytest.mark.parametrize(
    "change",
    [{"names": False}, {"clock": False}, {"fps": 12.5}, {"comment": "other"}, {"first": 3}],
    ids=["names", "clock", "fps", "comment", "first"],
)
def test_what_is_drawn_otherwise_is_not_copied(change, long_stem, tmp_path):
    path, truth = long_stem
    points = [(label, *place) for label, place in zip(truth.labels, truth.positions[0], strict=True)]
    (tmp_path / "first").mkdir()
    track_movie(path, points, tmp_path / "first", end=40, mode="baseline", outputs=OUTPUTS)

    first = (path, Drawing(), tmp_path / "first")
    summary = retraced(first, tmp_path / "out", 30, drawing=Drawing(**change), end=40)

    assert summary.copied == 0
    assert probe(tmp_path / "out" / "traced.mp4").frames == 40 - change.get("first", 0)


def test_nothing_of_another_movie_is_copied(traced, long_stem, tmp_path):
    other = tmp_path / "other.mp4"
    write_stem(other, width=160, height=120, frames=FRAMES, seed=2)

    summary = retraced((other, *traced[1:]), tmp_path / "out", 97)

    assert summary.copied == 0
    assert probe(tmp_path / "out" / "traced.mp4").frames == FRAMES


@pytest.mark.parametrize("damage", ["cut short", "no movie", "its marks are another's"])
def test_a_damaged_traced_movie_is_drawn_anew(damage, traced, tmp_path):
    broken = tmp_path / "broken.mp4"
    shutil.copy(traced[2] / "traced.mp4", broken)
    data = broken.read_bytes()
    if damage == "cut short":
        broken.write_bytes(data[: len(data) // 2])
    elif damage == "no movie":
        broken.write_bytes(b"no movie" * 100)
    else:
        broken.write_bytes(data[: len(data) - 8 * FRAMES - 24])
        append_marks(broken, [bytes(8)] * (FRAMES - 1))

    summary = retraced(traced, tmp_path / "out", 97, traced=broken)

    assert summary.copied == 0
    assert probe(tmp_path / "out" / "traced.mp4").frames == FRAMES


def test_paths_go_on_from_the_earlier_points(write_movie, moving_dot, tmp_path):
    path = write_movie(moving_dot(step=6.0, count=20))
    first, out = tmp_path / "first", tmp_path / "out"
    first.mkdir()
    track_movie(path, [("Apex", 40, 60)], first, mode="baseline", outputs=OUTPUTS, drawing=PLANT)

    retraced((path, PLANT, first), out, 10, traced=None)

    with av.open(out / "traced.mp4") as container:
        *_, last = container.decode(video=0)
    picture = last.to_ndarray(format="rgb24").astype(int)
    assert picture[120, 120, 0] - picture[120, 120, 2] > 100  # the path of a frame before the retrace


def test_points_that_the_earlier_table_lacks_have_no_path(traced, tmp_path):
    path, drawing, first = traced
    points = [*marked(first, 97), ("New", 20, 20)]

    summary = track_movie(
        path,
        points,
        tmp_path,
        start=97,
        mode="baseline",
        outputs=OUTPUTS,
        drawing=drawing,
        earlier=first / "track.csv",
    )

    tracks = read_tracks(tmp_path / "track.csv")
    assert tracks.labels[-1] == "New"
    assert np.isnan(tracks.places[:97, -1]).all()
    assert not np.isnan(tracks.places[97:, -1]).any()
    assert (
        summary.points[-1].tracked + summary.points[-1].lost + summary.points[-1].out_of_frame == FRAMES - 97
    )
    assert probe(tmp_path / "traced.mp4").frames == FRAMES


@pytest.mark.parametrize("first", [-1, FRAMES, FRAMES + 20])
def test_a_movie_that_begins_behind_its_track_is_refused(first, traced, tmp_path):
    with pytest.raises(BadInput) as refused:
        retraced(traced, tmp_path / "out", 97, drawing=Drawing(first=first))

    assert refused.value.code == "first_past_end"
    assert list((tmp_path / "out").iterdir()) == []


def test_a_movie_may_begin_on_a_frame_behind_the_first_that_is_tracked(traced, tmp_path):
    summary = retraced(traced, tmp_path / "out", 97, drawing=replace(PLANT, first=100))

    tracks = read_tracks(tmp_path / "out" / "track.csv")
    assert tracks.frames.tolist() == list(range(FRAMES))
    assert probe(tmp_path / "out" / "traced.mp4").frames == FRAMES - 100
    assert summary.copied == 0


def test_marks_are_read_back_as_they_were_put(tmp_path, traced):
    path = tmp_path / "copy.mp4"
    shutil.copy(traced[2] / "traced.mp4", path)

    marks = read_marks(path)

    assert len(marks) == len(set(marks)) == FRAMES
    assert probe(path).frames == FRAMES
