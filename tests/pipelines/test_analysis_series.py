"""A track as series over time."""

import numpy as np
import pytest

from pipelines.track.analysis.series import series
from pipelines.track.record import Tracks
from pipelines.track.status import Status


@pytest.fixture
def tracks():
    """One point that goes 3 px right and 4 px down per frame of half a second; lost on frame 2."""
    steps = np.arange(5.0)
    return Tracks(
        frames=np.arange(5),
        seconds=steps / 2,
        labels=("Apex",),
        places=np.stack([10 + 3 * steps, 20 + 4 * steps], axis=1)[:, None, :],
        status=np.array([[0], [0], [Status.LOST], [Status.UNCERTAIN], [0]], np.uint8),
        err=np.zeros((5, 1)),
        score=np.ones((5, 1)),
    )


def test_a_point_is_told_where_it_was_found(tracks):
    (apex,) = series(tracks)

    assert apex.label == "Apex"
    assert apex.seconds.tolist() == [0, 0.5, 1.5, 2]
    assert apex.x.tolist() == [10, 13, 19, 22]
    assert apex.y.tolist() == [20, 24, 32, 36]
    assert apex.speed.tolist() == [10, 10, 10, 10]


def test_real_time_may_go_slower_and_begin_later(tracks):
    (apex,) = series(tracks, start=1e9, frames_per_minute=1.0)

    assert (apex.seconds - 1e9).tolist() == [0, 60, 180, 240]
    assert apex.speed == pytest.approx(5 / 60)


def test_a_frame_that_stands_alone_has_no_speed(tracks):
    tracks.status[[0, 2], 0] = Status.CUT

    (apex,) = series(tracks)

    assert apex.seconds.tolist() == [0.5, 1.5, 2]
    assert np.isnan(apex.speed).tolist() == [True, False, False]
