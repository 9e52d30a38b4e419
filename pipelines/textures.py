"""Make pictures of seabeds that never were, whose class is known at every pixel."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

CLASSES = ("crust", "ripples", "meander", "cells", "spots", "branching", "turf", "rubble")
Field = NDArray[np.float32]  # (size, size), of relief: 0 low and dark, 1 high and bright
_REGIONS = (5, 9)  # patches of one class in a picture of 768 x 768 pixels
_USUAL_SIDE_PX = 768
# Dark and bright colour of each class, RGB 0..1. They overlap on purpose: colour alone shall not tell the classes.
_PALETTES = np.array(
    [
        [(0.36, 0.22, 0.30), (0.78, 0.56, 0.62)],
        [(0.44, 0.38, 0.28), (0.84, 0.78, 0.64)],
        [(0.28, 0.26, 0.16), (0.70, 0.64, 0.40)],
        [(0.34, 0.24, 0.18), (0.78, 0.66, 0.46)],
        [(0.30, 0.28, 0.24), (0.82, 0.74, 0.58)],
        [(0.22, 0.20, 0.18), (0.80, 0.68, 0.50)],
        [(0.16, 0.22, 0.12), (0.60, 0.64, 0.36)],
        [(0.30, 0.28, 0.26), (0.74, 0.70, 0.62)],
    ],
    np.float32,
)
_PALETTE_JITTER = 0.11  # about as much as palettes differ


def texture_image(seed: int, size: int = _USUAL_SIDE_PX) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the pixels (size, size, 3) uint8 RGB, and the class of each (size, size) uint8, an index into CLASSES.

    Regions of several classes meet at crooked borders. Scale, rotation, water colour, light, haze, focus, noise and
    JPEG quality differ from picture to picture. Equal arguments give equal pictures.
    """
    rng = np.random.default_rng([seed, size])
    classes = _mosaic(size, rng)
    scale = float(rng.uniform(0.65, 1.5))
    scene = np.empty((size, size, 3), np.float32)
    for index in np.unique(classes):
        here = classes == index
        scene[here] = _paint(_TEXTURES[index](size, scale, rng), _PALETTES[index], rng)[here]
    return _photograph(scene, rng), classes


def texture_points(
    seed: int, count: int, size: int = _USUAL_SIDE_PX
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the rows and the columns of so many distinct pixels, each (count,) int32, in order."""
    places = np.sort(np.random.default_rng([seed, size, count]).choice(size * size, count, replace=False))
    return (places // size).astype(np.int32), (places % size).astype(np.int32)


def _mosaic(size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the class of each pixel: Voronoi cells of a few sites, seen through a crooked glass."""
    area = (size / _USUAL_SIDE_PX) ** 2
    count = max(2, round(float(rng.integers(*_REGIONS, endpoint=True)) * area))
    sites = rng.uniform(0, size, (count, 2)).astype(np.float32)
    chosen = rng.integers(0, len(CLASSES), count).astype(np.uint8)
    rows, columns = _grid(size)
    rows = rows + 14 * _noise(size, 60, rng)
    columns = columns + 14 * _noise(size, 60, rng)
    distances = np.stack([(rows - row) ** 2 + (columns - column) ** 2 for row, column in sites])
    classes: NDArray[np.uint8] = chosen[np.argmin(distances, axis=0)]
    return classes


def _grid(size: int) -> tuple[Field, Field]:
    rows, columns = np.mgrid[:size, :size].astype(np.float32)
    return rows, columns


def _noise(size: int, grain: float, rng: np.random.Generator) -> Field:
    """Return smooth noise, mean 0, deviation 1, of spots about `grain` pixels wide."""
    cells = int(np.ceil(size / grain)) + 3
    small = rng.standard_normal((cells, cells)).astype(np.float32)
    shift = rng.uniform(0, 1, 2)
    from_row = (np.arange(size, dtype=np.float32) / grain + shift[0] + 0.5).astype(np.float32)
    from_column = (np.arange(size, dtype=np.float32) / grain + shift[1] + 0.5).astype(np.float32)
    columns, rows = np.meshgrid(from_column, from_row)
    field = cv2.remap(small, columns, rows, cv2.INTER_CUBIC)
    deviation = max(float(field.std()), 1e-3)
    noise: Field = ((field - field.mean()) / deviation).astype(np.float32)
    return noise


def _rocks(size: int, spacing: float, rng: np.random.Generator) -> tuple[Field, NDArray[np.int32]]:
    """Return the distance of each pixel to the border of its Voronoi cell, and the cell's number."""
    side = np.arange(0, size + spacing, spacing)
    rows, columns = np.meshgrid(side, side, indexing="ij")
    sites = np.stack([rows, columns], axis=-1).reshape(-1, 2)
    sites = np.clip(sites + rng.uniform(-0.45, 0.45, sites.shape) * spacing, 0, size - 1).astype(int)
    ground = np.ones((size, size), np.uint8)
    ground[sites[:, 0], sites[:, 1]] = 0
    _, cells = cv2.distanceTransformWithLabels(ground, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    inside = np.ones((size, size), np.uint8)
    inside[:, 1:] &= cells[:, 1:] == cells[:, :-1]
    inside[1:] &= cells[1:] == cells[:-1]
    return cv2.distanceTransform(inside, cv2.DIST_L2, 3), cells  # type: ignore[return-value]


def _step(field: Field, low: float, high: float) -> Field:
    """Return 0 below `low`, 1 above `high`, and a smooth step between."""
    along = np.clip((field - low) / (high - low), 0, 1)
    step: Field = (along * along * (3 - 2 * along)).astype(np.float32)
    return step


def _crust(size: int, scale: float, rng: np.random.Generator) -> Field:
    """1/f noise: every octave as wide as the one before is strong."""
    octaves = [(2.5, 0.16), (5, 0.22), (10, 0.32), (20, 0.45), (40, 0.6), (80, 0.8)]
    summed = sum(weight * _noise(size, grain * scale, rng) for grain, weight in octaves)
    return _step(np.asarray(summed, np.float32), -2.6, 2.6)


def _ripples(size: int, scale: float, rng: np.random.Generator) -> Field:
    """Waves of sand in one direction, that bend and fork a little, under grains."""
    angle = rng.uniform(0, np.pi)
    rows, columns = _grid(size)
    along = np.cos(angle) * rows + np.sin(angle) * columns + 7 * scale * _noise(size, 70 * scale, rng)
    period = rng.uniform(20, 30) * scale
    wave = 0.5 + 0.34 * np.sin(2 * np.pi * along / period)
    return np.asarray(np.clip(wave + 0.07 * _noise(size, 2 * scale, rng), 0, 1), np.float32)


def _meander(size: int, scale: float, rng: np.random.Generator) -> Field:
    """Ridges and valleys of a brain coral: noise of one width, pressed to two heights."""
    grain = rng.uniform(9, 13) * scale
    band = _noise(size, grain, rng) + _noise(size, grain, rng)
    band = band - cv2.GaussianBlur(band, (0, 0), grain)
    return _step(np.abs(band).astype(np.float32), 0.12, 0.95)


def _cells(size: int, scale: float, rng: np.random.Generator) -> Field:
    """Corallites: cells with bright walls and a dark middle."""
    spacing = rng.uniform(22, 32) * scale
    depth, _ = _rocks(size, spacing, rng)
    walls = 1 - _step(depth, 1.5 * scale, 0.36 * spacing)
    return np.asarray(np.clip(0.15 + 0.75 * walls + 0.05 * _noise(size, 3 * scale, rng), 0, 1), np.float32)


def _spots(size: int, scale: float, rng: np.random.Generator) -> Field:
    """Bright polyps scattered on a darker ground."""
    spacing = rng.uniform(20, 30) * scale
    sites = rng.uniform(0, size, (int((size / spacing) ** 2), 2))
    field = np.zeros((size, size), np.float32)
    for row, column in sites:
        radius = rng.uniform(0.14, 0.3) * spacing
        cv2.circle(
            field, (int(column), int(row)), max(1, round(radius)), float(rng.uniform(0.6, 1)), -1, cv2.LINE_AA
        )
    soft = cv2.GaussianBlur(field, (0, 0), 1.2 * scale)
    ground = 0.22 + 0.09 * _noise(size, 12 * scale, rng)
    return np.asarray(np.clip(np.maximum(soft, ground), 0, 1), np.float32)


def _branching(size: int, scale: float, rng: np.random.Generator) -> Field:
    """Fingers of staghorn that fork, the upper ones over the lower."""
    field = np.full((size, size), 0.12, np.float32)
    bushes = int(1.1 * (size / (60 * scale)) ** 2) + 4
    for depth in np.sort(rng.uniform(0.35, 1, bushes)):
        tips = [(rng.uniform(0, size, 2), rng.uniform(0, 2 * np.pi), 6.5 * scale)]
        for _ in range(3):
            tips = [grown for tip in tips for grown in _fork(field, tip, float(depth), scale, rng)]
    return np.asarray(np.clip(field + 0.04 * _noise(size, 3 * scale, rng), 0, 1), np.float32)


_Tip = tuple[NDArray[np.float64], float, float]  # where it is, whither it grows, how thick it is


def _fork(field: Field, tip: _Tip, bright: float, scale: float, rng: np.random.Generator) -> list[_Tip]:
    """Draw one finger, dark at its edges, and return the two that grow from its end."""
    start, angle, width = tip
    end = start + rng.uniform(20, 34) * scale * np.array([np.cos(angle), np.sin(angle)])
    ends = [tuple(int(value * 16) for value in place[::-1]) for place in (start, end)]
    for share, light in ((1.5, 0.35), (1.0, 0.75), (0.45, 1.0)):
        thick = max(1, round(width * share))
        cv2.line(field, ends[0], ends[1], bright * light, thick, cv2.LINE_AA, 4)
    turn = rng.uniform(0.3, 0.7, 2)
    return [(end, angle + turn[0], width * 0.82), (end, angle - turn[1], width * 0.82)]


def _turf(size: int, scale: float, rng: np.random.Generator) -> Field:
    """Short blades of algae that lean this way here and that way there."""
    field = np.full((size, size), 0.3, np.float32)
    lean = _noise(size, 45 * scale, rng)
    count = int(size * size / (22 * scale * scale))
    places = rng.uniform(0, size, (count, 2))
    lengths = rng.uniform(6, 13, count) * scale
    lights = rng.uniform(0.05, 1, count)
    jitters = rng.normal(0, 0.35, count)
    for (row, column), length, light, jitter in zip(places, lengths, lights, jitters, strict=True):
        angle = 1.3 * lean[int(row), int(column)] + jitter
        end = (int(column + length * np.cos(angle)), int(row + length * np.sin(angle)))
        cv2.line(field, (int(column), int(row)), end, float(light), 1)
    return cv2.GaussianBlur(field, (0, 0), 0.7 * scale)  # type: ignore[return-value]


def _rubble(size: int, scale: float, rng: np.random.Generator) -> Field:
    """Broken pieces of every shade, with dark gaps between them."""
    spacing = rng.uniform(24, 38) * scale
    depth, cells = _rocks(size, spacing, rng)
    shades = rng.uniform(0.35, 1, int(cells.max()) + 1).astype(np.float32)
    stones = shades[cells] * (0.25 + 0.75 * _step(depth, 0.5, 0.22 * spacing))
    return np.asarray(np.clip(stones + 0.06 * _noise(size, 4 * scale, rng), 0, 1), np.float32)


_TEXTURES: tuple[Callable[[int, float, np.random.Generator], Field], ...] = (
    _crust, _ripples, _meander, _cells, _spots, _branching, _turf, _rubble,
)  # fmt: skip


def _paint(field: Field, palette: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return (size, size, 3): the relief in the class's colours, which differ a little from picture to picture."""
    dark, bright = palette + rng.normal(0, _PALETTE_JITTER, palette.shape).astype(np.float32)
    return np.asarray(dark + field[..., None] * (bright - dark), np.float32)


def _photograph(scene: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return what a diver's camera makes of it: water, slanting light, gamma, haze, blur, noise and JPEG."""
    size = len(scene)
    water = np.array([rng.uniform(0.35, 1.05), rng.uniform(0.8, 1.05), rng.uniform(0.8, 1.1)], np.float32)
    rows, columns = _grid(size)
    angle, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.45)
    light = 1 + slope * ((rows - size / 2) * np.cos(angle) + (columns - size / 2) * np.sin(angle)) / size
    seen = np.clip(scene * water * light[..., None] * rng.uniform(0.75, 1.15), 0, 1) ** rng.uniform(
        0.75, 1.35
    )
    haze, veil = rng.uniform(0, 0.35), np.array([0.25, 0.48, 0.55], np.float32)
    seen = seen * (1 - haze) + veil * haze
    if (blur := rng.uniform(0, 1.6)) > 0.2:
        seen = cv2.GaussianBlur(seen, (0, 0), blur)
    seen = seen + rng.normal(0, rng.uniform(0.004, 0.025), seen.shape).astype(np.float32)
    pixels = np.clip(seen * 255 + 0.5, 0, 255).astype(np.uint8)
    return _through_jpeg(pixels, int(rng.integers(60, 96)))


def _through_jpeg(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    _, content = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    back = cv2.imdecode(content, cv2.IMREAD_COLOR_RGB)
    if back is None:
        raise RuntimeError("OpenCV could not read the JPEG that it wrote")
    return back.astype(np.uint8, copy=False)
