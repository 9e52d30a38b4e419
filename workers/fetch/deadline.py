"""The time that is left for a picture, and what a server sends within it."""

import io
import socket
import time
from typing import Any

from workers.fetch.faults import NotFetched


class Deadline:
    """Counts down from its making."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left. Raises NotFetched when none are."""
        seconds = self._until - time.monotonic()
        if seconds <= 0:
            raise NotFetched("took too long")
        return seconds

    def bound(self, seconds: float) -> float:
        """Return so many seconds, or what is left if that is less. Raises NotFetched when nothing is."""
        return min(seconds, self.left())


class Wire(io.RawIOBase):
    """A connection to read from, which neither silence, nor slowness, nor a flood holds open beyond its limits."""

    def __init__(
        self, connection: socket.socket, deadline: Deadline, idle_seconds: float, bytes_left: int
    ) -> None:
        self._connection = connection
        self._deadline = deadline
        self._idle_seconds = idle_seconds
        self.bytes_left = bytes_left
        self.has_ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Raises NotFetched, and OSError when the server is silent or gone."""
        self._connection.settimeout(self._deadline.bound(self._idle_seconds))
        count = self._connection.recv_into(buffer)
        self.has_ended = count == 0
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise NotFetched("sends more than belongs to a picture")
        return count

    def makefile(self, mode: str) -> io.BufferedReader:
        """Give what `http.client` asks a socket for."""
        return io.BufferedReader(self)
