"""Paint textured targets to a small fraction of a pixel, and take a noisy picture of them."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Image = NDArray[Any]  # float32, luma 0..255

_FINE = 4  # a target is painted so many times finer than it is shown: moved in steps of 1/128 px
_MARGIN_PX = 24  # of the wall around the picture: the camera may shake so far
_NOISES = 17  # fields of noise, rolled by the frame's number
_MEAN = 118


class Stage:
    """A wall with targets; paint, then take the picture."""

    def __init__(  # noqa: PLR0917 - what a scene says of its looks
        self,
        width: int,
        height: int,
        targets: int,
        radius: int,
        contrast: float,
        likeness: float,
        noise: float,
    ) -> None:
        rng = np.random.default_rng(2024)
        around = (height + 2 * _MARGIN_PX, width + 2 * _MARGIN_PX)
        self._wall = _MEAN + 22 * contrast * _texture(*around, rng, (2, 7, 24))
        self._elsewhere = 90 + 45 * _texture(height, width, rng, (3, 40, 120))
        side = 2 * _FINE * (radius + 6)
        common = _texture(side, side, rng, _grains())
        inks = [_mixed(common, _texture(side, side, rng, _grains()), likeness) for _ in range(2 * targets)]
        inks = [_MEAN + contrast * (20 + 34 * ink) for ink in inks]
        self._inks, self._other_inks = inks[:targets], inks[targets:]
        self._cover = _MEAN - 20 + 25 * _texture(160, 160, rng, (3, 9))
        self._disc = _disc(side, radius * _FINE)
        self._noise = [noise * rng.standard_normal((height, width), np.float32) for _ in range(_NOISES)]
        self._picture = np.empty((height, width), np.float32)
        self._shots = 0

    def wall(self, shift: complex) -> None:
        """Begin a picture with the bare wall, moved by `shift` px."""
        height, width = self._picture.shape
        if shift == 0:
            self._picture[:] = self._wall[_MARGIN_PX:-_MARGIN_PX, _MARGIN_PX:-_MARGIN_PX]
            return
        matrix = np.array([[1, 0, _MARGIN_PX - shift.real], [0, 1, _MARGIN_PX - shift.imag]])
        self._picture[:] = _warped(self._wall, matrix, (width, height), cv2.INTER_CUBIC)

    def target(self, number: int, place: complex, turn: complex, look: float) -> None:
        """Lay a target on the picture, its centre at `place`, turned and scaled by `turn`.

        look: 0..1, how far it has changed into something else.
        """
        side = len(self._disc)
        reach = int(np.ceil(side / _FINE / 2 * abs(turn))) + 2
        left, top = round(place.real) - reach, round(place.imag) - reach
        inverse = _FINE / turn
        middle = complex(side - 1, side - 1) / 2 + inverse * (complex(left, top) - place)
        matrix = np.array(
            [[inverse.real, -inverse.imag, middle.real], [inverse.imag, inverse.real, middle.imag]]
        )
        size = (2 * reach + 1, 2 * reach + 1)
        shown = (
            (1 - look) * self._inks[number] + look * self._other_inks[number] if look else self._inks[number]
        )
        ink = _warped(shown, matrix, size, cv2.INTER_LINEAR)
        disc = _warped(self._disc, matrix, size, cv2.INTER_LINEAR)
        self._lay(ink, disc, left, top)

    def cover(self, place: complex, side: int) -> None:
        """Lay a square on the picture; NaN: nowhere."""
        if np.isnan(place):
            return
        left, top = round(place.real - side / 2), round(place.imag - side / 2)
        self._lay(self._cover[:side, :side], np.ones((side, side), np.float32), left, top)

    def elsewhere(self, gain: float) -> Plane:
        """Give a picture of another scene."""
        self._picture[:] = self._elsewhere
        return self.taken(gain)

    def taken(self, gain: float) -> Plane:
        """Give the picture as a camera takes it: (height, width) uint8."""
        self._shots += 1
        grain = np.roll(self._noise[self._shots % _NOISES], 37 * self._shots, axis=0)
        return np.asarray(np.clip(self._picture * gain + grain + 0.5, 0, 255), np.uint8)

    def _lay(self, ink: Image, share: Image, left: int, top: int) -> None:
        height, width = self._picture.shape
        rows = slice(max(0, -top), min(len(ink), height - top))
        columns = slice(max(0, -left), min(ink.shape[1], width - left))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return
        ground = self._picture[top + rows.start : top + rows.stop, left + columns.start : left + columns.stop]
        ground += share[rows, columns] * (ink[rows, columns] - ground)


def _grains() -> tuple[int, ...]:
    return tuple(grain * _FINE for grain in (3, 6, 12))


def _texture(height: int, width: int, rng: np.random.Generator, grains: tuple[int, ...]) -> Image:
    """Give noise of spots of several widths (height, width): mean 0, deviation 1."""
    field = np.zeros((height, width), np.float32)
    for grain in grains:
        spots = cv2.GaussianBlur(rng.standard_normal((height, width)).astype(np.float32), (0, 0), grain / 2)
        field += spots / spots.std()
    image: Image = (field - field.mean()) / field.std()
    return image


def _mixed(common: Image, own: Image, likeness: float) -> Image:
    image: Image = np.sqrt(likeness) * common + np.sqrt(1 - likeness) * own
    return image


def _disc(side: int, radius: int) -> Image:
    axis = np.arange(side) - (side - 1) / 2
    solid = (np.hypot(axis[:, None], axis[None, :]) <= radius).astype(np.float32)
    image: Image = cv2.GaussianBlur(solid, (0, 0), 0.6 * _FINE)
    return image


def _warped(image: Image, matrix: NDArray[np.float64], size: tuple[int, int], how: int) -> Image:
    warped: Image = cv2.warpAffine(
        image, matrix, size, flags=how | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    return warped
