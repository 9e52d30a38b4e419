"""Tracks whose numbers are known by construction."""

import numpy as np

from pipelines.track.record import Tracks
from pipelines.track.status import Status


def made(ways, *, fps=10.0, first=0, lost=None, score=None, err=None) -> Tracks:
    """Give a track of these ways (label -> (f, 2) places); lost: label -> frames without a place."""
    places = np.stack([np.asarray(way, np.float64) for way in ways.values()], axis=1)
    count, points = places.shape[:2]
    status = np.full((count, points), Status.TRACKED, np.uint8)
    for label, frames in (lost or {}).items():
        status[np.asarray(frames) - first, list(ways).index(label)] = Status.LOST
    empty = np.full((count, points), np.nan)
    return Tracks(
        frames=np.arange(count) + first,
        seconds=(np.arange(count) + first) / fps,
        labels=tuple(ways),
        places=places,
        status=status,
        err=empty if err is None else err,
        score=empty if score is None else score,
    )


def line(count, *, start=(10.0, 20.0), step=(1.0, 0.0)) -> np.ndarray:
    """Give a way of equal steps, (count, 2) px."""
    return np.asarray(start) + np.arange(count)[:, None] * np.asarray(step)


def still(count, x, y) -> np.ndarray:
    """Give a way that stays where it is."""
    return line(count, start=(x, y), step=(0, 0))


def circumnutation(count=296) -> dict[str, np.ndarray]:
    """Give the points of Plant Tracer's own movie on its 640x480 picture, the apex going straight to where it ends."""
    return {
        "Apex": np.linspace((278, 166), (116, 159), count),
        "Ruler 0mm": still(count, 477, 246),
        "Ruler 10mm": still(count, 479, 198),
    }


def swing(count, period, *, amplitude=5.0, noise=0.0, drift=0.0, phase=0.4, seed=0) -> np.ndarray:
    """Give a way that swings along x about a straight line: periods and drift in frames, lengths in px."""
    at = np.arange(count)
    way = still(count, 200.0, 150.0)
    way[:, 0] += amplitude * np.sin(2 * np.pi * at / period + phase) + drift * at
    return way + np.random.default_rng(seed).normal(0, noise, way.shape)
