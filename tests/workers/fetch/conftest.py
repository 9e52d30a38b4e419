"""Servers to fetch from, and rules under which they may be."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import msgspec
import pytest

from darkroom.allowed import read_allowed
from darkroom.settings import Settings
from tests.workers.fetch.servers import Answer, Server
from workers.fetch import Rules, rules_of


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One kind of database: nothing here depends on which."""
    return f"sqlite:///{tmp_path / 'darkroom.db'}"


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts a server that gives these answers, bytes or what talks to the socket, one after the other."""
    with ExitStack() as servers:

        def start(
            *answers: bytes | Answer, wrap: Callable[[socket.socket], socket.socket] = lambda plain: plain
        ) -> Server:
            return servers.enter_context(closing(Server(list(answers), wrap)))

        yield start


@pytest.fixture
def strict() -> Rules:
    """The rules of an installation where nothing is set."""
    return rules_of(Settings())


@pytest.fixture
def rules(strict: Rules) -> Rules:
    """Rules under which loopback may be fetched from, with patience enough for a machine that is busy."""
    return msgspec.structs.replace(
        strict,
        allowed=read_allowed("127.0.0.0/8"),
        bytes_limit=100_000,
        seconds=20.0,
        connect_seconds=4.0,
        idle_seconds=4.0,
        pause_seconds=0.01,
    )


@pytest.fixture
def hasty(rules: Rules) -> Rules:
    """The same with little patience."""
    return msgspec.structs.replace(rules, seconds=8.0, connect_seconds=0.5, idle_seconds=0.3)
