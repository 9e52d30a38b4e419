"""What `bench classify` classifies: a camera's picture, one of 64 megapixels, and seabeds whose classes are known."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.classify.dataset import Dataset, LabelInfo, LabelledImage
from pipelines.textures import CLASSES, texture_image, texture_points

CAMERA = (3000, 4000)  # rows, columns: 12 megapixels
LARGE = (8000, 8000)  # the most that a picture may have by default
QUALITY = 90
TILE = 1000
POINTS_PER_SEABED = 25
LABELS = tuple(LabelInfo(place + 1, code, code.capitalize()) for place, code in enumerate(CLASSES))

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Order:
    """Pictures, and the points (row, column) to classify in each of them."""

    pictures: list[Path]
    points: list[tuple[int, int]]

    def rows(self) -> list[int]:
        return [row for row, _ in self.points]

    def columns(self) -> list[int]:
        return [column for _, column in self.points]


def photograph(path: Path, size: tuple[int, int], points: int) -> Order:
    """Write a JPEG of mirrored seabeds; return it with so many points anywhere in it."""
    tile, _ = texture_image(1, TILE)
    pair = np.concatenate([tile, tile[:, ::-1]], axis=1)
    four = np.concatenate([pair, pair[::-1]])
    repeats = (-(-size[0] // len(four)), -(-size[1] // len(four)), 1)
    write_jpeg(path, np.tile(four, repeats)[: size[0], : size[1]])
    places = np.random.default_rng(points).integers(0, size, (points, 2))
    return Order([path], [(int(row), int(column)) for row, column in places])


@dataclass(frozen=True, slots=True)
class Seabeds:
    """Pictures on disk with labelled points."""

    folder: Path
    dataset: Dataset

    def path(self, image: LabelledImage) -> Path:
        return self.folder / f"{image.sha256}.png"

    def part(self, which: slice) -> "Seabeds":
        """Return some of them."""
        return Seabeds(self.folder, Dataset(self.dataset.labels, self.dataset.images[which]))


def seabeds(folder: Path, seeds: range) -> Seabeds:
    """Paint seabeds, and label points of each; kept without loss, so that their files say what was painted."""
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(os.cpu_count(), context) as painters:
        images = tuple(painters.map(partial(_seabed, folder), seeds, chunksize=8))
    return Seabeds(folder, Dataset(LABELS, images))


def _seabed(folder: Path, seed: int) -> LabelledImage:
    pixels, classes = texture_image(seed)
    rows, columns = texture_points(seed, POINTS_PER_SEABED)
    _, content = cv2.imencode(".png", pixels[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
    digest = sha256(content.tobytes()).hexdigest()
    (folder / f"{digest}.png").write_bytes(content.tobytes())
    labels = [LABELS[place].id for place in classes[rows, columns].tolist()]
    return LabelledImage(digest, f"{seed}.png", tuple(rows.tolist()), tuple(columns.tolist()), tuple(labels))


def write_jpeg(path: Path, pixels: NDArray[np.uint8]) -> None:
    _, content = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    path.write_bytes(content.tobytes())
