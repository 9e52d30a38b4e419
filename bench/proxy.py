"""A TCP proxy on loopback, in a process of its own, that counts what comes back through it."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from urllib.parse import urlsplit

CHUNK = 1 << 16  # what a reader hangs up on has been sent by at most so much, and the sockets' buffers


class Counter:
    """Where the proxy listens, and how many bytes it has passed on to its clients."""

    def __init__(self, url: str, passed: "Synchronized[int]") -> None:
        self.url = url
        self._passed = passed

    def take(self) -> int:
        """Return the bytes since the last call."""
        with self._passed.get_lock():
            passed, self._passed.value = self._passed.value, 0
        return passed


@contextmanager
def counting(url: str) -> Iterator[Counter]:
    """Give a proxy in front of a server (http://host:port)."""
    context = multiprocessing.get_context("spawn")
    passed: Synchronized[int] = context.Value("q", 0)
    ours, theirs = context.Pipe()
    address = urlsplit(url)
    process = context.Process(
        target=_serve, args=(theirs, passed, address.hostname, address.port or 80), daemon=True
    )
    process.start()
    try:
        yield Counter(f"http://127.0.0.1:{ours.recv()}", passed)
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Connection, passed: "Synchronized[int]", host: str, port: int) -> None:
    asyncio.run(_listen(pipe, passed, host, port))


async def _listen(pipe: Connection, passed: "Synchronized[int]", host: str, port: int) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(host, port)
        await asyncio.gather(_pass(reader, far_writer, None), _pass(far_reader, writer, passed))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    pipe.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def _pass(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passed: "Synchronized[int] | None"
) -> None:
    """Pass bytes on until either end hangs up."""
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
            if passed is not None:
                with passed.get_lock():
                    passed.value += len(data)
    except ConnectionError:
        pass  # a client that has seen enough hangs up: what it took is counted
    finally:
        writer.close()
