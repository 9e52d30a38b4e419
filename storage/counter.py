"""The counter as the shelf knows it: what writes work down within a transaction that is not its own."""

from collections.abc import Mapping
from typing import Any, Protocol

import sqlalchemy as sa

from storage.jobs import Job
from storage.media import Media


class Counter(Protocol):
    """Writes work down within the caller's transaction, who rings once that has committed."""

    def probe(self, db: sa.Connection, record: Media) -> Job:
        """Have a new medium looked into."""
        ...

    def order(
        self,
        db: sa.Connection,
        kind: str,
        params: Mapping[str, Any],
        inputs: Mapping[str, int],
        *,
        owner: int,
        priority: int,
        is_limited: bool = True,
    ) -> Job:
        """Order work. Raises Invalid, NotFound, NotReady, and TooMany, if the limit of open jobs holds for it."""
        ...

    def ring(self, job: Job) -> None:
        """Tell the workers that this job waits."""
        ...
