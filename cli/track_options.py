"""The options of a track job, the same wherever the work is done."""

import argparse
from typing import get_args

import msgspec
from msgspec import Struct

from cli.points import read_points, read_size
from darkroom.errors import Invalid
from darkroom.params import Point, TrackOutput, TrackParams

EVERY_OUTPUT = get_args(TrackOutput)


class Picture(Struct, frozen=True):
    """The size in pixels of a movie's upright picture, as its probe found it."""

    width: int
    height: int


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
    group.add_argument(
        "--outputs", default=",".join(EVERY_OUTPUT), metavar="NAMES", help="some of " + ",".join(EVERY_OUTPUT)
    )
    group.add_argument(
        "--keep-partial", action="store_true", help="when decoding breaks, keep what was computed"
    )


def track_points(arguments: argparse.Namespace) -> list[Point]:
    """Return the points that the options name. Raises Invalid."""
    if not arguments.points:
        raise Invalid(
            "which points shall be tracked?",
            where="--points",
            hint="say --points 'x,y;x,y', in pixels of the first frame",
        )
    return read_points(arguments.points)


def track_params(arguments: argparse.Namespace, picture: Picture) -> TrackParams:
    """Return the params that the options make for a movie of this size. Raises Invalid."""
    size = read_size(arguments.points_size, picture.width, picture.height)
    raw = {
        "points": [msgspec.to_builtins(point) for point in track_points(arguments)],
        "points_size": None if size is None else msgspec.to_builtins(size),
        "start": arguments.start,
        "end": arguments.end,
        "outputs": [name.strip() for name in arguments.outputs.split(",") if name.strip()],
        "keep_partial": arguments.keep_partial,
    }
    try:
        return msgspec.convert(raw, TrackParams)
    except msgspec.ValidationError as error:
        raise Invalid(str(error)) from error
