"""Turns: what they do to a picture, and that their algebra is that of the pictures."""

import numpy as np
import pytest

from pipelines.video.turn import Turn

TURNS = [Turn(rotation, mirrored) for rotation in (0, 90, 180, 270) for mirrored in (False, True)]
PICTURE = np.array([[1, 2, 3], [4, 5, 6]], np.uint8)


def test_a_quarter_turn_goes_clockwise():
    assert Turn(90).apply(PICTURE).tolist() == [[4, 1], [5, 2], [6, 3]]


def test_a_mirror_comes_before_the_turn():
    assert Turn(90, mirrored=True).apply(PICTURE).tolist() == [[6, 3], [5, 2], [4, 1]]


@pytest.mark.parametrize("turn", TURNS)
def test_the_inverse_undoes_a_turn(turn):
    assert turn.inverse.apply(turn.apply(PICTURE)).tolist() == PICTURE.tolist()
    assert turn.then(turn.inverse).is_none


@pytest.mark.parametrize("first", TURNS)
@pytest.mark.parametrize("second", TURNS)
def test_two_turns_are_one(first, second):
    assert first.then(second).apply(PICTURE).tolist() == second.apply(first.apply(PICTURE)).tolist()


@pytest.mark.parametrize("turn", TURNS)
def test_a_turn_reads_its_own_matrix(turn):
    a, b, c, d = (65536 * value for value in turn.matrix)

    assert Turn.of_matrix(a, b, c, d) == turn


@pytest.mark.parametrize("turn", TURNS)
def test_the_matrix_moves_a_corner_as_the_turn_does(turn):
    corners = {(x, y): PICTURE[y, x] for x in (0, 2) for y in (0, 1)}
    turned = turn.apply(PICTURE)
    a, b, c, d = turn.matrix
    moved = {(a * x + c * y, b * x + d * y): value for (x, y), value in corners.items()}
    left, top = min(x for x, _ in moved), min(y for _, y in moved)

    assert all(turned[y - top, x - left] == value for (x, y), value in moved.items())


def test_a_matrix_that_is_no_quarter_turn_is_no_turn():
    assert Turn.of_matrix(46341, 46341, -46341, 46341).is_none
