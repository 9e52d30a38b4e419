"""Grids: points over a whole picture, the same ones for the same seed, none of them twice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.classify.grid import grid_points
from pipelines.errors import BadInput

METHODS = ("uniform", "random", "stratified")


def pairs(points):
    return list(zip(*(axis.tolist() for axis in points), strict=True))


def test_a_uniform_grid_has_the_middles_of_its_cells():
    points = grid_points(100, 60, 2, 3)

    assert pairs(points) == [(14, 16), (14, 49), (14, 82), (44, 16), (44, 49), (44, 82)]


@settings(deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.data(), st.sampled_from(METHODS), st.integers(0, 2**32))
def test_points_are_as_many_as_asked_distinct_and_within(width, height, data, method, seed):
    rows, columns = data.draw(st.integers(1, height)), data.draw(st.integers(1, width))

    found = grid_points(width, height, rows, columns, method, seed)

    assert len(set(pairs(found))) == len(found[0]) == rows * columns
    assert found[0].min() >= 0 and found[0].max() < height
    assert found[1].min() >= 0 and found[1].max() < width
    assert found[0].dtype == found[1].dtype == np.int32


def test_stratified_points_lie_each_in_its_own_cell():
    rows, columns = grid_points(100, 60, 6, 10, "stratified", seed=3)

    cells = list(zip((rows // 10).tolist(), (columns // 10).tolist(), strict=True))
    assert cells == [(row, column) for row in range(6) for column in range(10)]


def test_a_seed_gives_the_same_points_always():
    drawn = pairs(grid_points(4000, 3000, 1, 4, "random", seed=7))

    assert drawn == [(491, 718), (886, 384), (2616, 879), (2916, 3159)]
    assert drawn != pairs(grid_points(4000, 3000, 1, 4, "random", seed=8))


@pytest.mark.parametrize(
    ("width", "height", "rows", "columns"),
    [(5, 5, 6, 1), (5, 5, 1, 6), (9, 9, 0, 1), (2000, 2000, 1001, 1000)],
)
def test_a_grid_that_does_not_fit_is_refused(width, height, rows, columns):
    with pytest.raises(BadInput) as refusal:
        grid_points(width, height, rows, columns)

    assert refusal.value.code == "bad_grid"
