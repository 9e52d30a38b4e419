"""Movies whose every marker is known, as Plant Tracer's coordinates tell it."""

import io
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

LONGEST_SIDE = 640  # of the analysis frame, in which all markers are measured
DISK_PX = 24  # radius of what moves


def stored(x: float, y: float, width: int, height: int) -> tuple[float, float]:
    """Turn a place in source px into analysis px with the origin at the lower left."""
    scale = LONGEST_SIDE / max(width, height)
    return (x + 0.5) * scale - 0.5, int(height * scale) - ((y + 0.5) * scale - 0.5)


class Texture:
    """A picture that is known between its pixels too: a sum of waves, so that what moves does so exactly."""

    def __init__(self, seed: int, shortest_px: float, waves: int = 40) -> None:
        rng = np.random.default_rng(seed)
        turn, length = rng.uniform(0, 2 * np.pi, waves), rng.uniform(shortest_px, 4 * shortest_px, waves)
        self.waves = np.stack([np.cos(turn), np.sin(turn)], 1) * (2 * np.pi / length)[:, None]
        self.phases = rng.uniform(0, 2 * np.pi, waves)

    def at(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """Give its brightness, about 20 to 235, at these places in px."""
        angles = xs[..., None] * self.waves[:, 0] + ys[..., None] * self.waves[:, 1] + self.phases
        return (130 + 50 * np.cos(angles).sum(-1) / np.sqrt(len(self.waves))).clip(20, 235)


def scenes(
    places: Sequence[tuple[float, float]],
    width: int = 320,
    height: int = 240,
    gains: Sequence[float] | None = None,
    seed: int = 1,
) -> list[np.ndarray]:
    """Paint a textured disk, centred on each place in turn (source px), on a wall: (height, width, 3) uint8."""
    wall, disk = Texture(seed, 14.0), Texture(seed + 1, 7.0)
    tile = wall.at(*np.meshgrid(np.arange(320), np.arange(240)))
    ground = np.tile(tile, (height // 240 + 1, width // 320 + 1))[:height, :width]
    painted = []
    for (x, y), gain in zip(places, gains or [1.0] * len(places), strict=True):
        left, top = max(0, int(x) - DISK_PX), max(0, int(y) - DISK_PX)
        grey = ground.copy()
        behind = grey[top : int(y) + DISK_PX, left : int(x) + DISK_PX]
        rows, columns = behind.shape
        xs, ys = np.meshgrid(np.arange(columns) + left - x, np.arange(rows) + top - y)
        share = 1 / (1 + np.exp(np.hypot(xs, ys) - DISK_PX + 4))
        behind[:] = behind * (1 - share) + disk.at(xs, ys) * share
        painted.append(np.repeat((grey * gain + 0.5).clip(0, 255).astype(np.uint8)[..., None], 3, axis=2))
    return painted


def line(count: int, step: float, start: tuple[float, float] = (100.0, 120.0)) -> list[tuple[float, float]]:
    """Places along a line, `step` source px to the right per frame."""
    return [(start[0] + step * index, start[1]) for index in range(count)]


def write(
    path: Path,
    pictures: Iterable[np.ndarray],
    *,
    codec: str = "libx264",
    pts: Sequence[int] | None = None,
    rate: int = 25,
    turned: int = 0,
    crf: int = 14,
    pix_fmt: str = "yuv420p",
) -> Path:
    """Write pictures as a movie; `turned` is what its display matrix says, in degrees clockwise."""
    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=rate, options={"preset": "veryfast", "crf": str(crf)})
        stream.pix_fmt = pix_fmt
        stream.codec_context.thread_count = 1
        for index, picture in enumerate(pictures):
            if index == 0:
                stream.height, stream.width = picture.shape[:2]
                if turned:
                    stream.set_display_rotation(-turned)
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = (pts[index] if pts else index), Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def look(movie: bytes) -> tuple[av.video.codeccontext.VideoCodecContext, dict[str, str], list[np.ndarray]]:
    """Return a movie's codec, its metadata and its pictures (height, width, 3) uint8 RGB."""
    with av.open(io.BytesIO(movie)) as container:
        stream = container.streams.video[0]
        shown = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        return stream.codec_context, dict(container.metadata), shown


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Return width and height of a JPEG that can be decoded."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture.shape[1], picture.shape[0]
