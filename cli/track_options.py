"""The options of a track job, the same wherever the work is done."""

import argparse
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec import Struct

from cli.points import read_colours, read_corrections, read_points, read_size
from darkroom.errors import Invalid
from darkroom.params import Correction, Point, TrackOutput, TrackParams
from darkroom.pointers import locate

EVERY_OUTPUT = get_args(TrackOutput)
DEFAULT_OUTPUTS = "csv,parquet,movie,analysis"
SIDEWAYS = {90, 270}  # turns after which width and height have changed places


class Picture(Struct, frozen=True):
    """The size in pixels of a movie's upright picture, as its probe found it."""

    width: int
    height: int

    def turned(self, rotation: int) -> "Picture":
        """Return the size of the picture turned clockwise by so many degrees."""
        return Picture(self.height, self.width) if rotation in SIDEWAYS else self


def add_points(parser: argparse.ArgumentParser, size_default: str) -> None:
    parser.add_argument(
        "--points", metavar="POINTS", help="'Apex:278,166;Base:10,20', or x,y;x,y for P1, P2 …"
    )
    parser.add_argument(
        "--points-size",
        metavar="SIZE",
        default=size_default,
        help=f"on which picture points were marked: source, analysis or WIDTHxHEIGHT ({size_default} if not said)",
    )


def add_track_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("track")
    add_points(parser, "source")
    group.add_argument(
        "--start", type=int, default=0, metavar="FRAME", help="first frame, where points were marked"
    )
    group.add_argument(
        "--end", type=int, metavar="FRAME", help="frame after the last; the movie's end if not said"
    )
    group.add_argument("--mode", default="precise", help="precise (if not said) or baseline")
    group.add_argument(
        "--correct",
        default="",
        metavar="CORRECTIONS",
        help="'Apex@120:301,158;…': where points are on later frames, in pixels as the points",
    )
    group.add_argument(
        "--stabilise", default="none", help="take the camera's shake out, told by: rulers or background"
    )
    group.add_argument(
        "--rotation", type=int, default=0, help="0, 90, 180 or 270 degrees clockwise, before all else"
    )
    group.add_argument("--fpm", type=float, metavar="N", help="frames per minute at which it was taken")
    group.add_argument(
        "--outputs", default=DEFAULT_OUTPUTS, metavar="NAMES", help="some of " + ",".join(EVERY_OUTPUT)
    )
    group.add_argument(
        "--keep-partial", action="store_true", help="when decoding breaks, keep what was computed"
    )
    group.add_argument(
        "--earlier", type=Path, metavar="TABLE", help="a track table whose rows before --start are kept"
    )
    group.add_argument(
        "--traced", type=Path, metavar="MOVIE", help="the traced movie of that run, to draw less of it again"
    )
    _add_drawing_options(parser)


def _add_drawing_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("drawing of the traced movie")
    group.add_argument("--style", default="darkroom", help="darkroom (if not said) or planttracer")
    for name, what in (("names", "names of points"), ("scale-bar", "scale bar"), ("clock", "elapsed time")):
        group.add_argument(f"--no-{name}", action="store_true", help=f"draw no {what}")
    group.add_argument(
        "--fps", type=float, metavar="N", help="frames a second; the source's times if not said"
    )
    group.add_argument("--drawing-size", default="source", help="source (if not said) or analysis: 640 px")
    group.add_argument("--first", type=int, metavar="FRAME", help="that the traced movie begins with")
    group.add_argument("--colours", default="", metavar="LABEL=#RRGGBB;…", help="of points")
    group.add_argument("--comment", default="", metavar="TEXT", help="that the traced movie carries")


def track_points(arguments: argparse.Namespace) -> list[Point]:
    """Return the points that the options name. Raises Invalid."""
    if not arguments.points:
        raise Invalid(
            "which points shall be tracked?",
            where="--points",
            hint="say --points 'x,y;x,y', in pixels of the first frame",
        )
    return read_points(arguments.points)


def track_marks(arguments: argparse.Namespace) -> tuple[list[Point], list[Correction]]:
    """Return points and corrections that the options name. Raises Invalid."""
    return track_points(arguments), read_corrections(arguments.correct)


def track_params(arguments: argparse.Namespace, picture: Picture) -> TrackParams:
    """Return the params that the options make for a movie of this size. Raises Invalid."""
    shown = picture.turned(arguments.rotation)
    size = read_size(arguments.points_size, shown.width, shown.height)
    points, corrections = track_marks(arguments)
    raw = {
        "points": msgspec.to_builtins(points),
        "points_size": None if size is None else msgspec.to_builtins(size),
        "start": arguments.start,
        "end": arguments.end,
        "mode": arguments.mode,
        "corrections": msgspec.to_builtins(corrections),
        "stabilise": arguments.stabilise,
        "rotation": arguments.rotation,
        "outputs": [name.strip() for name in arguments.outputs.split(",") if name.strip()],
        "drawing": _drawing(arguments),
        "frames_per_minute": arguments.fpm,
        "keep_partial": arguments.keep_partial,
    }
    try:
        return msgspec.convert(raw, TrackParams)
    except msgspec.ValidationError as error:
        message, pointer = locate(error)
        raise Invalid(message, where=pointer) from error


def other_inputs(arguments: argparse.Namespace) -> dict[str, Path]:
    """Return the files that the options name besides the movie, by role. Raises Invalid for one that is not there."""
    named = {"earlier": arguments.earlier, "traced": arguments.traced}
    files = {role: path for role, path in named.items() if path is not None}
    if files and arguments.kind != "track":
        raise Invalid(f"--{next(iter(files))} is for track only")
    for role, path in files.items():
        if not path.is_file():
            raise Invalid(f"{path}: no such file", where=f"--{role}")
    return files


def _drawing(arguments: argparse.Namespace) -> dict[str, Any]:
    return {
        "style": arguments.style,
        "names": not arguments.no_names,
        "scale_bar": not arguments.no_scale_bar,
        "clock": not arguments.no_clock,
        "fps": arguments.fps,
        "size": arguments.drawing_size,
        "first": arguments.first,
        "comment": arguments.comment,
        "colours": read_colours(arguments.colours),
    }
