"""Small movies, sound and broken, whose frames are known."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from pipelines.synthetic import Truth, write_stem

RATE = Fraction(25)


@pytest.fixture
def write_movie(tmp_path) -> Callable[..., Path]:
    """Give a writer of movies from pictures; returns the path."""

    def write(
        pictures,
        *,
        name="movie.mp4",
        codec="libx264",
        pix_fmt="yuv420p",
        options=None,
        container_options=None,
        pts=None,
        rate=RATE,
        rotate=0,
        full_range=False,
    ) -> Path:
        path = tmp_path / name
        with av.open(path, "w", container_options=container_options or {}) as container:
            stream = container.add_stream(codec, rate=rate, options=options or {})
            stream.height, stream.width = pictures[0].shape[:2]
            stream.pix_fmt = pix_fmt
            stream.codec_context.thread_count = 1
            if full_range:
                stream.codec_context.color_range = 2
            if rotate:
                stream.set_display_rotation(-rotate)
            for index, picture in enumerate(pictures):
                frame = av.VideoFrame.from_ndarray(picture, "rgb24")
                frame.pts, frame.time_base = (pts[index] if pts else index), 1 / rate
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return write


@pytest.fixture
def noise() -> Callable[..., list[np.ndarray]]:
    """Give so many pictures of coarse noise, each another."""

    def pictures(count=12, width=64, height=48, seed=0) -> list[np.ndarray]:
        rng = np.random.default_rng(seed)
        small = rng.integers(0, 255, (count, height // 4 + 1, width // 4 + 1, 3), dtype=np.uint8)
        return [np.kron(p, np.ones((4, 4, 1), np.uint8))[:height, :width].copy() for p in small]

    return pictures


@pytest.fixture
def moving_dot() -> Callable[..., list[np.ndarray]]:
    """Give pictures on which a soft dot goes `step` px to the right on each, from (40, 60)."""

    def pictures(step=3.0, count=12, width=320, height=240) -> list[np.ndarray]:
        ys, xs = np.mgrid[:height, :width].astype(np.float64)

        def picture(index: int) -> np.ndarray:
            dot = np.exp(-((xs - 40 - step * index) ** 2 + (ys - 60) ** 2) / (2 * 5.0**2))
            return np.repeat((30 + 200 * dot).astype(np.uint8)[..., None], 3, axis=2)

        return [picture(index) for index in range(count)]

    return pictures


@pytest.fixture(scope="session")
def stem(tmp_path_factory) -> tuple[Path, Truth]:
    """Give the swaying plant, 40 frames of 320x240, with its truth."""
    path = tmp_path_factory.mktemp("stem") / "stem.mp4"
    return path, write_stem(path, width=320, height=240, frames=40)


@pytest.fixture
def cut_short(tmp_path, write_movie, noise) -> Path:
    """Give an MP4 of 30 frames, index first, of which the last 40 percent of the bytes are missing."""
    whole = write_movie(noise(30), name="whole.mp4", container_options={"movflags": "+faststart"})
    path = tmp_path / "cut.mp4"
    data = whole.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    return path


@pytest.fixture
def still(tmp_path) -> Callable[..., Path]:
    """Give a writer of one-picture files; the suffix says which kind."""

    def write(suffix: str, width=64, height=48) -> Path:
        path = tmp_path / f"still{suffix}"
        cv2.imwrite(str(path), np.zeros((height, width, 3), np.uint8))
        return path

    return write
