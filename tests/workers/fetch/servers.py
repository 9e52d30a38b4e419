"""Servers on loopback that answer as they are told."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress

Answer = Callable[[socket.socket], None]


class Server:
    """Listens on loopback; the nth connection gets the nth answer, later ones the last."""

    def __init__(self, answers: list[bytes | Answer], wrap: Callable[[socket.socket], socket.socket]) -> None:
        self._answers, self._wrap = answers, wrap
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open = ExitStack()
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests: list[bytes] = []
        self.connections = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        self._open.close()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.callback(connection.close)
            answer = self._answers[min(self.connections, len(self._answers) - 1)]
            self.connections += 1
            threading.Thread(target=self._answer, args=(connection, answer), daemon=True).start()

    def _answer(self, plain: socket.socket, answer: bytes | Answer) -> None:
        with suppress(OSError), closing(self._wrap(plain)) as connection:
            received = b""
            while b"\r\n\r\n" not in received and (chunk := connection.recv(65536)):
                received += chunk
            self.requests.append(received)
            if isinstance(answer, bytes):
                connection.sendall(answer)
            else:
                answer(connection)


def ok(body: bytes, *headers: str, length: int | None = None) -> bytes:
    """An answer with this body, announced as it is or otherwise."""
    lines = [
        "HTTP/1.1 200 OK",
        f"Content-Length: {len(body) if length is None else length}",
        *headers,
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body


def redirect(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def status(code: int, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {code} Whatever", "Content-Length: 0", *headers, "", ""]).encode()


def drip(head: bytes, rest: bytes) -> Answer:
    """Sends the head at once, the rest a byte at a time."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(head)
        for i in range(len(rest)):
            connection.sendall(rest[i : i + 1])
            time.sleep(0.05)

    return answer
