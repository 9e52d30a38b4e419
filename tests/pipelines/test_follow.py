"""Points are followed to where they really are."""

import tracemalloc

import numpy as np
import pytest

from pipelines.errors import BadInput
from pipelines.synthetic import write_stem
from pipelines.track import Point, Status, follow

DOT = Point("Dot", 40.0, 60.0)


def test_a_dot_moved_3_px_right_on_each_frame_is_found_there(write_movie, moving_dot):
    path = write_movie(moving_dot(step=3.0, count=12), options={"crf": "5"})

    tracks = list(follow(path, [DOT]))

    assert [track.index for track in tracks] == list(range(12))
    assert tracks[-1].positions[0] == pytest.approx([73.0, 60.0], abs=0.1)
    assert all(track.status.tolist() == [Status.TRACKED] for track in tracks)


def test_a_drift_of_a_fiftieth_of_a_pixel_a_frame_is_seen(write_movie, moving_dot):
    path = write_movie(moving_dot(step=0.02, count=50, width=640, height=480), options={"crf": "1"})

    *_, last = follow(path, [DOT])

    assert last.positions[0] == pytest.approx([40.98, 60.0], abs=0.1)


def test_the_plant_is_followed_to_a_tenth_of_a_pixel(tmp_path):
    truth = write_stem(tmp_path / "stem.mp4", frames=40)
    points = [Point(label, *place) for label, place in zip(truth.labels, truth.positions[0], strict=True)]

    found = np.array([track.positions for track in follow(tmp_path / "stem.mp4", points)])

    errors = np.hypot(*np.moveaxis(found - truth.positions, 2, 0))
    assert np.median(errors, axis=0).tolist() == pytest.approx([0.0, 0.0, 0.0], abs=0.1)
    assert errors.max() < 0.3


def test_points_marked_on_a_picture_of_another_size_are_given_in_source_pixels(stem):
    path, truth = stem
    x, y = truth.positions[0, 0]

    first, *_ = follow(path, [("Apex", (x + 0.5) * 2 - 0.5, (y + 0.5) * 2 - 0.5)], points_size=(640, 480))

    assert first.positions[0] == pytest.approx([x, y], abs=1e-4)


def test_a_point_that_leaves_the_picture_is_out_of_frame(write_movie, moving_dot):
    path = write_movie([picture[:, :70].copy() for picture in moving_dot(count=16)])

    tracks = list(follow(path, [DOT]))

    assert tracks[3].status.tolist() == [Status.TRACKED]
    assert tracks[-1].status.tolist() == [Status.OUT_OF_FRAME]


def test_a_point_on_a_picture_without_features_is_lost_and_stays(write_movie):
    path = write_movie([np.full((48, 64, 3), 90, np.uint8)] * 3)

    *_, last = follow(path, [Point("Nothing", 20.0, 20.0)])

    assert last.status.tolist() == [Status.LOST]
    assert last.positions[0] == pytest.approx([20.0, 20.0], abs=1e-4)
    assert np.isnan(last.err[0])


def test_a_range_is_followed_from_its_first_frame(write_movie, moving_dot):
    path = write_movie(moving_dot(step=2.0, count=20))

    tracks = list(follow(path, [Point("Dot", 50.0, 60.0)], start=5, end=9))

    assert [track.index for track in tracks] == [5, 6, 7, 8]
    assert tracks[-1].positions[0] == pytest.approx([56.0, 60.0], abs=0.1)


def test_points_are_of_the_upright_picture(write_movie, moving_dot):
    pictures = [np.rot90(picture).copy() for picture in moving_dot(count=6)]  # stored lying on the side
    path = write_movie(pictures, rotate=90, options={"crf": "5"})

    *_, last = follow(path, [DOT])

    assert last.positions[0] == pytest.approx([55.0, 60.0], abs=0.1)


@pytest.mark.parametrize(
    ("points", "options", "code"),
    [
        ([], {}, "no_points"),
        ([("A", 1, 1), ("A", 2, 2)], {}, "label_twice"),
        ([("A", 64, 1)], {}, "point_outside"),
        ([("A", 1, -1)], {}, "point_outside"),
        ([("A", float("nan"), 1)], {}, "point_outside"),
        ([("A", 1, 1)], {"points_size": (0, 480)}, "points_size_empty"),
        ([("A", 1, 1)], {"start": 5, "end": 5}, "range_empty"),
        ([("A", 1, 1)], {"start": -1}, "range_empty"),
        ([("A", 1, 1)], {"start": 10}, "range_empty"),
        ([("A", 1, 1)], {"end": 11}, "range_past_end"),
    ],
)
def test_points_and_ranges_that_cannot_be_are_refused(points, options, code, write_movie, noise):
    path = write_movie(noise(10))

    with pytest.raises(BadInput) as refusal:
        next(follow(path, points, **options))

    assert refusal.value.code == code


def test_one_frame_cannot_be_followed(still):
    with pytest.raises(BadInput) as refusal:
        next(follow(still(".png"), [("A", 1, 1)]))

    assert refusal.value.code == "too_few_frames"


def test_memory_does_not_grow_with_the_movie(write_movie, noise):
    peaks = []
    for count in (10, 80):
        path = write_movie(noise(10, 320, 240) * (count // 10), name=f"{count}.mp4")
        tracemalloc.start()
        for _ in follow(path, [("A", 30, 30)]):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < peaks[0] + 300_000  # one frame of the analysed picture has 307,200 bytes
