"""`darkroom doctor`: looks at everything that can be wrong with an installation, and says what to do."""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli import exits
from cli.checks_database import check_database
from cli.checks_here import check_here
from cli.checks_mail import check_mail
from cli.checks_services import check_broker, check_store, check_web
from cli.findings import Finding, Level, fail, ok
from cli.processes import read_settings
from darkroom.errors import Invalid
from darkroom.settings import Settings

STYLES = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}
CHECKS: list[Callable[[Settings], Iterator[Finding]]] = [
    check_database,
    check_broker,
    check_store,
    check_web,
    check_mail,
]


def declare(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=run)


DECLARE: dict[str, Callable[[argparse.ArgumentParser], None]] = {"doctor": declare}


def run(arguments: argparse.Namespace) -> int:
    findings = list(examine())
    Console().print(_table(findings))
    return exits.FAILED if any(finding.level is Level.FAIL for finding in findings) else exits.OK


def examine() -> Iterator[Finding]:
    """Give what every check found; with wrong settings nothing else can be looked at."""
    try:
        settings = read_settings()
    except Invalid as error:
        yield fail("settings", error.message, error.hint or "")
        return
    yield ok("settings", "are understood")
    yield from check_here(settings)
    if not Path(settings.data_dir).is_dir():
        return  # the other checks would make it
    for check in CHECKS:
        yield from check(settings)


def _table(findings: list[Finding]) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    for finding in findings:
        message = Text(finding.message)
        if finding.todo:
            message.append(f"\n→ {finding.todo}", style="bold")
        table.add_row(Text(finding.level.value, style=STYLES[finding.level]), finding.subject, message)
    return table
