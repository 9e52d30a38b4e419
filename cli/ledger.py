"""The verbs about jobs that the server knows already: jobs, show, wait, cancel, rerun."""

import argparse
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cli import exits
from cli.progress import Bar
from cli.server import connect
from cli.submit import fetch, read_params, report
from darkroom.client_answers import Job
from darkroom.jobs import JobState


def declare_jobs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kind")
    parser.add_argument("--state", choices=[state.value for state in JobState])
    parser.add_argument("--since", metavar="TIME", help="RFC 3339, as in 2026-01-31T12:00:00Z")
    parser.add_argument("-n", "--limit", type=int, default=20, help="at most so many, newest first (20)")
    parser.set_defaults(run=list_jobs)


def declare_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", type=int)
    parser.set_defaults(run=show)


def declare_wait(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", type=int)
    parser.add_argument("-o", "--out", type=Path, metavar="DIR", help="download the result into this folder")
    parser.set_defaults(run=wait)


def declare_cancel(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", type=int)
    parser.set_defaults(run=cancel)


def declare_rerun(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", type=int)
    parser.add_argument(
        "--param", action="append", default=[], metavar="KEY=JSON", help="a parameter that shall differ"
    )
    parser.add_argument("--priority", type=int, help="-100 to 100; higher goes first")
    parser.set_defaults(run=rerun)


DECLARE: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "jobs": declare_jobs,
    "show": declare_show,
    "wait": declare_wait,
    "cancel": declare_cancel,
    "rerun": declare_rerun,
}


def list_jobs(arguments: argparse.Namespace) -> int:
    table = Table("job", "kind", "state", "made", "note", box=None, pad_edge=False)
    with connect() as client:
        found = client.jobs(kind=arguments.kind, state=arguments.state, since=arguments.since)
        for job in islice(found, arguments.limit):
            table.add_row(str(job.id), job.kind, job.state.value, job.created_at or "", _note(job))
    Console().print(table)
    return exits.OK


def show(arguments: argparse.Namespace) -> int:
    with connect() as client:
        job = client.job(arguments.job)
        attempts = client.attempts(job.id)
        outputs = client.result(job.id).outputs if job.has_result() else []
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in (
        ("job", f"{job.id}, {job.kind}, {job.state.value}"),
        ("made", job.created_at),
        ("started", job.started_at),
        ("ended", job.ended_at),
        ("note", _note(job)),
        ("repeats", job.rerun_of),
        ("same as", job.reused_from),
        ("params", job.params or None),
    ):
        if value:
            table.add_row(name, str(value))
    for attempt in attempts:
        reason = f": {attempt.failure.message}" if attempt.failure else ""
        table.add_row(
            f"attempt {attempt.number}", f"{attempt.cause or 'running'} on {attempt.worker}{reason}"
        )
    for output in outputs:
        table.add_row(output.name, f"{output.size} bytes, sha256 {output.sha256}")
    Console().print(table)
    return exits.OK


def wait(arguments: argparse.Namespace) -> int:
    with connect() as client, Bar() as bar:
        job = client.wait(arguments.job, bar.job)
        paths = fetch(client, bar, job, arguments.out) if arguments.out is not None else []
    return report(job, paths)


def cancel(arguments: argparse.Namespace) -> int:
    with connect() as client:
        job = client.cancel(arguments.job)
    print(f"job {job.id}: {job.state.value if job.has_ended() else 'will end soon'}")
    return exits.OK


def rerun(arguments: argparse.Namespace) -> int:
    changes = read_params(arguments.param)
    with connect() as client:
        params = {**client.job(arguments.job).params, **changes} if changes else None
        print(client.rerun(arguments.job, params, priority=arguments.priority).id)
    return exits.OK


def _note(job: Job) -> str:
    if job.failure is not None:
        return job.failure.message
    if job.state is JobState.QUEUED and job.waiting is not None:
        return job.waiting.reason
    if job.state is JobState.RUNNING and job.progress is not None and job.progress.total:
        return f"{job.progress.phase} {job.progress.done}/{job.progress.total}"
    return ""
