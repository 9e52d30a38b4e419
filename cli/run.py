"""`darkroom run`: the work of a job, here and now, without a server."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from cli import exits
from cli.processes import read_settings
from cli.progress import Bar
from cli.submit import plain, read_params
from cli.track_options import Picture, add_track_options, other_inputs, track_marks, track_params
from darkroom.errors import Invalid
from darkroom.kinds import KINDS
from workers.alone import at_work


def declare(parser: argparse.ArgumentParser) -> None:
    kinds = [kind.name for kind in KINDS.values() if len(kind.inputs) == 1]
    parser.add_argument("kind", choices=kinds)
    parser.add_argument("file", type=Path, help="the movie, or the table to analyse")
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
    parser.set_defaults(run=run)


DECLARE: dict[str, Callable[[argparse.ArgumentParser], None]] = {"run": declare}


def run(arguments: argparse.Namespace) -> int:
    """Do the work; print the files that it made, or its values when it made none."""
    if not arguments.file.is_file():
        raise Invalid(f"{arguments.file}: no such file")
    if arguments.kind == "track":
        track_marks(arguments)  # a slip of the pen costs no look into the movie
    raw, kind = read_params(arguments.param), KINDS[arguments.kind]
    files = {kind.inputs[0]: arguments.file, **other_inputs(arguments)}
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
        print(f"darkroom: {made.failure.message}; {made.failure.hint}", file=sys.stderr)
    return exits.OK


def _params(arguments: argparse.Namespace, found: dict[str, Any]) -> dict[str, Any]:
    if arguments.kind != "track":
        return {}
    return plain(track_params(arguments, msgspec.convert(found, Picture)))
