"""Which sizes a movie is made in."""

from collections.abc import Iterable
from fractions import Fraction

Size = tuple[int, int]


def plan_sizes(shown: tuple[Fraction, Fraction], heights: Iterable[int]) -> list[Size]:
    """Give (width, height) per rung, smallest first, both even, the aspect kept.

    shown: the upright picture in square pixels. Heights above it are left out; if all are, its own is taken.
    """
    width, height = shown
    fitting = sorted({_even(asked) for asked in heights if asked <= height}) or [_even(height)]
    return [(_even(width * even / height), even) for even in fitting]


def _even(side: Fraction | int) -> int:
    """Give the nearest even number, the lower of two: H.264's 4:2:0 needs it."""
    return max(2, 2 * -(-(side - 1) // 2))
