"""`darkroom demo`: a whole Darkroom for a minute, one movie tracked over HTTP, the result shown."""

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from cli import exits
from cli.points import read_points, read_size
from cli.progress import Bar
from cli.submit import fetch, plain, report, upload
from cli.temporary_house import House, temporary_house
from cli.traces import Place, compare, median_of_all, read_trace, to_picture
from cli.track_options import Picture, add_points
from darkroom.errors import Invalid
from darkroom.params import PictureSize, Point, TrackParams
from pipelines.synthetic import Truth, write_stem

FRAMES = 240
ERROR_LIMIT_PX = 0.1  # of the median; the tracker is well below on a movie of known motion
NAMES = {".mp4": "traced movie", ".csv": "table"}
OUTPUTS: list[Any] = ["csv", "movie"]


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--movie", type=Path, help="a movie of yours; without it, one of known motion is made"
    )
    add_points(parser, "analysis")
    parser.add_argument("--out", type=Path, default=Path("out/demo"), metavar="DIR", help="(out/demo)")
    parser.set_defaults(run=run)


DECLARE: dict[str, Callable[[argparse.ArgumentParser], None]] = {"demo": declare}


def run(arguments: argparse.Namespace) -> int:
    """Start everything, track, show, stop everything."""
    points = _points(arguments)
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        return _show(arguments, points)
    finally:
        signal.signal(signal.SIGTERM, before)


def _show(arguments: argparse.Namespace, points: list[Point]) -> int:
    print(
        "starting Darkroom under a temporary directory: API, worker, sweeper, SQLite, folder store",
        flush=True,
    )
    with temporary_house() as house:
        if arguments.movie is not None:
            house.wait_ready()
            status = _track_yours(house, arguments, points)
        else:
            print(f"making a time-lapse of a swaying stem, {FRAMES} frames of 640×480", flush=True)
            movie = house.folder / "stem.mp4"
            truth = write_stem(movie, frames=FRAMES)
            house.wait_ready()
            status = _track_known(house, movie, truth, arguments.out)
        print("stopping everything", flush=True)
    return status


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _points(arguments: argparse.Namespace) -> list[Point]:
    if arguments.movie is None:
        if arguments.points:
            raise Invalid("--points go with --movie: the demo's own movie has points of its own")
        return []
    if not arguments.movie.is_file():
        raise Invalid(f"{arguments.movie}: no such file")
    if not arguments.points:
        raise Invalid(
            "which points of your movie shall be tracked?",
            hint="make demo MOVIE=path POINTS='x,y;x,y', marked on the first frame shown with its longer side "
            "640 px wide; SIZE=source if in the movie's own pixels",
        )
    return read_points(arguments.points)


def _track_known(house: House, movie: Path, truth: Truth, out_dir: Path) -> int:
    """Track the movie of known motion; succeed when the median error is small."""
    places = {
        label: [(float(x), float(y)) for x, y in truth.positions[:, row]]
        for row, label in enumerate(truth.labels)
    }
    points = [Point(label, *places[label][0]) for label in truth.labels]
    status, paths, _ = _track(house, movie, out_dir, lambda picture: TrackParams(points, outputs=OUTPUTS))
    if status != exits.OK:
        return status
    trace = read_trace(_table_among(paths))
    table = Table("point", "median error", "worst error", box=None, pad_edge=False)
    for deviation in compare(trace, places):
        table.add_row(deviation.label, f"{deviation.median_px:.4f} px", f"{deviation.worst_px:.4f} px")
    Console().print(table)
    error_px = median_of_all(trace, places)
    print(f"median error against the known motion: {error_px:.4f} px (limit {ERROR_LIMIT_PX} px)")
    return exits.OK if error_px < ERROR_LIMIT_PX else exits.FAILED


def _track_yours(house: House, arguments: argparse.Namespace, points: list[Point]) -> int:
    """Track a user's movie; tell how points were scaled, and where they ended."""

    def order(picture: Picture) -> TrackParams:
        size = read_size(arguments.points_size, picture.width, picture.height)
        print(scaling(arguments.points_size, size, picture), flush=True)
        return TrackParams(points, points_size=size, outputs=OUTPUTS)

    status, paths, picture = _track(house, arguments.movie, arguments.out, order)
    if status == exits.OK:
        size = read_size(arguments.points_size, picture.width, picture.height)
        Console().print(_last_places(read_trace(_table_among(paths)), picture, size))
    return status


def _track(
    house: House, movie: Path, out_dir: Path, order: Callable[[Picture], TrackParams]
) -> tuple[int, list[Path], Picture]:
    with house.client() as client, Bar() as bar:
        record = upload(client, bar, movie)
        picture = msgspec.convert(record.probe, Picture)
        job = client.submit("track", {"movie": record.id}, plain(order(picture)))
        job = client.wait(job, bar.job)
        paths = fetch(client, bar, job, out_dir)
    for path in paths:
        print(f"{NAMES.get(path.suffix, 'file')}: {path.resolve()}")
    return report(job, []), paths, picture


def scaling(written: str, size: PictureSize | None, picture: Picture) -> str:
    """Return the sentence that tells on which picture points were marked."""
    source = f"{picture.width}×{picture.height} source"
    if size is None:
        return f"points were marked on the {source}"
    named = "analysis picture (longest side 640 px)" if written == "analysis" else "picture"
    factor = f"×{picture.width / size.width:.4g}"
    if abs(picture.width / size.width - picture.height / size.height) > 1e-3:
        factor += f" across and ×{picture.height / size.height:.4g} down"
    return f"points were marked on the {size.width}×{size.height} {named}; scaled {factor} to the {source}"


def _last_places(trace: dict[str, list[Place]], picture: Picture, size: PictureSize | None) -> Table:
    source = PictureSize(picture.width, picture.height)
    marked = size or source
    table = Table(
        "point",
        f"last place, {source.width}×{source.height} source",
        f"on the {marked.width}×{marked.height} picture",
        box=None,
        pad_edge=False,
    )
    for label, places in trace.items():
        x, y = places[-1]
        u, v = to_picture((x, y), source, marked)
        table.add_row(label, f"({x:.2f}, {y:.2f})", f"({u:.2f}, {v:.2f})")
    return table


def _table_among(paths: list[Path]) -> Path:
    return next(path for path in paths if path.suffix == ".csv")
