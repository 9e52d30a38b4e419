"""Colours and shapes for labels, told apart by people who see colours otherwise too."""

import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, int, int]  # RGB, 0..255
# Of the schemes of Okabe & Ito 2008 and of Tol 2021, each the farthest from those before it in CIE Lab, for normal and
# for protan, deutan and tritan sight (simulated as by Machado et al. 2009): eight lie at least 28 apart, ten 19.
COLOURS: tuple[Colour, ...] = (
    (0, 114, 178),
    (230, 159, 0),
    (102, 51, 51),
    (153, 221, 255),
    (238, 221, 136),
    (34, 34, 85),
    (238, 102, 119),
    (204, 51, 17),
    (204, 121, 167),
    (255, 170, 187),
)


def _polygon(corners: int, turn: float, size: float) -> NDArray[np.float64]:
    angle = 2 * np.pi * (np.arange(corners) / corners + turn)
    return size * np.stack([np.sin(angle), -np.cos(angle)], axis=1)


def _plus(arm: float, half: float) -> NDArray[np.float64]:
    corner = [(half, -arm), (half, -half), (arm, -half)]
    turned = [(-y, x) for x, y in corner], [(-x, -y) for x, y in corner], [(y, -x) for x, y in corner]
    return np.array([*corner, *(place for some in turned for place in some)])


# Outlines, (corners, 2), (x, y) round (0, 0), about as large as a disc of radius 1.
SHAPES: tuple[NDArray[np.float64], ...] = (
    _polygon(40, 0, 1.0),
    _polygon(4, 1 / 8, 1.25),
    _polygon(3, 0, 1.45),
    _polygon(4, 0, 1.3),
    _polygon(3, 1 / 2, 1.45),
    _plus(1.25, 0.5),
)


def colour_of(index: int) -> Colour:
    """Return the colour of a label by its place in the label set. The first ten differ, then they come again."""
    return COLOURS[index % len(COLOURS)]


def shape_of(index: int) -> NDArray[np.float64]:
    """Return the outline of a label's mark: another one after every ten labels, so that sixty marks differ."""
    return SHAPES[index // len(COLOURS) % len(SHAPES)]
