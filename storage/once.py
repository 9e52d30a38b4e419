"""An order that is sent twice with one Idempotency-Key is taken once."""

from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.exc import IntegrityError

from storage import jobs

T = TypeVar("T")


class Once(Struct, frozen=True):
    """An Idempotency-Key, and the digest of the body that it came with."""

    key: str
    body_sha256: str


def job_before(db: sa.Connection, user: int, once: Once | None) -> int | None:
    """Return the job that the same order came to before. Raises IdempotencyMismatch."""
    return None if once is None else jobs.find_by_key(db, user, once.key, once.body_sha256)


def remember(db: sa.Connection, user: int, once: Once | None, job_id: int) -> None:
    """Bind the key, if there is one. Raises IntegrityError when another request did so at the same moment."""
    if once is not None:
        jobs.remember_key(db, user, once.key, once.body_sha256, job_id)


def taken_once(order: Callable[[], T]) -> T:
    """Return what an order comes to: tried again, it finds what bound its key at the same moment."""
    try:
        return order()
    except IntegrityError:
        return order()
