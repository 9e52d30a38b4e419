"""How brightness changes round each pixel: rotation-invariant uniform local binary patterns, as part of the bank."""

import math

import numpy as np
from numpy.typing import NDArray

from pipelines.classify.bank_graph import Sheet

RADII = (1, 3)
NEIGHBOURS = 8
BINS = NEIGHBOURS + 2
MARGIN = max(RADII)  # pixels at each border that have no code
# A neighbour counts as no darker from a quarter of a grey level below: so equal pixels give the same bit whatever the
# order in which a machine sums, and between the two the bit rises in a straight line instead of a step.
_SLOPE = 4 * 255.0
_FLOOR = 1e-4  # of a share, about one pixel: the root of less than that is noise

Matrix = NDArray[np.float64]


def draw_codes(sheet: Sheet, grey: str) -> str:
    """Give for each pixel of a grey picture, 0 to 1, what its codes follow from: (N, 4, h - 6, w - 6).

    For each radius: the share of its neighbours that are no darker than the pixel, and whether these lie in several
    arcs (1) or in one (0). Source: Ojala, Pietikäinen & Mäenpää 2002, LBP riu2, P = 8, R = 1 and 3.
    """
    rings = np.concatenate([_ring(radius) for radius in RADII])
    bits = sheet.clip(sheet.convolve(grey, rings * _SLOPE, np.ones(len(rings))), 0, 1)
    same = np.eye(NEIGHBOURS)
    ends_and_bits = np.concatenate([same - np.roll(same, 1, axis=1), same])  # an arc ends where a bit falls
    both = sheet.draw("Relu", sheet.mix(bits, _per_radius(ends_and_bits)))
    ones, zeros = np.ones(NEIGHBOURS), np.zeros(NEIGHBOURS)
    share_and_arcs = np.stack([np.concatenate([zeros, ones / NEIGHBOURS]), np.concatenate([ones, zeros])])
    return sheet.clip(sheet.mix(both, _per_radius(share_and_arcs), [0.0, -1.0] * len(RADII)), 0, 1)


def draw_histograms(sheet: Sheet, codes: str) -> str:
    """Give the square roots of the shares of each code, (N, 20, 1, 1): ten of each radius.

    0 to 8: so many neighbours are no darker, all in one arc. 9: in several arcs.
    """
    least = np.arange(1.0, BINS)
    steps = np.stack([np.full(BINS - 1, float(NEIGHBOURS)), np.full(BINS - 1, float(BINS - 1))], axis=1)
    at_least = sheet.clip(sheet.mix(codes, _per_radius(steps), np.tile(1 - least, len(RADII))), 0, 1)
    differences = np.eye(BINS, BINS - 1, k=-1) - np.eye(BINS, BINS - 1)
    shares = sheet.mix(
        sheet.average(at_least), _per_radius(differences), np.tile(np.eye(BINS)[0], len(RADII))
    )
    return sheet.draw("Sqrt", sheet.add(sheet.clip(shares, 0, 1), _FLOOR))


def _per_radius(matrix: Matrix) -> Matrix:
    """Return a matrix that does the same to the channels of each radius."""
    return np.kron(np.eye(len(RADII)), matrix).astype(np.float64)


def _ring(radius: int) -> Matrix:
    """Return (8, 1, 7, 7): each neighbour on the circle, interpolated between its four pixels, less the middle."""
    side = 2 * MARGIN + 1
    kernels = np.zeros((NEIGHBOURS, 1, side, side))
    for step, kernel in enumerate(kernels[:, 0]):
        angle = 2 * math.pi * step / NEIGHBOURS
        row = round(MARGIN - radius * math.sin(angle), 9)
        column = round(MARGIN + radius * math.cos(angle), 9)
        top, left = min(int(row), side - 2), min(int(column), side - 2)
        down, right = row - top, column - left
        kernel[top : top + 2, left : left + 2] = np.outer([1 - down, down], [1 - right, right])
        kernel[MARGIN, MARGIN] -= 1
    return kernels
