"""A load of HTTP requests from a process of its own, over kept connections, as lean as Python can."""

import multiprocessing
import socket
import threading
import time
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

from msgspec import Struct

from bench.rows import percentile


class Load(Struct, frozen=True):
    """What came of a load: whole requests a second, and every latency in milliseconds."""

    rate: float
    latencies_ms: list[float]
    statuses: dict[int, int]

    def p(self, percent: float) -> float:
        return percentile(self.latencies_ms, percent)


def request(method: str, url: str, token: str, body: bytes = b"") -> bytes:
    """Return the bytes of one HTTP/1.1 request."""
    parts = urlsplit(url)
    head = (
        f"{method} {parts.path}{'?' + parts.query if parts.query else ''} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def hammer(url: str, message: bytes, *, connections: int, requests: int) -> Load:
    """Send the request again and again: `requests` over each of `connections` at once."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_hammer, args=(theirs, url, message, connections, requests))
    process.start()
    rate, latencies, statuses = ours.recv()
    process.join()
    return Load(rate, latencies, statuses)


def _hammer(connection: Connection, url: str, message: bytes, connections: int, requests: int) -> None:
    parts = urlsplit(url)
    address = (parts.hostname or "127.0.0.1", parts.port or 80)
    latencies: list[float] = []
    statuses: dict[int, int] = {}
    lock = threading.Lock()
    start = threading.Barrier(connections + 1)

    def run() -> None:
        with socket.create_connection(address) as wire:
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            start.wait()
            for _ in range(requests):
                at = time.perf_counter()
                wire.sendall(message)
                status = read_answer(wire)
                took = (time.perf_counter() - at) * 1000
                with lock:
                    latencies.append(took)
                    statuses[status] = statuses.get(status, 0) + 1

    threads = [threading.Thread(target=run) for _ in range(connections)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    connection.send((connections * requests / (time.perf_counter() - began), latencies, statuses))


def read_answer(wire: socket.socket) -> int:
    """Read one whole answer with a Content-Length; return its status."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(wire)
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += _some(wire)
    return int(lines[0].split()[1])


def _some(wire: socket.socket) -> bytes:
    chunk = wire.recv(65536)
    if not chunk:
        raise ConnectionError("the server hung up")
    return chunk
