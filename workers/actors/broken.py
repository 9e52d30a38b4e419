"""What a job says whose movie broke off, and that kept what came before."""

from darkroom.jobs import Failure


def broken_off(reason: str | None) -> Failure:
    """Return the failure of a job that is partial."""
    return Failure("cannot_decode", reason or "the movie broke", "what came before was kept")
