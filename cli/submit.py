"""`darkroom submit`: upload, order, wait, download, in one line."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from cli import exits
from cli.progress import Bar
from cli.server import connect
from cli.track_options import Picture, add_track_options, other_inputs, track_marks, track_params
from darkroom.client import Client
from darkroom.client_answers import Job, Media
from darkroom.client_files import Tell
from darkroom.errors import Invalid
from darkroom.jobs import JobState
from darkroom.kinds import KINDS
from darkroom.params import TrackParams


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", help="track, probe, drill, or another kind that the server knows")
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        help="the movie, or the table to analyse; kinds without an input take none",
    )
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="KEY=JSON",
        help="any parameter of the kind, again and again",
    )
    parser.add_argument("--seconds", type=float, help="of a drill: how long it takes")
    parser.add_argument("--priority", type=int, default=0, help="-100 to 100; higher goes first")
    parser.add_argument("--no-reuse", action="store_true", help="compute even what was computed before")
    parser.add_argument("--detach", action="store_true", help="print the job's id and leave")
    parser.add_argument(
        "-o", "--out", type=Path, default=Path("out"), metavar="DIR", help="for results (out/)"
    )
    add_track_options(parser)
    parser.set_defaults(run=run)


DECLARE: dict[str, Callable[[argparse.ArgumentParser], None]] = {"submit": declare}


def run(arguments: argparse.Namespace) -> int:
    """Send a job; unless detached, wait for it and fetch its files."""
    extra = read_params(arguments.param)
    if arguments.file is not None and not arguments.file.is_file():
        raise Invalid(f"{arguments.file}: no such file")
    with connect() as client, Bar() as bar:
        job = _order(client, bar, arguments, extra)
        if arguments.detach:
            print(job.id)
            return exits.OK
        job = follow(client, bar, job)
        paths = fetch(client, bar, job, arguments.out)
    return report(job, paths)


def follow(client: Client, bar: Bar, job: Job) -> Job:
    """Return a job of ours once it has ended; who leaves before is told how to come back to it."""
    print(f"job {job.id}", file=sys.stderr)
    try:
        return client.wait(job, bar.job)
    except KeyboardInterrupt:
        print(f"job {job.id} goes on: darkroom wait {job.id}, or darkroom cancel {job.id}", file=sys.stderr)
        raise


def read_params(written: list[str]) -> dict[str, Any]:
    """Return parameters from KEY=JSON; what is no JSON is text. Raises Invalid."""
    params: dict[str, Any] = {}
    for item in written:
        name, equals, text = item.partition("=")
        if not equals or not name:
            raise Invalid(
                f"{item!r} is no parameter", where="--param", hint="write KEY=JSON, as in seconds=2.5"
            )
        try:
            params[name] = msgspec.json.decode(text)
        except msgspec.DecodeError:
            params[name] = text
    return params


def fetch(client: Client, bar: Bar, job: Job, out_dir: Path) -> list[Path]:
    """Download the files of a job's result, if it has one."""
    if not job.has_result():
        return []
    return client.download(job, out_dir, lambda done, total: bar.bytes("download", done, total))


def report(job: Job, paths: list[Path]) -> int:
    """Print where the files lie, or why there are none; return the exit status."""
    for path in paths:
        print(path.resolve())
    if job.state is JobState.SUCCEEDED:
        return exits.OK
    reason = f": {job.failure.message}" if job.failure else ""
    print(f"darkroom: job {job.id} ended as {job.state.value}{reason}", file=sys.stderr)
    if job.failure and job.failure.hint:
        print(f"          {job.failure.hint}", file=sys.stderr)
    return exits.OK if job.state is JobState.PARTIAL else exits.FAILED


def plain(params: TrackParams) -> dict[str, Any]:
    """Return params as the API takes them: the kind stands beside them, not within."""
    return {name: value for name, value in msgspec.to_builtins(params).items() if name != "kind"}


def upload(client: Client, bar: Bar, path: Path) -> Media:
    """Send a movie and have it looked into. Raises Invalid when it is none."""
    record = client.upload(path, progress=_uploading(bar))
    bar.count("probe", 0, 0)
    record = client.probed(record.id)
    if record.state != "ready":
        failure = record.failure
        raise Invalid(
            f"{path}: {failure.message if failure else 'cannot be used'}",
            hint=failure.hint if failure else None,
        )
    return record


def _uploading(bar: Bar) -> Tell:
    return lambda done, total: bar.bytes("upload", done, total)


def _send(client: Client, bar: Bar, arguments: argparse.Namespace) -> tuple[str, Media]:
    """Send the file, and return its role: what is no movie is not waited for until it was looked into."""
    kind = KINDS.get(arguments.kind)
    role = kind.inputs[0] if kind is not None and kind.inputs else "movie"
    if role == "movie":
        return role, upload(client, bar, arguments.file)
    return role, client.upload(arguments.file, progress=_uploading(bar))


def _order(client: Client, bar: Bar, arguments: argparse.Namespace, extra: dict[str, Any]) -> Job:
    params = extra
    others = other_inputs(arguments)
    if arguments.kind == "track":
        track_marks(arguments)  # a slip of the pen costs no upload
    inputs = {}
    if arguments.file is not None:
        role, record = _send(client, bar, arguments)
        inputs = {role: record.id} | {
            name: client.upload(path, progress=_uploading(bar)).id for name, path in others.items()
        }
        if arguments.kind == "track":
            picture = msgspec.convert(record.probe, Picture)
            params = {**plain(track_params(arguments, picture)), **extra}
    if arguments.seconds is not None:
        params = {"seconds": arguments.seconds, **params}
    return client.submit(
        arguments.kind, inputs, params, priority=arguments.priority, reuse=not arguments.no_reuse
    )
