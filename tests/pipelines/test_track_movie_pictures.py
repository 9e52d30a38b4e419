"""The traced movie looks as it was asked to, from whatever kind of movie."""

import zipfile

import av
import cv2
import numpy as np
import pytest

from pipelines.errors import BadInput
from pipelines.track import Drawing, Status, track_movie
from pipelines.track.captions import clock_text, mm_per_px, scale_bar
from pipelines.track.drawing import PALETTE, colours
from pipelines.track.overlay import Overlay, Scene
from pipelines.track.record import FrameRow
from pipelines.track.summary import Tally
from pipelines.video import probe


def row_of(index, places, status, score=1.0) -> FrameRow:
    """Give a row of points of one status."""
    count = len(places)
    return FrameRow(
        index,
        index / 25,
        np.array(places),
        np.full(count, status, np.uint8),
        np.zeros(count),
        np.full(count, score),
        None,
    )


def last_picture(path) -> np.ndarray:
    with av.open(path) as container:
        *_, last = container.decode(video=0)
        return last.to_ndarray(format="rgb24")


def test_plant_tracers_style_is_that_of_its_movies(write_movie, moving_dot, tmp_path):
    path = write_movie(moving_dot(step=6.0, count=20))
    drawing = Drawing(
        "planttracer",
        names=False,
        scale_bar=False,
        clock=False,
        fps=15,
        size="analysis",
        comment="use prohibited",
    )

    track_movie(path, [("Apex", 40, 60)], tmp_path, mode="baseline", drawing=drawing)

    told = probe(tmp_path / "traced.mp4")
    with av.open(tmp_path / "traced.mp4") as container:
        comment = container.metadata["comment"]
    picture = last_picture(tmp_path / "traced.mp4").astype(int)
    assert (told.frames, told.width, told.height, told.fps_fraction) == (20, 640, 480, "15/1")
    assert comment == "use prohibited"
    assert picture[120, 308] == pytest.approx((255, 165, 0), abs=30)  # the disc, where the dot is
    assert picture[120, 200] == pytest.approx((255, 165, 0), abs=60)  # the path that it has come
    assert picture[12, 626] == pytest.approx((255, 0, 0), abs=60)  # the ground of the frame's number


def test_colours_are_upstreams_by_label():
    labels = ["Ruler 0mm", "Apex", "Leaf", "Node", "Bud", "Root"]

    told = colours(Drawing("planttracer"), labels)

    assert told[:5] == [(255, 0, 0), (255, 165, 0), (255, 0, 255), (181, 137, 0), (0, 150, 255)]
    assert told[5] == (68, 203, 0)  # how the SHA-256 of "Root" begins


def test_a_colour_that_was_chosen_is_drawn_and_upstreams_own_ones_stay():
    labels = ["Ruler 0mm", "Apex", "Leaf", "Node"]
    chosen = dict.fromkeys(labels[:3], "#2aA198")

    plant = colours(Drawing("planttracer", colours=chosen), labels)
    ours = colours(Drawing(colours=chosen), labels)

    assert plant == [(255, 0, 0), (255, 165, 0), (42, 161, 152), (255, 0, 255)]
    assert ours == [*[(42, 161, 152)] * 3, PALETTE[3]]


def test_a_colour_that_is_none_is_refused_by_its_label(write_movie, moving_dot, tmp_path):
    path = write_movie(moving_dot(count=3))

    with pytest.raises(BadInput, match="the colour of 'A', 'teal', is not #rrggbb") as refused:
        track_movie(path, [("A", 40, 60)], tmp_path, drawing=Drawing(colours={"A": "teal"}))

    assert refused.value.code == "bad_colour"


@pytest.mark.parametrize("size", [(854, 480), (1170, 2532), (1000, 562)])
@pytest.mark.parametrize("style", ["darkroom", "planttracer"])
def test_odd_sizes_complete_in_both_styles(size, style, write_movie, noise, tmp_path):
    path = write_movie(noise(2, *size))

    track_movie(path, [("A", 20, 20)], tmp_path, outputs={"movie"}, drawing=Drawing(style, size="analysis"))

    told = probe(tmp_path / "traced.mp4")
    assert told.frames == 2
    assert (told.width % 2, told.height % 2, max(told.width, told.height)) == (0, 0, 640)


PHONES = {
    "hevc": {"codec": "libx265", "options": {"x265-params": "log-level=none"}},
    "ten bit": {"pix_fmt": "yuv420p10le"},
    "hevc of ten bit": {
        "codec": "libx265",
        "pix_fmt": "yuv420p10le",
        "options": {"x265-params": "log-level=none"},
    },
    "full range": {"full_range": True, "pix_fmt": "yuvj420p", "codec": "mjpeg", "name": "m.mov"},
    "held upright": {"rotate": 90},
    "uneven": {"pts": [0, 2, 3, 7, 8, 9, 15, 16]},
}


@pytest.mark.parametrize("kind", PHONES)
@pytest.mark.parametrize("style", ["darkroom", "planttracer"])
def test_what_phones_make_completes(kind, style, write_movie, moving_dot, tmp_path):
    path = write_movie(moving_dot(count=8), **PHONES[kind])

    summary = track_movie(
        path,
        [("A", 40, 60)],
        tmp_path,
        mode="baseline",
        outputs={"movie", "zip"},
        drawing=Drawing(style, size="analysis"),
    )

    told = probe(tmp_path / "traced.mp4")
    assert (summary.frames, told.frames) == (8, 8)
    assert (told.width, told.height) == ((480, 640) if kind == "held upright" else (640, 480))
    with zipfile.ZipFile(tmp_path / "frames.zip") as file:
        shown = cv2.imdecode(np.frombuffer(file.read("frame_0007.jpeg"), np.uint8), cv2.IMREAD_COLOR)
    traced = last_picture(tmp_path / "traced.mp4")[..., ::-1]
    assert np.abs(traced.astype(int) - shown)[240:, :].max() < 8


def test_a_point_that_is_gone_is_crossed_out():
    still = row_of(1, [(50.0, 50.0)], Status.TRACKED)
    gone = row_of(2, [(50.0, 50.0)], Status.OCCLUDED)
    overlay = Overlay(Scene(("A",), (640, 480)), Drawing(names=False, clock=False))
    ground = np.full((720, 640), 128, np.uint8)

    ring, cross = overlay.draw(ground, still), overlay.draw(ground, gone)

    assert ring[50, 53] == 128  # between the point and its ring
    assert cross[53, 53] != 128


def test_a_point_without_a_place_is_not_drawn():
    overlay = Overlay(Scene(("A",), (160, 120)), Drawing(clock=False))
    ground = np.full((180, 160), 128, np.uint8)

    drawn = overlay.draw(ground, row_of(0, [(np.nan, np.nan)], Status.LOST))

    assert (drawn[40:120] == 128).all()  # below the frame's number
    assert (ground == 128).all()


@pytest.mark.parametrize(
    ("mm_per_px", "width", "length_px", "text"),
    [
        (0.2, 640, 100.0, "20 mm"),
        (0.01, 1280, 200.0, "2 mm"),
        (0.001, 640, 100.0, "100 um"),
        (10, 640, 100.0, "1 m"),
    ],
)
def test_a_scale_bar_is_of_a_round_length(mm_per_px, width, length_px, text):
    bar = scale_bar(mm_per_px, width)

    assert bar.length_px == pytest.approx(length_px)
    assert bar.text == text


def test_the_scale_is_that_between_the_outer_rulers():
    places = np.array([(9.0, 9.0), (10.0, 50.0), (10.0, 30.0), (10.0, 10.0)])

    told = mm_per_px(["Apex", "Ruler 10mm", "Ruler 5mm", "Ruler 0mm"], places)

    assert told == pytest.approx(10 / 40)
    assert mm_per_px(["Apex", "Ruler 10mm"], places[:2]) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.0 s"), (59.99, "59.9 s"), (60, "1:00"), (3725, "1:02:05"), (90_000, "25:00:00")],
)
def test_the_clock_tells_hours_when_there_are_some(seconds, text):
    assert clock_text(seconds) == text


@pytest.mark.parametrize("fps", [0, -1, 241, float("nan")])
def test_a_speed_that_no_movie_has_is_refused(fps, stem, tmp_path):
    path, _ = stem

    with pytest.raises(BadInput) as refused:
        track_movie(path, [("A", 20, 20)], tmp_path, drawing=Drawing(fps=fps))

    assert refused.value.code == "bad_fps"


def test_the_worst_frames_are_told():
    tally = Tally(["A"])
    for index, score in enumerate([1.0, 0.2, 0.9, 0.1, 1.0]):
        tally.count(row_of(index, [(1.0, 1.0)], Status.TRACKED, score))

    worst = tally.point(0).worst

    assert [(frame.frame, frame.score) for frame in worst] == [(3, 0.1), (1, 0.2), (2, 0.9)]
