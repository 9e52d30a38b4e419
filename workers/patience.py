"""How far the points of one picture are, told now and then: a part that says nothing is taken for stuck."""

import time

from pipelines.classify.features import Tick

POINTS_SECONDS = 5.0  # how often it is told


def slowly(tick: Tick, done: int, count: int, phase: str) -> Tick:
    """Return what takes the ticks of a picture's points. done, count: of pictures, which `tick` is told."""
    told_at = time.monotonic()

    def tell(points: int, of: int, _: str) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= POINTS_SECONDS:
            told_at = time.monotonic()
            tick(done, count, f"{phase}, {points} of {of} points of the next")

    return tell
