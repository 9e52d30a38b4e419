"""What was drawn on each frame of a traced movie, kept at its end, so that a later one can prove which it may copy."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipelines.track.columns import Row

MARK_BYTES = 8  # of a frame; they meet by chance once in 10^19
# A box of our own, which players pass over. Source: ISO 14496-12, 4.2 and 11.1.
_BOX_ID = bytes.fromhex("6d1c5f0a9b7e4f0c8a52d3b1c74e9f26")
_HEAD_BYTES = 8 + len(_BOX_ID)
_NOWHERE = np.float64(-1e12)  # a place that no picture has
PLACES_PER_PX = 10_000  # as a table writes places: an earlier track that is read back draws the same pictures


class Chain:
    """Marks of frames in order: two are equal when all that was drawn up to there is, paths and all."""

    def __init__(self, beginning: bytes) -> None:
        """beginning: all that is the same for every frame, the movie and how it is drawn."""
        self._digest = hashlib.sha256(beginning)

    def mark(self, row: Row) -> bytes:
        """Give the mark of the next frame."""
        told = np.where(np.isnan(row.positions), _NOWHERE, row.positions)
        places = np.rint(told * PLACES_PER_PX)
        self._digest.update(row.index.to_bytes(8, "little"))
        self._digest.update(places.astype("<i8").tobytes())
        self._digest.update(row.status.astype(np.uint8).tobytes())
        return self._digest.digest()[:MARK_BYTES]


def append_marks(path: Path, marks: list[bytes]) -> None:
    """Put the marks of all frames behind a whole MP4."""
    body = b"".join(marks)
    with path.open("ab") as file:
        file.write((_HEAD_BYTES + len(body)).to_bytes(4, "big") + b"uuid" + _BOX_ID + body)


def read_marks(path: Path) -> list[bytes]:
    """Give the marks of an MP4; none where it has none, whatever kind of file it is."""
    with path.open("rb") as file:
        for at, size in _boxes(path):
            file.seek(at)
            if file.read(_HEAD_BYTES)[4:] == b"uuid" + _BOX_ID:
                body = file.read(size - _HEAD_BYTES)
                return [body[n : n + MARK_BYTES] for n in range(0, len(body), MARK_BYTES)]
    return []


def _boxes(path: Path) -> Iterator[tuple[int, int]]:
    """Give (place, size) of the outermost boxes, as long as they make sense."""
    at, end = 0, path.stat().st_size
    with path.open("rb") as file:
        while at + 16 <= end:
            file.seek(at)
            head = file.read(16)
            size = int.from_bytes(head[:4], "big")
            size = int.from_bytes(head[8:], "big") if size == 1 else size
            if size < 8 or at + size > end:
                return
            yield at, size
            at += size
