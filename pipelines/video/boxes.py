"""The boxes of an MP4: found in the file with few reads, and walked in memory."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from pipelines.source import Ranges

HEAD_BYTES = 1 << 16  # read at a time in search of `moov`: it holds the whole of a short movie's
MOOV_LIMIT_BYTES = 1 << 28  # a million frames need some 30 MB
_TOP_LIMIT = 64  # boxes before `moov`: a plain movie has a handful


class NotPlain(Exception):
    """Says that an MP4 has something that only a demuxer understands for certain."""


class Box(NamedTuple):
    kind: bytes
    body: memoryview


def read_moov(ranges: Ranges) -> memoryview:
    """Give the body of `moov`. Raises NotPlain where there is none, or fragments come first."""
    at, head, head_at = 0, b"", 0
    for _ in range(_TOP_LIMIT):
        if not head_at <= at <= head_at + len(head) - 16:
            head, head_at = ranges.read(at, HEAD_BYTES), at
        kind, header, size = _header(memoryview(head)[at - head_at :], ranges.size - at)
        if kind == b"moov":
            return _body(ranges, head[at - head_at :], at, header, size)
        if kind == b"moof" or at + size >= ranges.size:
            break
        at += size
    raise NotPlain("no moov")


def _header(data: memoryview, left: int) -> tuple[bytes, int, int]:
    """Give a box's kind, the length of its header and its whole size."""
    if len(data) < 8:
        raise NotPlain("the file ends within a box")
    size, kind = struct.unpack_from(">I4s", data)
    if size == 1 and len(data) >= 16:
        header, size = 16, struct.unpack_from(">Q", data, 8)[0]
    else:
        header, size = 8, size or left
    if size < header:
        raise NotPlain("a box smaller than its header")
    return kind, header, size


def _body(ranges: Ranges, head: bytes, at: int, header: int, size: int) -> memoryview:
    if size > MOOV_LIMIT_BYTES or at + size > ranges.size:
        raise NotPlain("moov is too large or cut short")
    head += ranges.read(at + len(head), size - len(head)) if size > len(head) else b""
    return memoryview(head)[header:size]


def children(body: memoryview) -> Iterator[Box]:
    """Give the boxes that lie in a body. Raises NotPlain where one reaches beyond it."""
    while len(body) >= 8:
        kind, header, size = _header(body, len(body))
        if size > len(body):
            raise NotPlain("a box reaches beyond its parent")
        yield Box(kind, body[header:size])
        body = body[size:]


def every(body: memoryview, kind: bytes) -> list[memoryview]:
    return [box.body for box in children(body) if box.kind == kind]


def only(body: memoryview, *path: bytes) -> memoryview:
    """Give the one box at a path of kinds. Raises NotPlain where there is none, or several."""
    for kind in path:
        found = every(body, kind)
        if len(found) != 1:
            raise NotPlain(f"{len(found)} boxes {kind!r}")
        body = found[0]
    return body


def optional(body: memoryview, kind: bytes) -> memoryview | None:
    return only(body, kind) if every(body, kind) else None
