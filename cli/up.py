"""`darkroom up`: the whole house in one terminal."""

import argparse
import fcntl
import http.client
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from cli import exits, first_start
from cli.parentage import follow
from cli.processes import bind_address, child_environ, read_settings
from cli.supervisor import Part, Supervisor, say_plainly
from darkroom.client_address import TOKEN_FILE
from darkroom.errors import Conflict
from darkroom.settings import Settings

LOCK_FILE = "up.lock"
LAST_WORDS_SECONDS = 15.0  # beyond what a process was promised for its orderly end
READY_TIMEOUT_SECONDS = 1.0
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where one reaches whom binds to everything


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="DIR", help="where everything is kept (DARKROOM_DATA_DIR)")
    parser.add_argument(
        "--bind", metavar="HOST:PORT", help="where to listen, loopback if not said (DARKROOM_BIND)"
    )
    parser.add_argument("--slots", type=int, metavar="N", help="jobs at once (DARKROOM_SLOTS)")
    parser.add_argument("--parent", type=int, metavar="PID", help=argparse.SUPPRESS)
    parser.set_defaults(run=run)


DECLARE: dict[str, Callable[[argparse.ArgumentParser], None]] = {"up": declare}


def run(arguments: argparse.Namespace) -> int:
    """Start everything, keep it alive, and end it in order at Ctrl-C or SIGTERM."""
    if arguments.parent is not None:
        follow(arguments.parent)
    data_dir = arguments.data or read_settings().data_dir
    settings = read_settings(
        data_dir=str(Path(data_dir).resolve()), bind=arguments.bind, slots=arguments.slots
    )
    Path(settings.data_dir).mkdir(mode=0o700, parents=True, exist_ok=True)
    with _take(Path(settings.data_dir) / LOCK_FILE):
        _check_port(settings)
        _tell_token(settings, first_start.prepare(settings))
        _tell_links(settings)
        supervisor = Supervisor(_parts(settings), child_environ(settings), say_plainly)
        supervisor.run(
            lambda: _is_ready(settings), lambda: print(f"darkroom is ready at {settings.url()}", flush=True)
        )
    print("darkroom has stopped", flush=True)
    return exits.OK


def _parts(settings: Settings) -> list[Part]:
    def command(verb: str) -> list[str]:
        # -P: a folder `cli` in the current directory is not ours
        return [sys.executable, "-P", "-m", "cli.main", verb]

    return [
        Part("web", command("web"), settings.wait_limit_seconds + LAST_WORDS_SECONDS),
        Part("work", command("work"), settings.grace_seconds + LAST_WORDS_SECONDS),
        Part("sweep", command("sweep"), LAST_WORDS_SECONDS),
    ]


def _take(path: Path) -> TextIO:
    """Return the held lock of a data directory. Raises Conflict when another `up` holds it."""
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise Conflict(
            f"another `darkroom up` runs on {path.parent}", hint="stop it, or give this one its own --data"
        ) from error
    return lock


def _check_port(settings: Settings) -> None:
    host, port = bind_address(settings)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Conflict(
                f"cannot listen on {settings.bind}: {os.strerror(error.errno or 0)}",
                hint="choose another address with --bind HOST:PORT",
            ) from error


def _tell_links(settings: Settings) -> None:
    """Say so when the links that we hand out would lead nowhere for a client on another machine."""
    host, _ = bind_address(settings)
    if host in EVERYWHERE and not settings.public_url:
        print(
            f"links will name {host}: set DARKROOM_PUBLIC_URL to what clients call this machine", flush=True
        )


def _tell_token(settings: Settings, token: str | None) -> None:
    if token is None:
        return
    print("first start: the admin's token, shown only now, is")
    print(f"\n    {token}\n")
    print(f"it is kept in {Path(settings.data_dir) / TOKEN_FILE}, which only you can read", flush=True)


def _is_ready(settings: Settings) -> bool:
    host, port = bind_address(settings)
    connection = http.client.HTTPConnection(EVERYWHERE.get(host, host), port, timeout=READY_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
