"""What is known of the points that are followed, and what it takes to believe a place."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.track.points import Size, inside
from pipelines.track.precise.anchors import Match, Numbers, Pose
from pipelines.track.status import Status
from pipelines.track.strips import STEADY, Light
from pipelines.track.windows import as_places

HOLDS = 0.82  # of the likeness that a point usually has: under it, it is another thing
FOUND_AGAIN = 0.88  # the same for a point that was lost
_LEAST = 0.4  # likeness under which nothing is proven
_LEAST_AT_FIRST = 0.5
_LOWEST_USUAL = 0.6  # of a point's first likeness: so far its usual one may sink
_FORGETS = 0.05  # share of each new likeness in the usual one
_AT_REST_PX = 0.5  # a longer last step has not arrived
_LONGEST_TURN = 0.12  # change of scale or rotation (radians) in one frame
_LONGEST_TURN_ALIKE = 0.3  # the same for a point that is very alike
_VERY_ALIKE = 0.95  # of the usual likeness
_FLAT = 1.0  # deviation of luma: a window with less shows nothing
_LEAVES_PX = 0.1  # a frame: slower points do not leave
_WAS_FINE = 0.9  # of the usual likeness, on the frame before something came before a point
_SAME_LIGHT = 0.01, 0.5  # factor and addend that make no difference


@dataclass(frozen=True, slots=True)
class Hold:
    """Points (n,): where, how turned, how fast, how alike.

    centres, turns, speeds: complex64, px. likeness: float32, to the slow window; first, usual: what it was at first and is
    as a rule, NaN before. dropped: by how much it fell with the last frame. lost_for: frames. changed_for: frames
    since the seed was last found. light: (n, 2), mean
    and deviation of luma.
    """

    size: Size
    side: int
    status: NDArray[np.uint8]
    centres: NDArray[np.complex64]
    turns: NDArray[np.complex64]
    speeds: NDArray[np.complex64]
    likeness: NDArray[np.float32]
    first: NDArray[np.float32]
    usual: NDArray[np.float32]
    dropped: NDArray[np.float32]
    lost_for: NDArray[np.int64]
    changed_for: NDArray[np.int64]
    light: NDArray[np.float32]

    @classmethod
    def of(cls, count: int, size: Size, side: int) -> "Hold":
        """Give points of which nothing is known yet."""
        centres, turns, speeds = np.zeros((3, count), np.complex64)
        likeness, first, usual, dropped = np.zeros((4, count), np.float32)
        return cls(
            size=size,
            side=side,
            status=np.zeros(count, np.uint8),
            centres=centres,
            turns=turns,
            speeds=speeds,
            likeness=likeness,
            first=first,
            usual=usual,
            dropped=dropped,
            lost_for=np.zeros(count, np.int64),
            changed_for=np.zeros(count, np.int64),
            light=np.ones((count, 2), np.float32),
        )

    @property
    def is_held(self) -> NDArray[np.bool_]:
        return np.less_equal(self.status, Status.UNCERTAIN, dtype=np.bool_)

    def pose(self, which: Numbers) -> Pose:
        return Pose(self.centres[which], self.turns[which])

    def mark(self, which: Numbers, centres: NDArray[np.complex64]) -> None:
        """Put points where a person says they are: what was known of them is of another place."""
        self.centres[which], self.turns[which], self.speeds[which] = centres, 1, 0
        self.first[which] = self.usual[which] = np.nan
        self.likeness[which], self.dropped[which] = 1, 0
        self.lost_for[which] = self.changed_for[which] = 0
        self.status[which] = Status.TRACKED

    def proves(
        self, match: Match, which: Numbers, spread: NDArray[np.float32], share: float
    ) -> NDArray[np.bool_]:
        """Tell which matches are the points themselves: as alike as usual, at rest, not torn, on the picture.

        spread: deviation of luma of the windows. share: of the usual likeness that is wanted.
        """
        wanted = np.nan_to_num(share * self.usual[which], nan=_LEAST_AT_FIRST)
        torn = np.abs(match.pose.turns / self.turns[which] - 1)
        is_like = match.likeness >= _VERY_ALIKE * self.usual[which]
        proven: NDArray[np.bool_] = np.asarray(match.likeness >= np.maximum(wanted, _LEAST))
        proven &= torn < np.where(is_like, _LONGEST_TURN_ALIKE, _LONGEST_TURN)
        proven &= (match.step < _AT_REST_PX) & (spread > _FLAT)
        return proven & inside(as_places(match.pose.centres), self.size)

    def accept(self, which: Numbers, match: Match, good: NDArray[np.bool_]) -> None:
        """Believe the good ones of some matches."""
        which, seen = which[good], match.likeness[good]
        self.move(which, match.pose.centres[good])
        self.turns[which], self.light[which] = match.pose.turns[good], match.light[good]
        self.dropped[which] = self.likeness[which] - seen
        self.likeness[which] = seen
        self.first[which] = np.where(np.isnan(self.first[which]), seen, self.first[which])
        usual = np.where(np.isnan(self.usual[which]), seen, self.usual[which])
        usual = usual + _FORGETS * (seen - usual)
        self.usual[which] = np.maximum(usual, _LOWEST_USUAL * self.first[which])
        self.status[which] = Status.TRACKED

    def move(self, which: Numbers, centres: NDArray[np.complex64]) -> None:
        """Put points at new places; a point that was lost has no speed."""
        steps = centres - self.centres[which]
        self.speeds[which] = np.where(self.lost_for[which] > 0, 0, steps)
        self.centres[which] = centres
        self.lost_for[which] = 0

    def expected(self, point: int) -> float:
        """Give the likeness a point usually has, 1 before any is known."""
        return float(np.nan_to_num(self.usual[point], nan=1))

    def reason(self, point: int) -> Status:
        """Say why a point that was held is so no more."""
        if self._is_leaving(complex(self.centres[point]), complex(self.speeds[point])):
            return Status.OUT_OF_FRAME
        was_fine = self.likeness[point] >= _WAS_FINE * self.usual[point]  # False for one that was never found
        return Status.OCCLUDED if was_fine else Status.LOST

    def _is_leaving(self, place: complex, speed: complex) -> bool:
        """Tell whether a window that touches the picture's edge moves outwards."""
        margin = self.side / 2 + 1
        width, height = self.size
        across = (place.real < margin and speed.real < 0) or (place.real > width - margin and speed.real > 0)
        along = (place.imag < margin and speed.imag < 0) or (place.imag > height - margin and speed.imag > 0)
        return (across or along) and abs(speed) > _LEAVES_PX


def light_between(then: NDArray[np.float32], now: NDArray[np.float32]) -> Light:
    """Give what makes the light of `then` that of `now`, both (n, 2) mean and deviation: the median over the points."""
    if not len(then):
        return STEADY
    factor = float(np.median(now[:, 1] / np.maximum(then[:, 1], 1e-3)))
    addend = float(np.median(now[:, 0] - factor * then[:, 0]))
    is_same = abs(factor - 1) < _SAME_LIGHT[0] and abs(addend) < _SAME_LIGHT[1]
    return STEADY if is_same else (factor, addend)
