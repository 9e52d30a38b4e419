"""Smoothing keeps to its window and to what lies between two gaps."""

import numpy as np
import pytest

from pipelines.track.analysis import Smoothing, analyse
from pipelines.track.analysis.smoothing import smoothed
from tests.pipelines.analysed import line, made, still, swing


def test_smoothing_takes_noise_out_of_the_path():
    tracks = made({"Apex": swing(400, 200, amplitude=50, noise=0.5)})

    found = analyse(tracks).points[0]

    assert found.path_smoothed.value == pytest.approx(400, rel=0.05)  # two cycles of 4 x 50 px
    assert found.path.value > 1.3 * found.path_smoothed.value


def test_smoothing_is_scipys_within_a_run():
    signal = pytest.importorskip("scipy.signal")
    way = swing(50, 20, noise=1.0)

    ours = smoothed(way[:, None], np.arange(50), Smoothing(window=11, order=2))[:, 0]

    assert np.allclose(ours, signal.savgol_filter(way, 11, 2, axis=0, mode="interp"))


def test_smoothing_does_not_look_over_a_gap():
    way = np.concatenate([still(20, 0, 0), still(20, 100, 0)])
    tracks = made({"Apex": way}, lost={"Apex": [19, 20]})

    found = {
        method: analyse(tracks, smoothing=Smoothing(method))
        for method in ("savitzky-golay", "moving-average")
    }

    for one in found.values():
        assert np.nanmax(np.abs(one.curves.smooth[:19, 0])) < 1e-9
        assert np.allclose(one.curves.smooth[21:, 0], (100, 0))
    assert found["moving-average"].smoothing.window_frames == 11


def test_smoothing_states_its_window_on_the_time_axis():
    found = analyse(made({"Apex": line(30)}), frames_per_minute=2, smoothing=Smoothing(window=9)).smoothing

    assert (found.method, found.window_frames, found.order) == ("savitzky-golay", 9, 2)
    assert (found.window_time.value, found.window_time.unit) == (4.5, "min")
