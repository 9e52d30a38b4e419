"""Find windows again that were seen before, moved, turned, scaled and lit otherwise."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipelines.track.windows import Complex, Samples, grid, normalised, sample, weights
from pipelines.video.picture import Plane

Numbers = NDArray[np.int64]

ITERATIONS = 6
_STILL_PX = 0.004  # a step that is no longer worth another
_SIGMA = 0.7  # of the Gaussian over half a window: its rim may be background
_TERMS = 4  # x, y, and the real and imaginary part of scale and rotation
_LONGEST_STEP_PX = 4.0
_DOUBT = (
    5.0  # variance of a match's noise over that of a step from frame to frame, 0.1 px, in some 20 free pixels
)


class Pose(NamedTuple):
    """Where windows are: centres (n,) complex64 in px; turns (n,) complex64, scale and rotation since they were marked."""

    centres: Complex
    turns: Complex


class Match(NamedTuple):
    """Where windows were found.

    likeness: (n,), -1..1. step: (n,), how long the last step was, in px. light: (n, 2), mean and deviation of luma.
    """

    pose: Pose
    likeness: NDArray[np.float32]
    step: NDArray[np.float32]
    light: NDArray[np.float32]


class Anchors:
    """Windows of n points, with all that can be computed of them in advance.

    Source: Baker & Matthews 2004, inverse compositional alignment, for similarities; gain and bias are projected out.
    """

    def __init__(self, count: int, side: int) -> None:
        self.side = side
        self.pixels = grid(side)
        self.weight = weights(side, _SIGMA)
        self._wide = grid(side + 2)
        self._seen = np.zeros((count, (side + 2) ** 2), np.float32)
        self.mean, self.spread = np.zeros((2, count), np.float32)
        self._firmness = np.zeros((count, 2, 2), np.float32)
        self.windows = np.zeros((count, side * side), np.float32)
        self._rows = np.zeros((count, _TERMS + 1, side * side), np.float32)

    def look(self, luma: Plane, pose: Pose) -> Samples:
        """Read windows (n, (side + 2)^2) with one pixel more on each edge, for `set`."""
        return sample(luma, *pose, self._wide)

    def set(self, which: Numbers, seen: Samples) -> None:
        """Remember windows, as read by `look`, for some points."""
        side = self.side
        wide = seen.reshape(-1, side + 2, side + 2)
        inner = np.ascontiguousarray(wide[:, 1:-1, 1:-1]).reshape(len(seen), -1)
        window, spread = normalised(inner, self.weight)
        slope_x = (wide[:, 1:-1, 2:] - wide[:, 1:-1, :-2]).reshape(len(seen), -1) / (2 * spread[:, None])
        slope_y = (wide[:, 2:, 1:-1] - wide[:, :-2, 1:-1]).reshape(len(seen), -1) / (2 * spread[:, None])
        x, y = self.pixels.real, self.pixels.imag
        steepest = np.stack(
            [slope_x, slope_y, slope_x * x + slope_y * y, slope_y * x - slope_x * y], axis=1
        ).astype(np.float64)
        self._seen[which] = seen
        self.windows[which], self.mean[which], self.spread[which] = window, inner @ self.weight, spread
        self._rows[which], self._firmness[which] = self._solved(window, steepest)

    def blend(self, which: Numbers, seen: Samples, share: float) -> None:
        """Let what is seen, as read by `look`, take a share in some points' windows, in their own light."""
        kept = self._seen[which]
        mean, spread = kept.mean(axis=1, keepdims=True), kept.std(axis=1, keepdims=True)
        lit = (seen - seen.mean(axis=1, keepdims=True)) / np.maximum(seen.std(axis=1, keepdims=True), 1e-3)
        self.set(which, np.asarray(kept + share * (mean + spread * lit - kept), np.float32))

    def _solved(
        self, window: Samples, steepest: NDArray[np.float64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Give the rows (k, 5, m) whose product with a window are the step's terms, and the gain; and the firmness."""
        steepest -= (steepest @ self.weight)[:, :, None]
        alike = np.einsum("ktm,km,m->kt", steepest, window, self.weight)
        steepest -= alike[:, :, None] * window[:, None, :]
        weighted = steepest * self.weight
        hessian = weighted @ steepest.transpose(0, 2, 1)
        floor = 1e-9 + 1e-4 * np.trace(hessian, axis1=1, axis2=2)
        free = np.linalg.solve(hessian[:, 2:, 2:] + 1e-6 * np.eye(2), hessian[:, 2:, :2])
        firmness = hessian[:, :2, :2] - hessian[:, :2, 2:] @ free
        flat = np.zeros_like(hessian)
        flat[:, range(_TERMS), range(_TERMS)] = floor[:, None] * np.array([1e-3, 1e-3, 1, 1])
        rows = np.linalg.solve(hessian + flat, weighted)
        gain = (window * self.weight)[:, None, :]
        return np.concatenate([rows, gain], axis=1).astype(np.float32), firmness.astype(np.float32)

    def likeness(self, luma: Plane, pose: Pose, which: Numbers | slice) -> NDArray[np.float32]:
        """Tell how alike windows at a pose are to those remembered: (k,) float32, -1..1."""
        seen, _ = normalised(sample(luma, *pose, self.pixels), self.weight)
        return np.asarray((seen * self.windows[which]) @ self.weight, np.float32)

    def tempered(self, match: Match, strays: Complex, holding: NDArray[np.float32], which: Numbers) -> Match:
        """Give a match whose places lean towards those of another witness, where the window is too weak to tell.

        strays: (k,) px, by how much the match lies off what the other, which is good from one frame to the next, has
        found. holding: (k,), likeness over what noise alone leaves of it. An edge says nothing of the way along it. Source: the gain of Kalman 1960 for two measurements.
        """
        doubt = _DOUBT * np.maximum(1 - np.square(holding), 0)
        turned = strays / match.pose.turns
        ties = doubt[:, None, None] * np.eye(2, dtype=np.float32)
        share = np.linalg.solve(self._firmness[which] + ties + 1e-6 * np.eye(2), ties)
        lean = (share @ np.stack([turned.real, turned.imag], axis=1)[:, :, None])[:, :, 0]
        centres = match.pose.centres - match.pose.turns * (lean[:, 0] + 1j * lean[:, 1])
        return match._replace(pose=Pose(centres.astype(np.complex64), match.pose.turns))

    def refine(self, luma: Plane, pose: Pose, which: Numbers | slice) -> Match:
        """Find some points' windows on a picture, beginning at a pose some 3 px off or less."""
        rows = self._rows[which]
        centres, turns = pose
        for _ in range(ITERATIONS):
            seen = sample(luma, centres, turns, self.pixels)
            terms = (rows @ seen[:, :, None])[:, :, 0]
            gain = terms[:, _TERMS]
            terms = terms[:, :_TERMS] / np.where(np.abs(gain) < 1e-3, 1e-3, gain)[:, None]
            move, turn = terms[:, 0] + 1j * terms[:, 1], terms[:, 2] + 1j * terms[:, 3]
            move = move * np.minimum(1, _LONGEST_STEP_PX / np.maximum(np.abs(move), 1e-6))
            turn = turn * np.minimum(1, 0.1 / np.maximum(np.abs(turn), 1e-6))
            turns = (turns / (1 + turn)).astype(np.complex64)
            centres = (centres - turns * move).astype(np.complex64)
            step = np.abs(move)
            if step.max() < _STILL_PX:
                break
        mean = seen @ self.weight
        spread = np.sqrt(np.maximum(np.square(seen) @ self.weight - np.square(mean), 1e-6))
        light = np.stack([mean, spread], axis=1)
        return Match(Pose(centres, turns), gain / spread, step.astype(np.float32), light)
