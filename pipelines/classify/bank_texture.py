"""How brightness changes round each pixel: rotation-invariant uniform local binary patterns, as part of the bank."""

import math

import numpy as np
from numpy.typing import NDArray

from pipelines.classify.bank_graph import Sheet

NEIGHBOURS = 8
BINS = NEIGHBOURS + 2
RADII = (1, 3)
# A neighbour counts as no darker from a quarter of a grey level below: so equal pixels give the same bit whatever the
# order in which a machine sums, and between the two the bit rises in a straight line instead of a step.
_SLOPE = 4 * 255.0
_HISTOGRAM = np.eye(BINS, BINS - 1, k=-1) - np.eye(BINS, BINS - 1)  # share of each code, of shares of >= each


def draw_codes(sheet: Sheet, grey: str, radius: int) -> str:
    """Give each pixel's code, (N, 1, h - 2 radius, w - 2 radius), of a grey picture 0 to 1.

    0 to 8: so many neighbours in one arc are no darker than the pixel. 9: they are in several arcs.
    Source: Ojala, Pietikäinen & Mäenpää 2002, LBP riu2, P = 8, neighbours interpolated between pixels.
    """
    bits = sheet.clip(sheet.convolve(grey, _ring(radius) * _SLOPE, np.ones(NEIGHBOURS)), 0, 1)
    ones = np.ones((1, NEIGHBOURS))
    count = sheet.mix(bits, ones)
    turns = sheet.draw("Abs", sheet.mix(bits, np.eye(NEIGHBOURS) - np.roll(np.eye(NEIGHBOURS), 1, axis=1)))
    is_mixed = sheet.clip(sheet.mix(turns, ones, [-2.0]), 0, 1)  # an arc has two ends
    rest = sheet.mix(count, [[-1.0]], [BINS - 1.0])
    return sheet.draw("Add", count, sheet.draw("Mul", is_mixed, rest))


def draw_histogram(sheet: Sheet, codes: str) -> str:
    """Give the square root of the share of each code, (N, 10, 1, 1)."""
    at_least = sheet.clip(sheet.mix(codes, np.ones((BINS - 1, 1)), -np.arange(BINS - 1.0)), 0, 1)
    shares = sheet.mix(sheet.average(at_least), _HISTOGRAM, np.eye(BINS)[0])
    return sheet.draw("Sqrt", sheet.clip(shares, 0, 1))


def _ring(radius: int) -> NDArray[np.float64]:
    """Return (8, 1, h, w): each neighbour on the circle, interpolated between its four pixels, less the middle."""
    side = 2 * radius + 1
    kernels = np.zeros((NEIGHBOURS, 1, side, side))
    for kernel, step in zip(kernels[:, 0], range(NEIGHBOURS), strict=True):
        angle = 2 * math.pi * step / NEIGHBOURS
        row, column = round(radius - radius * math.sin(angle), 9), round(radius + radius * math.cos(angle), 9)
        top, left = min(int(row), side - 2), min(int(column), side - 2)
        down, right = row - top, column - left
        kernel[top : top + 2, left : left + 2] = np.outer([1 - down, down], [1 - right, right])
        kernel[radius, radius] -= 1
    return kernels
