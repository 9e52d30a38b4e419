"""Laws that no track breaks: where the plant stands, how large the picture is, which way time runs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.track.analysis import analyse
from pipelines.track.analysis.motion import path_length
from tests.pipelines.analysed import made, still

ways = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).normal(0, 20, (24, 2)).cumsum(axis=0)
)


@settings(deadline=None, max_examples=40)
@given(ways, st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
def test_no_length_depends_on_where_the_plant_stands(way, x, y):
    here, there = (analyse(made({"Apex": one})).points[0] for one in (way, way + np.array((x, y))))

    for name in (
        "distance",
        "displacement_x",
        "displacement_y",
        "extent_x",
        "path",
        "path_smoothed",
        "top_speed",
    ):
        assert getattr(there, name).value == pytest.approx(getattr(here, name).value, rel=1e-6, abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(ways, st.floats(0.1, 10))
def test_millimetres_do_not_depend_on_the_size_of_the_picture(way, factor):
    rulers = {"Ruler 0mm": still(24, 5, 5), "Ruler 20mm": still(24, 45, 35)}
    small = made({"Apex": way} | rulers)

    large = replace(small, places=small.places * factor)

    first, second = (analyse(tracks).points[0] for tracks in (small, large))
    for name in ("distance", "path", "path_smoothed", "mean_speed"):
        assert getattr(second, name).value == pytest.approx(getattr(first, name).value, rel=1e-6)


@settings(deadline=None, max_examples=40)
@given(ways)
def test_a_way_walked_backwards_is_as_long_and_as_fast(way):
    there, back = (analyse(made({"Apex": one})) for one in (way, way[::-1]))

    for name in ("distance", "path", "path_smoothed", "mean_speed"):
        assert getattr(back.points[0], name).value == pytest.approx(
            getattr(there.points[0], name).value, rel=1e-6
        )
    assert np.allclose(back.curves.velocity, -there.curves.velocity[::-1], atol=1e-6)


@settings(deadline=None, max_examples=40)
@given(ways)
def test_a_way_is_never_shorter_than_the_distance_of_its_ends(way):
    length = path_length(way)

    assert length >= np.hypot(*(way[-1] - way[0])) * (1 - 1e-12)
