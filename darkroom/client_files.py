"""Files of the client's side: read in order to be sent, written whole or not at all."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from darkroom.client_errors import Corrupt

CHUNK = 1 << 20  # bytes read at once

Tell = Callable[[int, int], None]  # called with (done, total) in bytes


def tell_nobody(done: int, total: int) -> None:
    """Take progress and keep it to oneself."""


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_span(path: Path, start: int, length: int, tell: Tell, total: int) -> Iterator[bytes]:
    """Give the bytes of a file from `start` on, telling how far the whole file has been sent."""
    with path.open("rb") as file:
        file.seek(start)
        left = length
        while left and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
            tell(start + length - left, total)


def write_whole(path: Path, chunks: Iterator[bytes], sha256: str, size: int, tell: Tell) -> None:
    """Write a file that appears under its name only when it is complete. Raises Corrupt."""
    draft = path.with_name(f".{path.name}.part")
    digest = hashlib.sha256()
    done = 0
    try:
        with draft.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                tell(done, size)
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != sha256:
            raise Corrupt(f"{path.name} arrived with another digest than the server keeps for it")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
