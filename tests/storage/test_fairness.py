"""Accounts of service on PostgreSQL, where several transactions charge at the same moment."""

import pytest
import sqlalchemy as sa

from darkroom.jobs import Cause, Result
from storage import engine as engines
from storage import jobs, leases, schema, users
from storage.engine import write
from storage.jobs import NewJob
from storage.leases import Ending, Terms

TERMS = Terms()


@pytest.mark.postgres
def test_a_claim_waits_for_no_account_and_the_settle_makes_up_for_it(make_postgres):
    engine = engines.connect(make_postgres)
    schema.migrate(engine)
    with write(engine) as db:
        owner = users.add(db, "ada")
        new = NewJob(
            kind="drill", params="{}", pipeline_version=1, cache_key="key", owner=owner, queue="quick"
        )
        jobs.submit(db, new)

    with write(engine) as other, write(engine) as db:
        other.execute(sa.select(users.users).where(users.users.c.id == owner).with_for_update())
        db.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
        claim = leases.claim(db, "quick", "worker", TERMS)

    assert claim is not None
    assert claim.charged_seconds == 0.0
    with write(engine) as db:
        leases.settle(db, claim, Ending(Cause.SUCCEEDED, result=Result()), TERMS)
        level = db.execute(sa.select(users.users.c.served_level)).scalar_one()
        at = db.execute(sa.select(engines.now())).scalar_one() / TERMS.half_life_seconds
    engine.dispose()
    assert level == pytest.approx(at, abs=0.1)  # one second was charged, and its log2 is 0
