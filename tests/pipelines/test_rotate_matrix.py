"""A display matrix shows the picture where its window is, however it is turned."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import BadInput
from pipelines.rotate.matrix import IDENTITY, turn_in, write_turn
from pipelines.rotate.values import asked_turn
from pipelines.video.turn import Turn

turns = st.builds(Turn, st.sampled_from([0, 90, 180, 270]), st.booleans())
sides = st.integers(1, 8192).map(lambda side: side << 16)
W, H = 1920 << 16, 1080 << 16


@pytest.mark.parametrize(
    ("turn", "numbers"),
    [
        (Turn(90), (0, 1, -1, 0, 1080, 0)),  # as phones write it
        (Turn(180), (-1, 0, 0, -1, 1920, 1080)),
        (Turn(270), (0, -1, 1, 0, 0, 1920)),
        (Turn(0, mirrored=True), (-1, 0, 0, 1, 1920, 0)),
    ],
)
def test_the_picture_is_moved_back_into_its_window(turn, numbers):
    matrix = struct.unpack(">9i", write_turn(turn, IDENTITY, W, H))

    a, b, u, c, d, v, x, y, w = matrix
    assert (a, b, c, d, x, y) == tuple(number << 16 for number in numbers)
    assert (u, v, w) == (0, 0, 1 << 30)


@given(turns, turns, sides, sides)
def test_a_turn_is_read_as_it_was_written(first, then, width, height):
    matrix = write_turn(first, IDENTITY, width, height)

    assert turn_in(matrix) == first
    assert turn_in(write_turn(first.then(then), matrix, width, height)) == first.then(then)


@given(turns, sides, sides)
def test_all_corners_lie_within_the_window(turn, width, height):
    a, b, _, c, d, _, x, y, _ = struct.unpack(">9i", write_turn(turn, IDENTITY, width, height))

    corners = {
        ((a * right + c * down >> 16) + x, (b * right + d * down >> 16) + y)
        for right in (0, width)
        for down in (0, height)
    }
    shown = (height, width) if turn.swaps_sides else (width, height)
    assert corners == {(0, 0), (shown[0], 0), (0, shown[1]), shown}


def test_a_stretched_picture_stays_stretched():
    stretched = struct.pack(">9i", 87381, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)

    a, b, _, c, d, _, x, y, _ = struct.unpack(">9i", write_turn(Turn(90), stretched, W, H))

    assert (a, b, c, d) == (0, 87381, -65536, 0)
    assert (x, y) == (H, 0)


def test_a_crooked_matrix_is_replaced():
    crooked = struct.pack(">9i", 46341, 46341, 0, -46341, 46341, 0, 0, 0, 1 << 30)

    assert write_turn(Turn(90), crooked, W, H) == write_turn(Turn(90), IDENTITY, W, H)


@pytest.mark.parametrize(
    ("rotation", "flip", "turn"),
    [
        (90, "none", Turn(90)),
        (0, "horizontal", Turn(0, mirrored=True)),
        (0, "vertical", Turn(180, mirrored=True)),
        (270, "vertical", Turn(90, mirrored=True)),
    ],
)
def test_a_flip_comes_before_the_turn(rotation, flip, turn):
    assert asked_turn(rotation, flip) == turn


@pytest.mark.parametrize(
    ("rotation", "flip", "code"),
    [(0, "none", "no_turn"), (45, "none", "bad_rotation"), (90, "up", "bad_rotation")],
)
def test_what_is_no_turn_is_refused(rotation, flip, code):
    with pytest.raises(BadInput) as refused:
        asked_turn(rotation, flip)

    assert refused.value.code == code


def test_the_lowest_number_there_is_can_be_mirrored():
    lowest = struct.pack(">9i", -1 << 31, 0, 0, 0, -1 << 31, 0, 0, 0, 1 << 30)

    a, b, _, c, d, *_ = struct.unpack(">9i", write_turn(Turn(0), lowest, W, H))

    assert (a, b, c, d) == ((1 << 31) - 1, 0, 0, (1 << 31) - 1)
