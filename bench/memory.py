"""The most memory that each kind of job holds, on a movie of one minute and on one of ten."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from bench.cost import Clock, fresh
from bench.movies import MOVIES
from bench.rows import Row
from bench.shelf import Shelf
from darkroom.jobs import Input
from darkroom.kinds import KINDS
from darkroom.settings import Settings
from storage import blobs as stores
from workers.actors.table import ACTORS
from workers.movies import Movies
from workers.networks import Networks
from workers.work import Work

SHORT, LONG = "minute", "ten-minutes"
SPREAD = 0.1  # of the short movie's memory, up or down
MB = 1_000_000
EDGE = 15  # frames left off at either end, so that a cut falls into a GOP


def orders(frames: int) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return what is ordered of a movie of so many frames, by title: its kind, and its params."""
    most = {"ranges": [{"start": EDGE, "end": frames - EDGE}]}
    return {
        "probe": ("probe", {}),
        "frames, ten scattered": ("frames", {"frames": list(range(EDGE, frames, frames // 10))}),
        "frames, a contact sheet of 48": ("frames", {"count": 48, "layout": "contact", "width": 160}),
        "thumbnail": ("thumbnail", {}),
        "clip, copy": ("clip", most | {"mode": "copy"}),
        "clip, smart": ("clip", most | {"mode": "smart"}),
        "clip, exact": ("clip", most | {"mode": "exact"}),
        "rotate, metadata": ("rotate", {"rotation": 90, "method": "metadata"}),
        "rotate, pixels": ("rotate", {"rotation": 90, "method": "pixels"}),
        "transcode": ("transcode", {"heights": [180], "preset": "ultrafast"}),
        "track": ("track", {"points": [{"label": "P1", "x": 320, "y": 180}]}),
    }


def run() -> Iterator[Row]:
    """Do the work of each kind in a fresh process, as one part, with the movie in a folder."""
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder:
        shelf = Shelf(Settings(data_dir=folder), (SHORT, LONG))
        for title in orders(1000):
            short, long = (peak(shelf, name, title) for name in (SHORT, LONG))
            ratio = long / short
            told = f"within {SPREAD:.0%}"
            yield Row(
                f"memory, {title}: 10 minutes vs 1",
                f"{long / MB:.0f} MB",
                f"{short / MB:.0f} MB",
                ratio,
                told,
                abs(ratio - 1) <= SPREAD,
            )


def peak(shelf: Shelf, name: str, title: str) -> int:
    """Return the peak in bytes of a process that does this."""
    kind, params = orders(MOVIES[name].frames)[title]
    return fresh(attempt, shelf, name, kind, params).peak_bytes


def attempt(clock: Clock, shelf: Shelf, name: str, kind: str, params: dict[str, Any]) -> None:
    """Do what a worker's child does with a part."""
    place, store = shelf.place(name), stores.connect(shelf.settings)
    movies = Movies(store, place.settings)
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as scratch:
        work = Work(
            params=msgspec.convert(params, KINDS[kind].params),
            inputs={"movie": Input("movie", 1, place.sha256)},
            part=0,
            scratch=Path(scratch) / "attempt",
            blobs=store,
            settings=place.settings,
            tick=ignore,
            movies=movies,
            networks=Networks(place.settings),
        )
        ACTORS[kind](work)
    movies.close()


def ignore(done: int, total: int, phase: str = "") -> None:
    """Take a tick that nobody waits for."""
