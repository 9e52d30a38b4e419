"""What a track job's table says, and how far that is from a known motion."""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import hypot
from pathlib import Path
from statistics import median

from msgspec import Struct

from darkroom.params import PictureSize

Place = tuple[float, float]  # (x, y) in source pixels


class Deviation(Struct, frozen=True):
    """How far one point was from the truth, in source pixels, over all frames."""

    label: str
    median_px: float
    worst_px: float


def read_trace(path: Path) -> dict[str, list[Place]]:
    """Return the places of each point, by label, in the order of frames."""
    places_by_label: dict[str, list[Place]] = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            places_by_label[row["label"]].append((float(row["x"]), float(row["y"])))
    return dict(places_by_label)


def compare(trace: Mapping[str, Sequence[Place]], truth: Mapping[str, Sequence[Place]]) -> list[Deviation]:
    """Return each point's deviation. Raises ValueError when the trace lacks frames, KeyError when it lacks a point."""
    return [_deviation(label, _distances(trace[label], places)) for label, places in truth.items()]


def median_of_all(trace: Mapping[str, Sequence[Place]], truth: Mapping[str, Sequence[Place]]) -> float:
    """Return the median distance from the truth, in source pixels, of all points on all frames."""
    return median(d for label, places in truth.items() for d in _distances(trace[label], places))


def to_picture(place: Place, source: PictureSize, picture: PictureSize) -> Place:
    """Return where a place of the source lies on a scaled picture; pixel centres are at whole numbers."""
    x, y = place
    return (
        (x + 0.5) * picture.width / source.width - 0.5,
        (y + 0.5) * picture.height / source.height - 0.5,
    )


def _distances(found: Sequence[Place], true: Sequence[Place]) -> list[float]:
    return [hypot(x - u, y - v) for (x, y), (u, v) in zip(found, true, strict=True)]


def _deviation(label: str, distances: list[float]) -> Deviation:
    return Deviation(label, median(distances), max(distances))
