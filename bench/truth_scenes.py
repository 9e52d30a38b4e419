"""Made scenes whose every point is known on every frame: discs with a texture, moved over a wall by code."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.truth_paint import Plane, Stage

WIDTH, HEIGHT = 640, 480
RADIUS_PX = 24  # of a target
POINTS = 5
_HOME = np.array([120 + 120j, 320 + 110j, 510 + 150j, 200 + 330j, 430 + 340j])
_COVER_REACH_PX = 110  # from where a cover comes, and to where it goes
_COVER_SPEED_PX = 12
_COVER_SIDE_PX = 68


@dataclass(frozen=True, slots=True)
class Scene:
    """Targets on the move, and what makes them hard to follow.

    paths: (frames, n) complex128, x + iy in px, with `shake` (frames,) in it. turns: (frames, n), scale and rotation.
    gains: (frames,) of the light. covers: (frames, n), where a cover lies, NaN where none. away: (frames,) bool, another
    scene is shown. looks: (frames,) 0..1, how far targets have changed into something else. is_rigid: nothing is ever hidden. is_plain: what the upstream tracker was made for.
    """

    name: str
    paths: NDArray[np.complex128]
    turns: NDArray[np.complex128]
    shake: NDArray[np.complex128]
    gains: NDArray[np.float64]
    covers: NDArray[np.complex128]
    away: NDArray[np.bool_]
    looks: NDArray[np.float64]
    noise: float = 1.0
    contrast: float = 1.0
    likeness: float = 0.0
    crf: int | None = None
    is_rigid: bool = True
    is_plain: bool = False

    @property
    def frames(self) -> int:
        return len(self.paths)

    @property
    def hidden(self) -> NDArray[np.bool_]:
        """Tell (frames, n) where the marked pixel itself cannot be seen."""
        offset = self.paths - self.covers
        covered = np.maximum(np.abs(offset.real), np.abs(offset.imag)) <= _COVER_SIDE_PX / 2
        return covered | self.away[:, None] | (self._nearest_above() < RADIUS_PX)

    @property
    def clear(self) -> NDArray[np.bool_]:
        """Tell (frames, n) where all of the target can be seen."""
        offset = self.paths - self.covers
        edge = _COVER_SIDE_PX / 2 + RADIUS_PX
        covered = np.maximum(np.abs(offset.real), np.abs(offset.imag)) <= edge
        return ~(covered | self.away[:, None] | (self._nearest_above() < 2 * RADIUS_PX))

    def _nearest_above(self) -> NDArray[np.float64]:
        """Give how far (frames, n) the nearest target lies that is painted over this one."""
        apart = np.abs(self.paths[:, :, None] - self.paths[:, None, :])
        below = np.arange(self.paths.shape[1])
        apart[:, below[:, None] >= below[None, :]] = np.inf
        nearest: NDArray[np.float64] = apart.min(axis=2)
        return nearest


def pictures(scene: Scene) -> Iterator[Plane]:
    """Give the luma (height, width) uint8 of each frame; the same scene gives the same pictures."""
    stage = Stage(WIDTH, HEIGHT, scene.paths.shape[1], RADIUS_PX, scene.contrast, scene.likeness, scene.noise)
    for frame in range(scene.frames):
        if scene.away[frame]:
            yield stage.elsewhere(scene.gains[frame])
            continue
        stage.wall(scene.shake[frame])
        for point, (place, turn) in enumerate(zip(scene.paths[frame], scene.turns[frame], strict=True)):
            stage.target(point, place, turn, float(scene.looks[frame]))
        for place in scene.covers[frame]:
            stage.cover(place, _COVER_SIDE_PX)
        yield stage.taken(scene.gains[frame])


def scenes() -> list[Scene]:
    """Give all scenes of the bench."""
    strolling, long = _still(150, _stroll(150)), _still(400, _stroll(400))
    return [
        replace(strolling, name="walk 1-4 px/frame", is_plain=True, noise=0.5),
        replace(_still(500, _slow(500)), name="slow 0.01-0.1 px/frame", is_plain=True, noise=0.5),
        replace(_still(500, _slow(500)), name="slow, noise 3", noise=3),
        replace(long, name="noise 6", noise=6),
        replace(long, name="noise 10", noise=10),
        replace(_still(140, _fast(140)), name="fast, to 30 px/frame"),
        replace(strolling, name="flicker 15 %", gains=_flicker(150)),
        replace(_still(240, _stroll(240)), name="growth and rotation", turns=_growing(240), noise=3),
        _shaken(180),
        replace(strolling, name="changing look", looks=_changing(150), noise=2, is_rigid=False),
        replace(long, name="low texture", contrast=0.12, noise=1.5),
        replace(long, name="compressed, crf 30", noise=3, crf=30),
        replace(long, name="compressed, crf 36", noise=3, crf=36),
        _covered(260),
        _cut(150),
        _crossing(160),
    ]


def _still(frames: int, paths: NDArray[np.complex128]) -> Scene:
    count = paths.shape[1]
    return Scene(
        name="still",
        paths=paths,
        turns=np.ones((frames, count), np.complex128),
        shake=np.zeros(frames, np.complex128),
        gains=np.ones(frames),
        covers=np.full((frames, count), complex(np.nan, np.nan)),
        away=np.zeros(frames, np.bool_),
        looks=np.zeros(frames),
    )


def _slow(frames: int) -> NDArray[np.complex128]:
    speeds = np.array([0.01, 0.02, 0.04, 0.06, 0.1]) * np.exp(1j * np.array([0.3, 1.4, 2.6, -0.8, -2.0]))
    paths: NDArray[np.complex128] = _HOME + np.arange(frames)[:, None] * speeds
    return paths


def _stroll(frames: int) -> NDArray[np.complex128]:
    """Go round in ellipses, at 1 to 4 px a frame."""
    reach, turns_each = np.array([60, 50, 45, 70, 55]), np.array([0.017, 0.025, 0.04, 0.02, -0.03])
    angle = np.arange(frames)[:, None] * turns_each
    paths: NDArray[np.complex128] = _HOME + reach * (np.sin(angle) + 0.6j * (1 - np.cos(angle)))
    return paths


def _fast(frames: int) -> NDArray[np.complex128]:
    """Swing from rest to 14..30 px a frame and back, each in a lane of its own."""
    angle = np.arange(frames)[:, None] * 2 * np.pi / np.array([46, 52, 60, 75, 95])
    lanes = 320 + 1j * np.array([60, 150, 240, 330, 420])
    paths: NDArray[np.complex128] = lanes - 220 * np.cos(angle) + 12j * np.sin(angle)
    return paths


def _flicker(frames: int) -> NDArray[np.float64]:
    return 1 + 0.15 * np.random.default_rng(5).uniform(-1, 1, frames)


def _changing(frames: int) -> NDArray[np.float64]:
    """Turn into something else and back, as a flower that turns does."""
    return np.asarray(0.5 - 0.5 * np.cos(np.linspace(0, 2 * np.pi, frames)), np.float64)


def _growing(frames: int) -> NDArray[np.complex128]:
    time = np.linspace(0, 1, frames)[:, None]
    angle = np.radians([25, -25, 15, -20, 10]) * np.sin(2 * np.pi * time)
    return np.asarray((1 + 0.25 * time) * np.exp(1j * angle), np.complex128)


def _shaken(frames: int) -> Scene:
    """Shake the camera by some px on each frame; the last two points rest on the wall, as rulers do."""
    scene = _still(frames, _slow(frames))
    rng = np.random.default_rng(11)
    shake = np.asarray(2.0 * (rng.standard_normal(frames) + 1j * rng.standard_normal(frames)), np.complex128)
    shake[0] = 0
    resting = scene.paths.copy()
    resting[:, 3:] = resting[0, 3:]
    return replace(scene, name="camera shake", shake=shake, paths=resting + shake[:, None], noise=2)


def _covered(frames: int) -> Scene:
    """Slide a cover over each target; it stays for 10 to 60 frames."""
    scene = _still(frames, _HOME + 0.25 * (_stroll(frames) - _HOME))
    covers = scene.covers.copy()
    slide = _COVER_REACH_PX // _COVER_SPEED_PX
    for point, (begin, stay) in enumerate([(30, 10), (50, 20), (70, 30), (90, 45), (40, 60)]):
        offsets = np.concatenate([np.linspace(-1, 0, slide), np.zeros(stay), np.linspace(0, 1, slide)])
        direction = _COVER_REACH_PX * np.exp(1j * point)
        span = slice(begin, begin + len(offsets))
        covers[span, point] = scene.paths[begin + len(offsets) // 2, point] + offsets * direction
    return replace(scene, name="covered for 10-60 frames", covers=covers, is_rigid=False, noise=2)


def _cut(frames: int) -> Scene:
    """Show another scene for forty frames."""
    away = np.zeros(frames, np.bool_)
    away[70:110] = True
    scene = _still(frames, _HOME + 0.3 * (_stroll(frames) - _HOME))
    return replace(scene, name="scene cut and return", away=away, is_rigid=False, noise=2)


def _crossing(frames: int) -> Scene:
    """Let a target pass over its like, twice: half of their texture is the same."""
    time = np.linspace(-1, 1, frames)
    lanes = [(200j, 150), (212j, -150), (360j, -140), (352j, 140)]
    paths = np.stack([320 + lane + reach * time for lane, reach in lanes], axis=1)
    return replace(_still(frames, paths), name="two alike cross", likeness=0.5, is_rigid=False, noise=2)
