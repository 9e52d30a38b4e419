"""`darkroom run`: the work of a job, here and now, without a server."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from cli import exits
from cli.processes import read_settings
from cli.progress import Bar
from cli.track_options import Picture, add_track_options, track_params, track_points
from darkroom.errors import Invalid
from darkroom.settings import Settings
from pipelines.track import track_movie
from pipelines.video import probe


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=["track", "probe"])
    parser.add_argument("file", type=Path, help="the movie")
    parser.add_argument(
        "-o", "--out", type=Path, default=Path("out"), metavar="DIR", help="for results (out/)"
    )
    add_track_options(parser)
    parser.set_defaults(run=run)


DECLARE: dict[str, Callable[[argparse.ArgumentParser], None]] = {"run": declare}


def run(arguments: argparse.Namespace) -> int:
    if not arguments.file.is_file():
        raise Invalid(f"{arguments.file}: no such file")
    settings = read_settings()
    return _probe(arguments, settings) if arguments.kind == "probe" else _track(arguments, settings)


def _probe(arguments: argparse.Namespace, settings: Settings) -> int:
    found = probe(arguments.file, pixels_limit=settings.pixels_limit, frames_limit=settings.frames_limit)
    print(json.dumps(found.as_dict(), indent=2))
    return exits.OK


def _track(arguments: argparse.Namespace, settings: Settings) -> int:
    track_points(arguments)  # a slip of the pen costs no look into the movie
    found = probe(arguments.file, pixels_limit=settings.pixels_limit, frames_limit=settings.frames_limit)
    params = track_params(arguments, Picture(found.width, found.height))
    size = params.points_size
    arguments.out.mkdir(parents=True, exist_ok=True)
    with Bar() as bar:
        summary = track_movie(
            arguments.file,
            [(point.label, point.x, point.y) for point in params.points],
            arguments.out,
            start=params.start,
            end=params.end,
            points_size=None if size is None else (size.width, size.height),
            outputs=params.outputs,
            keep_partial=params.keep_partial,
            tick=lambda done, total, phase: bar.count(phase, done, total),
            pixels_limit=settings.pixels_limit,
            frames_limit=settings.frames_limit,
        )
    for name in summary.files:
        print((arguments.out / name).resolve())
    if summary.partial:
        print(f"the movie broke at frame {summary.broken_at}: {summary.reason}; what came before was kept")
    return exits.OK
