"""The display matrix of an MP4 header: nine numbers that say where a track's picture is shown (ISO 14496-12, 6.2.2)."""

import struct
from itertools import product

from pipelines.video.turn import Turn

ONE = 1 << 16  # 16.16 fixed point
IDENTITY = struct.pack(">9i", ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30)
BYTES = 36
_MOST = (1 << 31) - 1


def turn_in(matrix: bytes) -> Turn:
    """Read how a matrix turns; one that is no quarter turn is no turn at all."""
    a, b, _, c, d, *_ = struct.unpack(">9i", matrix)
    return Turn.of_matrix(a, b, c, d)


def write_turn(turn: Turn, matrix: bytes, width: int, height: int) -> bytes:
    """Give the matrix that shows a track by `turn`, stretched as `matrix` stretches it, its top left corner at (0, 0).

    width, height: of the track's header, 16.16 fixed point. A matrix by which a picture is moved out of the window
    is shown black by players that take it at its word: therefore the move back, which iPhones write, too.
    """
    a, b, _, c, d, *_ = struct.unpack(">9i", matrix)
    is_quarter = turn_in(matrix) != Turn() or (a > 0 and d > 0 and b == c == 0)
    across, down = (abs(a) or abs(b), abs(c) or abs(d)) if is_quarter else (ONE, ONE)
    across, down = min(across, _MOST), min(down, _MOST)  # -1 << 31 has no positive twin
    signs = turn.matrix
    a, b, c, d = signs[0] * across, signs[1] * across, signs[2] * down, signs[3] * down
    corners = [(a * x + c * y, b * x + d * y) for x, y in product((0, width), (0, height))]
    right, down_by = (min(_MOST, -min(corner[axis] for corner in corners) >> 16) for axis in (0, 1))
    return struct.pack(">9i", a, b, 0, c, d, 0, right, down_by, 1 << 30)
