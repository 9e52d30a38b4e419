"""Where the last whole row in a piece of JSON ends."""

from dataclasses import dataclass

import numpy as np

QUOTE, BACKSLASH, OPEN, CLOSE = b'"\\[]'


@dataclass(frozen=True, slots=True)
class Cut:
    """end: so many bytes are whole rows. is_last: after them the array of rows ends."""

    end: int
    is_last: bool


def cut_rows(piece: bytes) -> Cut:
    """Say where to cut a piece that begins inside an array of rows, between two of them."""
    has_texts = b'"' in piece
    if not has_texts and piece.count(b"]") <= piece.count(b"["):
        return Cut(piece.rfind(b"]") + 1, is_last=False)
    signs = np.frombuffer(piece, np.uint8)
    brackets = np.flatnonzero((signs == OPEN) | (signs == CLOSE))
    if has_texts:
        brackets = brackets[~_is_quoted(piece, signs, brackets)]
    depth = np.cumsum(np.where(signs[brackets] == OPEN, 1, -1))
    beyond = np.flatnonzero(depth < 0)
    is_last = bool(len(beyond))
    within = slice(0, int(beyond[0]) if is_last else len(depth))
    ends = np.flatnonzero(depth[within] == 0)
    end = int(brackets[ends[-1]]) + 1 if len(ends) else 0
    return Cut(end, is_last)


def _is_quoted(
    piece: bytes,
    signs: np.ndarray[tuple[int], np.dtype[np.uint8]],
    places: np.ndarray[tuple[int], np.dtype[np.intp]],
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Say which of these places are inside texts."""
    quotes = np.flatnonzero(signs == QUOTE)
    if b"\\" in piece:
        quotes = np.array([at for at in quotes.tolist() if not _is_escaped(piece, at)], np.intp)
    inside: np.ndarray[tuple[int], np.dtype[np.bool_]] = np.searchsorted(quotes, places) % 2 == 1
    return inside


def _is_escaped(piece: bytes, at: int) -> bool:
    backslashes = 0
    while backslashes < at and piece[at - 1 - backslashes] == BACKSLASH:
        backslashes += 1
    return backslashes % 2 == 1
