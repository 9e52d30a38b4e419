"""A period is told where the record shows one, with its limits, and is not told where it does not."""

import numpy as np
import pytest

from pipelines.track.analysis import analyse
from pipelines.track.analysis.spectrum import false_alarm, frequencies, powers, trend
from tests.pipelines.analysed import made, swing


def periods_of(way, **more):
    return {
        one.source: one for one in analyse(made({"Apex": way}, **more), frames_per_minute=2).points[0].periods
    }


@pytest.mark.parametrize("period", [8, 41, 100])
def test_the_period_of_a_sine_is_found_through_noise_drift_and_a_gap(period):
    way = swing(296, period, amplitude=5, noise=0.5, drift=0.2)

    found = periods_of(way, lost={"Apex": range(100, 140)})

    assert found["x"].value.unit == "min"
    assert found["x"].value.value == pytest.approx(period / 2, rel=0.01)
    assert found["x"].value.value == pytest.approx(period / 2, abs=4 * found["x"].standard_error.value)
    assert (found["x"].amplitude.value, found["x"].amplitude.unit) == (pytest.approx(5, rel=0.05), "px")
    assert found["x"].power > 0.95 and found["x"].false_alarm < 1e-6
    assert found["x"].cycles == pytest.approx(295 / period * 256 / 296, rel=0.01)


def test_a_direction_that_only_trembles_has_no_period():
    found = periods_of(swing(296, 41, noise=0.5))

    assert found["y"].value is None
    assert "chance of a false alarm" in found["y"].reason
    assert found["principal"].degrees == pytest.approx(0, abs=1)


def test_the_principal_direction_is_that_of_the_swing():
    way = swing(200, 25, amplitude=4)
    straight = way - way.mean(axis=0)
    way = straight @ np.array([[0.5, np.sqrt(0.75)], [-np.sqrt(0.75), 0.5]])  # by 60 degrees

    found = periods_of(way)["principal"]

    assert found.degrees == pytest.approx(60, abs=0.1)
    assert found.value.value == pytest.approx(12.5, rel=0.001)


def test_growth_that_slows_down_does_not_hide_a_swing():
    way = swing(300, 300 / 4.5, amplitude=5)
    way[:, 0] += 60 * np.sqrt(np.arange(300) / 300)

    assert periods_of(way)["x"].value.value == pytest.approx(300 / 4.5 / 2, rel=0.05)


def test_a_peak_that_is_not_believed_is_told_with_the_reason():
    way = swing(300, 75)
    way[100:, 0] += 15  # a jump, as of a pot that was pushed

    found = periods_of(way)["x"]

    assert (found.value, found.amplitude) == (None, None)
    assert found.strongest.value == pytest.approx(37.5, rel=0.1)
    assert "too few to tell from a random walk" in found.reason


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        (swing(10, 4), "needs 16 frames, has 10"),
        (swing(300, 200), "fewer than 2 cycles"),
        (swing(300, 50, amplitude=0, drift=0.3), "does not move but along its trend"),
    ],
)
def test_a_record_that_cannot_tell_says_why(way, reason):
    found = periods_of(way)["x"]

    assert found.value is None
    assert reason in found.reason


def test_the_searched_band_is_told_with_and_without_a_period():
    for way in (swing(201, 20), swing(201, 200)):
        found = periods_of(way)["x"]

        assert (found.shortest.value, found.longest.value) == (2.0, 50.0)  # 4 frames; half of 200


def test_too_few_used_frames_are_too_few():
    found = periods_of(swing(100, 10), lost={"Apex": range(15, 100)})["x"]

    assert found.reason == "needs 16 used frames, has 15"


def test_a_long_record_is_averaged_and_its_shortest_period_grows():
    found = periods_of(swing(9000, 500, noise=0.5))["x"]

    assert found.value.value == pytest.approx(250, rel=0.005)
    assert found.shortest.value == pytest.approx(18, rel=0.01)  # 4 samples of 9 frames, 2 frames a minute


@pytest.mark.parametrize(("count", "gap"), [(60, 0), (300, 0), (300, 90), (300, 180)])
def test_a_random_walk_has_no_period(count, gap):
    steps = np.random.default_rng(7).normal(0, 1, (count, 300, 2))
    walks = {f"P{at}": way for at, way in enumerate(np.moveaxis(steps.cumsum(axis=0), 1, 0))}

    lost = {label: range(40 + at % 60, 40 + at % 60 + gap) for at, label in enumerate(walks)} if gap else {}

    found = analyse(made(walks, lost=lost)).points

    told = [one for point in found for one in point.periods if one.value]
    assert len(told) <= 18  # 2 % of 900


def test_white_noise_raises_a_false_alarm_as_rarely_as_is_told():
    rng = np.random.default_rng(3)
    time = np.sort(rng.uniform(0, 100, 80))
    known = np.ones((80, 1), bool)
    grid = frequencies(100, 50, 5)
    noise = rng.normal(0, 1, (80, 1, 2000))
    basis = trend(time, known[:, 0], 0)

    tops = powers(time, known, basis[:, None], noise - noise.mean(axis=0), grid).max(axis=(0, 1))

    alarms = np.array([false_alarm(top, time, grid[-1], 1) for top in tops])
    assert 0.02 < (alarms < 0.05).mean() < 0.06


def test_the_spectrum_is_scipys():
    signal = pytest.importorskip("scipy.signal")
    rng = np.random.default_rng(5)
    time = np.sort(rng.uniform(0, 100, 60))
    record = np.sin(time) + rng.normal(0, 1, 60)
    grid = frequencies(100, 50, 2)

    centred = (record - record.mean())[:, None, None]
    ours = powers(time, np.ones((60, 1), bool), trend(time, np.ones(60, bool), 0)[:, None], centred, grid)

    theirs = signal.lombscargle(time, record, 2 * np.pi * grid, floating_mean=True, normalize=True)
    assert np.allclose(ours[:, 0, 0], theirs, atol=1e-6)
