"""Where the boxes of an MP4 lie in the file, so that single bytes of them can be written anew."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.source import Ranges
from pipelines.video.boxes import MOOV_LIMIT_BYTES, NotPlain

BOXES_LIMIT = 10_000  # before `moov`; a movie has a handful


@dataclass(frozen=True, slots=True)
class Place:
    """A box. start: of its body, counted from the file's first byte."""

    kind: bytes
    start: int
    body: memoryview


def find_moov(ranges: Ranges) -> Place:
    """Give the first `moov`, wherever it is. Raises NotPlain where none is whole."""
    at = 0
    for _ in range(BOXES_LIMIT):
        kind, header, size = _header(ranges.read(at, 16), ranges.size - at)
        if at + size > ranges.size:
            raise NotPlain("the file ends within a box")
        if kind == b"moov":
            if size > MOOV_LIMIT_BYTES:
                raise NotPlain("moov is too large")
            return Place(kind, at + header, memoryview(ranges.read(at + header, size - header)))
        at += size
    raise NotPlain("too many boxes before moov")


def inside(parent: Place) -> Iterator[Place]:
    """Give the boxes within a box. Raises NotPlain where one reaches beyond it."""
    at = 0
    while at + 8 <= len(parent.body):
        kind, header, size = _header(parent.body[at : at + 16], len(parent.body) - at)
        if at + size > len(parent.body):
            raise NotPlain("a box reaches beyond its parent")
        yield Place(kind, parent.start + at + header, parent.body[at + header : at + size])
        at += size


def only(parent: Place, *path: bytes) -> Place:
    """Give the one box at a path of kinds. Raises NotPlain where there is none, or several."""
    for kind in path:
        found = [place for place in inside(parent) if place.kind == kind]
        if len(found) != 1:
            raise NotPlain(f"{len(found)} boxes {kind!r}")
        parent = found[0]
    return parent


def _header(data: bytes | memoryview, left: int) -> tuple[bytes, int, int]:
    """Give a box's kind, the length of its header and its whole size; size 0 reaches to the end of what is left."""
    if len(data) < 8:
        raise NotPlain("the file ends before its moov")
    size, kind = struct.unpack_from(">I4s", data)
    header = 8
    if size == 1 and len(data) >= 16:
        header, size = 16, struct.unpack_from(">Q", data, 8)[0]
    size = size or left
    if size < header:
        raise NotPlain("a box smaller than its header")
    return kind, header, size
