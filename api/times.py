"""Times as clients read them: RFC 3339, made from the ledger's seconds since the epoch."""

from datetime import UTC, datetime


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def maybe_at(seconds: float | None) -> datetime | None:
    return None if seconds is None else at(seconds)
