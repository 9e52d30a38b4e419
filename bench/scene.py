"""A made scene for test movies: a panning texture, moving sprites, sensor noise, and each frame's number as a barcode."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]

BITS = 24
GRID_COLUMNS, GRID_ROWS = 32, 34  # of cells; the bits lie in one row of them, with a margin on either side
FIRST_COLUMN, BIT_ROW = 4, 1
BLACK, WHITE, MIDDLE, DOUBT = 16, 235, 126, 40  # luma; within DOUBT of MIDDLE a bit is not to be trusted
NOISES = 61  # pictures of noise, used in turn: no divisor of a GOP's length, so GOPs differ
PAN_X_PX, PAN_Y_PX = 2, 1  # a frame
MARGIN_PX = 256  # of the texture around the picture, to pan in
SPRITES, SPRITE_SHARE = 6, 10  # a sprite's side is a tenth of the picture's height


def barcode(picture: Plane) -> int:
    """Read the number of a picture (height, width[, channels]) of 0..255, upright, at any scale.

    Raises ValueError when a bit is neither black nor white.
    """
    height, width = picture.shape[:2]
    top, bottom = _inner(BIT_ROW, height, GRID_ROWS)
    number = 0
    for bit in range(BITS):
        left, right = _inner(FIRST_COLUMN + bit, width, GRID_COLUMNS)
        mean = float(picture[top:bottom, left:right].mean())
        if abs(mean - MIDDLE) < DOUBT:
            raise ValueError(f"bit {bit} of the barcode is neither black nor white: {mean:.0f}")
        number = 2 * number + (mean > MIDDLE)
    return number


def _inner(cell: int, length: int, cells: int) -> tuple[int, int]:
    """Give the middle half of a cell: its edges are blurred by whoever scales or compresses."""
    return int((cell + 0.25) * length / cells), max(1, int((cell + 0.75) * length / cells))


def pictures(width: int, height: int, numbers: Iterator[int], *, noise: int, seed: int) -> Iterator[Plane]:
    """Give a picture for each number: planar Y, U, V (height * 3 / 2, width) uint8, one buffer used again and again.

    noise: the sensor's amplitude in luma steps. The same arguments give the same pictures.
    """
    rng = np.random.default_rng(seed)
    texture = _texture(width + 2 * MARGIN_PX, height + 2 * MARGIN_PX, rng)
    grains = [rng.integers(0, 2 * noise + 1, (height, width), np.uint8) for _ in range(NOISES)]
    sprites = [
        _texture(height // SPRITE_SHARE & ~1, height // SPRITE_SHARE & ~1, rng) for _ in range(SPRITES)
    ]
    picture = np.empty((height * 3 // 2, width), np.uint8)
    for step, number in enumerate(numbers):
        luma, chroma = picture[:height], picture[height:].reshape(2, height // 2, width // 2)
        x, y = _bounce(PAN_X_PX * step, 2 * MARGIN_PX), _bounce(PAN_Y_PX * step, 2 * MARGIN_PX)
        luma[:] = texture[y : y + height, x : x + width]
        chroma[0] = 96 + texture[y // 2 : y // 2 + height // 2, x // 2 : x // 2 + width // 2] // 4
        chroma[1] = 150 - chroma[0] // 4
        for place, sprite in enumerate(sprites):
            _lay(luma, sprite, place, step)
        cv2.add(luma, grains[step % NOISES], dst=luma)
        _write_barcode(luma, number)
        yield picture


def _texture(width: int, height: int, rng: np.random.Generator) -> Plane:
    """Paint noise at several scales (height, width), 40..200: edges and flat parts, as a real scene has."""
    field = np.zeros((height, width), np.float32)
    for grain in (2, 8, 32, 96):
        coarse = rng.standard_normal((height // grain + 2, width // grain + 2)).astype(np.float32)
        field += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * grain**0.4
    field = (field - field.mean()) / field.std()
    painted: Plane = np.clip(120 + 36 * field, 40, 200).astype(np.uint8)
    return painted


def _lay(luma: Plane, sprite: Plane, place: int, step: int) -> None:
    height, width = luma.shape
    side = len(sprite)
    x = _bounce((3 + 2 * place) * step + 97 * place, width - side)
    y = _bounce((2 + place) * step + 61 * place, height - side)
    luma[y : y + side, x : x + side] = 255 - sprite


def _bounce(distance: int, length: int) -> int:
    """Fold a way without end into 0..length."""
    return length - abs(distance % (2 * length) - length)


def _write_barcode(luma: Plane, number: int) -> None:
    height, width = luma.shape
    top, bottom = BIT_ROW * height // GRID_ROWS, (BIT_ROW + 1) * height // GRID_ROWS
    for bit in range(BITS):
        left, right = ((FIRST_COLUMN + bit + k) * width // GRID_COLUMNS for k in (0, 1))
        luma[top:bottom, left:right] = WHITE if number >> (BITS - 1 - bit) & 1 else BLACK
