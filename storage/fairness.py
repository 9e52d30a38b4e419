"""Who is least served: seconds of work done for each owner, decayed, kept as one comparable number.

A second served at time t weighs 2^(t/h) for a half-life h; the sum's log2 orders owners at any later moment without being
aged, since ageing would shift every owner alike.
"""

import sqlalchemy as sa
from sqlalchemy import bindparam

from storage.engine import added_level, now
from storage.tables import users

CLAIM_SECONDS = 1.0  # charged when work is claimed, so that owners take turns before anything has ended

CHARGE = (
    sa.update(users)
    .where(users.c.id == bindparam("owner"))
    .values(
        served_level=added_level(
            users.c.served_level,
            bindparam("seconds", type_=sa.Double()),
            now() / bindparam("half_life", type_=sa.Double()),
        )
    )
)


# A claim may follow a settle, of another owner, in one transaction: it must not wait for a row while it holds one.
CHARGE_FREE = CHARGE.where(
    users.c.id
    == sa.select(users.c.id)
    .where(users.c.id == bindparam("owner"))
    .with_for_update(skip_locked=True, key_share=True)
    .scalar_subquery()
)


def charge(db: sa.Connection, owner: int, seconds: float, half_life_seconds: float) -> None:
    """Add seconds of service to the owner's account."""
    if seconds > 0:
        db.execute(CHARGE, {"owner": owner, "seconds": seconds, "half_life": half_life_seconds})


def charge_if_free(db: sa.Connection, owner: int, seconds: float, half_life_seconds: float) -> float:
    """Charge without waiting; return the seconds charged, none when another transaction has the account just now."""
    given = {"owner": owner, "seconds": seconds, "half_life": half_life_seconds}
    return seconds if db.execute(CHARGE_FREE, given).rowcount else 0.0
