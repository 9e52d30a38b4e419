"""The verbs that are one process each: web, work, sweep, migrate."""

import argparse
import os
import sys
from collections.abc import Callable
from urllib.parse import urlsplit

from cli import exits
from cli.parentage import follow
from darkroom import settings as every
from darkroom.settings import PREFIX, Settings


def declare_web(parser: argparse.ArgumentParser) -> None:
    _add_parent(parser)
    parser.add_argument("--bind", metavar="HOST:PORT", help="where to listen (DARKROOM_BIND)")
    parser.set_defaults(run=web)


def declare_work(parser: argparse.ArgumentParser) -> None:
    _add_parent(parser)
    parser.add_argument(
        "--queues", metavar="NAMES", help="comma-separated, served in this order (DARKROOM_QUEUES)"
    )
    parser.add_argument("--slots", type=int, metavar="N", help="jobs at once (DARKROOM_SLOTS)")
    parser.set_defaults(run=work)


def declare_sweep(parser: argparse.ArgumentParser) -> None:
    _add_parent(parser)
    parser.set_defaults(run=sweep)


def declare_migrate(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=migrate)


DECLARE: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "web": declare_web,
    "work": declare_work,
    "sweep": declare_sweep,
    "migrate": declare_migrate,
}


def web(arguments: argparse.Namespace) -> int:
    """Become gunicorn, which serves the API."""
    settings = read_settings(bind=arguments.bind)
    _follow(arguments)
    environ = {**_foreign_environ(), **every.dump(settings)}
    command = [sys.executable, "-m", "gunicorn", "--config", "python:api.gunicorn", "api.app:create()"]
    sys.stdout.flush()
    os.execve(sys.executable, command, environ)  # noqa: S606 - no shell is wanted


def work(arguments: argparse.Namespace) -> int:
    """Work until told to stop."""
    from workers import main as workers  # noqa: PLC0415 - brings the compute libraries, which no other verb needs

    settings = read_settings(queues=arguments.queues, slots=arguments.slots)
    _follow(arguments)
    return workers.work(settings)


def sweep(arguments: argparse.Namespace) -> int:
    """Sweep until told to stop."""
    from workers import sweep as sweeper  # noqa: PLC0415 - brings the store and the broker

    settings = read_settings()
    _follow(arguments)
    return sweeper.run(settings)


def migrate(arguments: argparse.Namespace) -> int:
    """Bring the database to the newest schema."""
    from storage import engine, schema  # noqa: PLC0415 - brings SQLAlchemy and Alembic

    database = engine.connect(read_settings().database())
    schema.migrate(database)
    print(f"schema is current: {database.url.render_as_string(hide_password=True)}")
    return exits.OK


def read_settings(**overrides: object) -> Settings:
    """Return the settings of DARKROOM_*, with those that a command's options name instead. Raises Invalid."""
    given = {f"{PREFIX}{name.upper()}": str(value) for name, value in overrides.items() if value is not None}
    return every.load({**os.environ, **given})


def bind_address(settings: Settings) -> tuple[str, int]:
    """Return the host and port that the web process listens on."""
    parsed = urlsplit(f"//{settings.bind}")
    return parsed.hostname or "127.0.0.1", parsed.port or 8000


def child_environ(settings: Settings) -> dict[str, str]:
    """Return the environment that gives a child process exactly these settings."""
    return {**_foreign_environ(), **every.dump(settings)}


def _foreign_environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def _add_parent(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--parent", type=int, metavar="PID", help=argparse.SUPPRESS)


def _follow(arguments: argparse.Namespace) -> None:
    if arguments.parent is not None:
        follow(arguments.parent)
