"""Long lists in pieces that one question to the database can hold."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

BATCH = 500


def in_batches(items: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """Give the items in order, `size` at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))
