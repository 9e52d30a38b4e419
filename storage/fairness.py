"""Who is least served: seconds of work done for each owner, decayed, kept as one comparable number.

A second served at time t weighs 2^(t/h) for a half-life h; the sum's log2 orders owners at any later moment without being
aged, since ageing would shift every owner alike.
"""

import math

import sqlalchemy as sa
from sqlalchemy import bindparam

from storage.engine import now
from storage.tables import users

CLAIM_SECONDS = 1.0  # charged when work is claimed, so that owners take turns before anything has ended


LEVEL = (
    sa.select(users.c.served_level, now().label("now"))
    .where(users.c.id == bindparam("owner"))
    .with_for_update()
)
SET_LEVEL = sa.update(users).where(users.c.id == bindparam("owner")).values(served_level=bindparam("level"))


def charge(db: sa.Connection, owner: int, seconds: float, half_life_seconds: float) -> None:
    """Add seconds of service to the owner's account."""
    if seconds <= 0:
        return
    row = db.execute(LEVEL, {"owner": owner}).one()
    level = added_level(row.served_level, seconds, row.now / half_life_seconds)
    db.execute(SET_LEVEL, {"owner": owner, "level": level})


def added_level(level: float, seconds: float, at: float) -> float:
    """Return log2(2^level + seconds · 2^at), where `at` is the time in half-lives."""
    fresh = math.log2(seconds) + at
    high, low = max(level, fresh), min(level, fresh)
    return high + math.log2(1.0 + 2.0 ** max(low - high, -1000.0))
