"""The numbers of a version of the analysis do not change."""

import numpy as np
import pytest

from darkroom.kinds import KINDS
from pipelines.track.analysis import analyse
from tests.pipelines.analysed import made, still

# By version of the kind: who changes these numbers raises the version in darkroom/kinds.py and writes a new row.
GOLDEN = {
    1: {
        "distance": 18.8121683,
        "path": 37.7725163,
        "path_smoothed": 35.0822829,
        "mean_speed": 0.293575589,
        "top_speed": 0.622439514,
        "period": 19.9985177,
        "error": 0.00608643382,
        "power": 0.997505364,
        "angle": 11.4427728,
        "amplitude": 9.59104671,
    },
}


def plant(count=240):
    """Give a plant that bends, swings every 40 frames and trembles, lost on frames 60 to 69."""
    at = np.arange(count)
    tip = np.stack([200 + 0.2 * at + 6 * np.sin(2 * np.pi * at / 40), 150 - 0.1 * at - 1e-3 * at**2], axis=1)
    tip += 0.3 * np.stack([np.sin(37.1 * at), np.cos(23.3 * at)], axis=1)
    ways = {"Apex": tip, "Inflection Point": still(count, 190, 260)}
    ways |= {"Ruler 0mm": still(count, 300, 300), "Ruler 10mm": still(count, 340, 330)}
    return made(ways, lost={"Apex": range(60, 70)})


def test_the_numbers_of_a_version_do_not_change():
    found = analyse(plant(), frames_per_minute=2)

    apex, bent, swung = found.points[0], found.gravitropism, found.circumnutation
    period = apex.periods[0]
    assert {
        "distance": bent.distance.value,
        "path": apex.path.value,
        "path_smoothed": apex.path_smoothed.value,
        "mean_speed": apex.mean_speed.value,
        "top_speed": apex.top_speed.value,
        "period": period.value.value,
        "error": period.standard_error.value,
        "power": period.power,
        "angle": bent.angle_degrees,
        "amplitude": swung.max_amplitude.value,
    } == pytest.approx(GOLDEN[KINDS["analysis"].version], rel=1e-6)
