"""Make a time-lapse of a swaying plant whose every point is known by construction."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[Any]  # float32, RGB 0..255: (height, width, 3), or (height, width, 4) with alpha 0..1
Floats = NDArray[np.floating[Any]]

_FINE = 2  # the plant is painted so many times finer than it is shown, and moved there: 1/64 px steps
_STIFF_PX = 0.05  # of the height, around each point: this part moves as one, so its truth is exact
_SWAYS = 1.5  # of the whole plant during the movie
_CRF = "12"  # nearly without loss: the movie tests trackers, not codecs


@dataclass(frozen=True, slots=True)
class Truth:
    """Where the points really are.

    positions: (frames, points, 2) float64, (x, y) in pixels, the centre of the top left pixel is (0, 0).
    """

    labels: tuple[str, ...]
    positions: NDArray[np.float64]
    width: int
    height: int
    fps: Fraction


def write_stem(
    path: Path,
    *,
    width: int = 640,
    height: int = 480,
    frames: int = 120,
    fps: Fraction = Fraction(15),
    seed: int = 1,
) -> Truth:
    """Write an H.264 movie of a plant that sways over a wall; the same arguments give the same movie.

    width and height are even. The points are Apex (the bud), Node (where leaves begin) and Ruler (which rests).
    """
    rng = np.random.default_rng(seed)
    heights = np.array([0.2, 0.5, 0.9]) * height
    places = np.stack([np.array([0.5, 0.5, 0.8]) * width, heights], axis=1)
    wall = _wall(width, height, rng)
    plant = _plant(width, height, places, rng)
    share = _share(np.arange(height) + 0.0, height)
    shifts = _shifts(frames, width)
    with av.open(path, "w", format="mp4", container_options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=fps, options={"preset": "veryfast", "crf": _CRF})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.thread_type, stream.codec_context.thread_count = "FRAME", 2
        for picture in _pictures(wall, plant, share, shifts):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    moved = places[None] + shifts[:, None] * _share(heights, height)[None, :, None]
    return Truth(("Apex", "Node", "Ruler"), moved, width, height, fps)


def _shifts(frames: int, width: int) -> NDArray[np.float64]:
    """Give how far the top has moved on each frame (frames, 2): an ellipse, as circumnutation draws it."""
    phase = np.linspace(0, 2 * np.pi * _SWAYS, frames)
    return np.stack([0.09 * width * np.sin(phase), 0.012 * width * (np.cos(phase) - 1)], axis=1)


def _share(y: Floats, height: int) -> Floats:
    """Give the share of the top's shift that a height takes part in: 1 at the bud, 0 at the root, in flat steps."""
    stiff = _STIFF_PX * height
    knots = [(0.2, 1.0), (0.5, 0.42), (0.85, 0.0)]
    ys = np.array([edge for at, _ in knots for edge in (at * height - stiff, at * height + stiff)])
    shares = np.array([share for _, share in knots for _ in range(2)])
    index = np.clip(np.searchsorted(ys, y) - 1, 0, len(ys) - 2)
    along = np.clip((y - ys[index]) / (ys[index + 1] - ys[index]), 0, 1)
    smooth = along * along * (3 - 2 * along)
    shared: Floats = shares[index] + (shares[index + 1] - shares[index]) * smooth
    return shared


def _pictures(
    wall: Image, plant: Image, share: Floats, shifts: NDArray[np.float64]
) -> Iterator[NDArray[np.uint8]]:
    """Move the plant and lay it over the wall, frame by frame; only the columns that it reaches are worked on."""
    left, right = _reach(plant, shifts)
    xs, ys = np.meshgrid(np.arange(left, right, dtype=np.float64), np.arange(len(wall), dtype=np.float64))
    ground = wall[:, left:right]
    picture = _as_pixels(wall)
    for shift_x, shift_y in shifts:
        from_x = (xs - shift_x * share[:, None] + 0.5) * _FINE - 0.5
        from_y = (ys - shift_y * share[:, None] + 0.5) * _FINE - 0.5
        moved = cv2.remap(plant, from_x.astype(np.float32), from_y.astype(np.float32), cv2.INTER_CUBIC)
        picture[:, left:right] = _as_pixels(ground * (1 - moved[..., 3:]) + moved[..., :3])
        yield picture


def _reach(plant: Image, shifts: NDArray[np.float64]) -> tuple[int, int]:
    """Give the columns (first, behind the last) of the picture that the moving plant may touch."""
    columns = np.flatnonzero(plant[..., 3].any(axis=0)) // _FINE
    left, right = columns[0] + shifts[:, 0].min() - 2, columns[-1] + shifts[:, 0].max() + 3
    return max(0, int(left)), min(plant.shape[1] // _FINE, int(right))


def _as_pixels(image: Image) -> NDArray[np.uint8]:
    return np.clip(image + 0.5, 0, 255).astype(np.uint8)


def _noise(height: int, width: int, rng: np.random.Generator, grain: float) -> Image:
    """Give smooth noise (height, width), mean 0, deviation 1, of spots about `grain` px wide."""
    field = cv2.GaussianBlur(rng.standard_normal((height, width)).astype(np.float32), (0, 0), grain)
    noise: Image = (field - field.mean()) / field.std()
    return noise


def _wall(width: int, height: int, rng: np.random.Generator) -> Image:
    """Paint a plastered wall in the evening, and a table with the ruler's mark."""
    zoom = width / 640
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    wall = np.array([38, 52, 88], np.float32) * (1 - down) + np.array([196, 128, 104], np.float32) * down
    grain = _noise(height, width, rng, 2.0 * zoom) * 5 + _noise(height, width, rng, 14 * zoom) * 6
    wall = np.broadcast_to(wall, (height, width, 3)) + grain[..., None]
    table = int(0.84 * height)
    wood = _noise(height - table, width, rng, 1.6 * zoom) * 9
    wall[table:] = np.array([104, 70, 52], np.float32) + wood[..., None]
    _ruler(wall, zoom)
    painted: Image = wall.astype(np.float32)
    return painted


def _ruler(wall: Image, zoom: float) -> None:
    height, width = wall.shape[:2]
    left, right, top = int(0.62 * width), int(0.98 * width), int(0.87 * height)
    wall[top : int(0.93 * height), left:right] = (236, 214, 150)
    for tick, x in enumerate(np.arange(left + 4, right - 2, 9 * zoom)):
        length = int((16 if tick % 5 == 0 else 9) * zoom)
        cv2.line(wall, (int(x), top), (int(x), top + length), (50, 36, 30), max(1, round(zoom)))
    cross = (round(0.8 * width), round(0.9 * height))
    cv2.drawMarker(wall, cross, (180, 20, 40), cv2.MARKER_CROSS, round(14 * zoom), max(1, round(2 * zoom)))


def _plant(width: int, height: int, places: NDArray[np.float64], rng: np.random.Generator) -> Image:
    """Paint pot, stem, leaves and bud, `_FINE` times finer, colours multiplied by alpha (0..1)."""
    w, h, zoom = width * _FINE, height * _FINE, width / 640 * _FINE
    ink: Image = np.zeros((h, w, 3), np.float32)
    cover: Image = np.zeros((h, w), np.float32)
    apex, node = (tuple(int(c) for c in (place + 0.5) * _FINE) for place in places[:2])
    root = (apex[0], int(0.8 * h))

    def paint(points: NDArray[np.int32], colour: tuple[int, int, int]) -> None:
        cv2.fillPoly(ink, [points], colour, cv2.LINE_AA)
        cv2.fillPoly(cover, [points], 1.0, cv2.LINE_AA)

    paint(_band(apex, root, 7 * zoom, 12 * zoom), (72, 148, 62))
    for side, lift, length in ((-1, 0.35, 120), (1, 0.5, 105), (-1, -0.1, 80), (1, 0.0, 90)):
        paint(_leaf(node, side, lift, length * zoom), (96, 184 + 12 * side, 74))
    paint(_leaf(apex, -1, 0.8, 46 * zoom), (142, 206, 96))
    paint(_leaf(apex, 1, 0.9, 44 * zoom), (130, 198, 84))
    for centre, radius, colour in ((node, 17, (120, 190, 70)), (apex, 19, (244, 120, 156))):
        paint(_disk(centre, radius * zoom), colour)
    paint(_band(root, (root[0], int(0.93 * h)), 44 * zoom, 34 * zoom), (178, 82, 52))
    grain = _noise(h, w, rng, 2.2 * _FINE) * 26 + _noise(h, w, rng, 5 * _FINE) * 12
    ink = cv2.GaussianBlur(np.clip(ink + grain[..., None], 8, 250), (0, 0), 0.5 * _FINE)
    cover = cv2.GaussianBlur(cover, (0, 0), 0.5 * _FINE)[..., None]
    return np.concatenate([ink * cover, cover], axis=2)


def _band(
    top: tuple[int, ...], bottom: tuple[int, ...], top_width: float, bottom_width: float
) -> NDArray[np.int32]:
    return np.array(
        [
            [top[0] - top_width, top[1]],
            [top[0] + top_width, top[1]],
            [bottom[0] + bottom_width, bottom[1]],
            [bottom[0] - bottom_width, bottom[1]],
        ]
    ).astype(np.int32)


def _disk(centre: tuple[int, ...], radius: float) -> NDArray[np.int32]:
    angle = np.linspace(0, 2 * np.pi, 72)
    return (np.stack([np.cos(angle), np.sin(angle)], 1) * radius + centre).astype(np.int32)


def _leaf(base: tuple[int, ...], side: int, lift: float, length: float) -> NDArray[np.int32]:
    """Give a leaf's outline: two arcs from the base to a tip that lies `lift` of its length higher."""
    along = np.linspace(0, 1, 24)
    x = base[0] + side * length * along
    middle = base[1] - lift * length * along + 0.25 * length * along**2
    half = 0.17 * length * np.sin(np.pi * along**0.8)
    upper, lower = np.stack([x, middle - half], 1), np.stack([x, middle + half], 1)
    return np.concatenate([upper, lower[::-1]]).astype(np.int32)
