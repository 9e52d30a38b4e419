"""How a stored picture is turned and mirrored to stand upright."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = tuple[
    int, int, int, int
]  # a, b, c, d of a display matrix: x' = a x + c y, y' = b x + d y; signs only


@dataclass(frozen=True, slots=True)
class Turn:
    """First mirror left to right (if `mirrored`), then turn clockwise by `rotation` degrees: 0, 90, 180 or 270."""

    rotation: int = 0
    mirrored: bool = False

    @property
    def swaps_sides(self) -> bool:
        """Tell whether width becomes height."""
        return self.rotation in {90, 270}

    @property
    def is_none(self) -> bool:
        return self.rotation == 0 and not self.mirrored

    @property
    def matrix(self) -> Matrix:
        """Give it as the signs of a display matrix (ISO 14496-12, 8.3.2: y down, rows [a b], [c d])."""
        a, b, c, d = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[
            self.rotation
        ]
        return (-a, -b, c, d) if self.mirrored else (a, b, c, d)

    @classmethod
    def of_matrix(cls, a: int, b: int, c: int, d: int) -> "Turn":
        """Read a display matrix; only its signs count. One that is no quarter turn is no turn at all."""
        signs = tuple((value > 0) - (value < 0) for value in (a, b, c, d))
        for mirrored in (False, True):
            for rotation in (0, 90, 180, 270):
                if (turn := cls(rotation, mirrored)).matrix == signs:
                    return turn
        return cls()

    def then(self, after: "Turn") -> "Turn":
        """Give the one turn that does this one and then `after`."""
        rotation = -self.rotation if after.mirrored else self.rotation
        return Turn((rotation + after.rotation) % 360, self.mirrored != after.mirrored)

    @property
    def inverse(self) -> "Turn":
        """Give the turn that undoes this one."""
        return Turn(self.rotation if self.mirrored else -self.rotation % 360, self.mirrored)

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Give (width, height) of the turned picture."""
        return (height, width) if self.swaps_sides else (width, height)

    def apply(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Turn an array (height, width[, channels]) of any dtype; a view, not a copy."""
        if self.mirrored:
            picture = picture[:, ::-1]
        return np.rot90(picture, -self.rotation // 90 % 4)
