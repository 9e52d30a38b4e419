"""`darkroom run`: the work of a job, here and now, without a server."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from cli import exits
from cli.classify_options import add_classify_options, classify_inputs, classify_params
from cli.processes import read_settings
from cli.progress import Bar
from cli.submit import plain, read_params
from cli.track_options import Picture, add_track_options, other_inputs, track_marks, track_params
from darkroom.errors import Invalid
from darkroom.kinds import KINDS
from workers.alone import at_work


def declare(parser: argparse.ArgumentParser) -> None:
    kinds = [kind.name for kind in KINDS.values() if len(kind.inputs) == 1 and not kind.is_inner]
    parser.add_argument("kind", choices=[*kinds, "classify"])
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="the movie, or the table to analyse; pictures to classify",
    )
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="KEY=JSON",
        help="any parameter of the kind, again and again",
    )
    parser.add_argument(
        "-o", "--out", type=Path, default=Path("out"), metavar="DIR", help="for results (out/)"
    )
    add_track_options(parser)
    add_classify_options(parser)
    parser.set_defaults(run=run)


DECLARE: dict[str, Callable[[argparse.ArgumentParser], None]] = {"run": declare}


def run(arguments: argparse.Namespace) -> int:
    """Do the work; print the files that it made, or its values when it made none."""
    raw, files = read_params(arguments.param), _inputs(arguments)
    _params_so_far(arguments)  # a slip of the pen costs no look into the movie
    with (
        Bar() as bar,
        at_work(
            files,
            arguments.out,
            read_settings(),
            lambda done, total, phase: bar.count(phase, done, total),
        ) as alone,
    ):
        found = alone.probe() if "movie" in files else {}
        if arguments.kind == "probe":
            print(json.dumps(found, indent=2))
            return exits.OK
        made = alone.develop(arguments.kind, _params(arguments, found) | raw, found)
    for name, _ in made.files:
        print((arguments.out / name).resolve())
    if not made.files:
        print(json.dumps(made.summary, indent=2))
    if made.failure is not None:
        told = [text for text in (made.failure.message, made.failure.hint) if text]
        print(f"darkroom: {'; '.join(told)}", file=sys.stderr)
    return exits.OK


def _inputs(arguments: argparse.Namespace) -> dict[str, Path]:
    """Return the files to work on by role. Raises Invalid."""
    if arguments.kind == "classify":
        return classify_inputs(arguments)
    file, *more = arguments.files
    if more:
        raise Invalid(f"{arguments.kind} takes one file, not {len(arguments.files)}")
    if not file.is_file():
        raise Invalid(f"{file}: no such file")
    return {KINDS[arguments.kind].inputs[0]: file, **other_inputs(arguments)}


def _params_so_far(arguments: argparse.Namespace) -> None:
    """Read what the options say of places. Raises Invalid."""
    match arguments.kind:
        case "track":
            track_marks(arguments)
        case "classify":
            classify_params(arguments)


def _params(arguments: argparse.Namespace, found: dict[str, Any]) -> dict[str, Any]:
    match arguments.kind:
        case "track":
            return plain(track_params(arguments, msgspec.convert(found, Picture)))
        case "classify":
            return classify_params(arguments)
        case _:
            return {}
