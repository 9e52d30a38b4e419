"""Deploys as the ledger has them: who sees which, and how many a user may have at once."""

import pytest
import sqlalchemy as sa

from darkroom.errors import NotFound, TooMany, Unauthenticated
from storage import jobs, users
from storage.coralnet import deploys
from storage.engine import read, write
from storage.jobs import NewJob
from storage.tables import jobs as job_table


@pytest.fixture
def owner(engine):
    with write(engine) as db:
        return users.add(db, "stephen")


@pytest.fixture
def deploy(engine, owner):
    """Writes a deploy down; gives its id."""

    def submit(**changes):
        new = {"kind": "classify", "dialect": "coralnet", "owner": owner} | changes
        with write(engine) as db:
            return jobs.submit(
                db, NewJob(params="{}", pipeline_version=1, cache_key="", queue="cpu", **new)
            ).id

    return submit


def end(engine, job_id, at):
    with write(engine) as db:
        jobs.cancel(db, job_id, None, 60.0)
        db.execute(sa.update(job_table).where(job_table.c.id == job_id).values(ended_at=at))


def test_deploys_are_active_until_they_end(engine, owner, deploy):
    first, second, third, fourth = (deploy() for _ in range(4))
    end(engine, fourth, at=1000.0)
    end(engine, second, at=2000.0)

    with read(engine) as db:
        found = deploys.active(db, owner), deploys.recent(db, owner, 10), deploys.recent(db, owner, 1)

    assert found == ([first, third], [second, fourth], [second])


def test_only_deploys_of_the_user_take_room(engine, owner, deploy):
    with write(engine) as db:
        other = users.add(db, "eve")
    deploy(owner=other)
    deploy(dialect="native")
    mine = deploy()

    with write(engine) as db:
        deploys.hold_room(db, owner, 2)
        with pytest.raises(TooMany) as full:
            deploys.hold_room(db, owner, 1)

    assert full.value.message == (
        f"You already have 1 jobs active (IDs: {mine}). You must wait until one of them finishes"
        " before requesting another job."
    )
    assert (full.value.retry_after, full.value.limit) == (10.0, 1)


@pytest.mark.parametrize("changes", [{"dialect": "native"}, {"kind": "track"}])
def test_what_another_door_ordered_is_no_deploy(engine, owner, deploy, changes):
    job_id = deploy(**changes)

    with read(engine) as db, pytest.raises(NotFound, match="doesn't exist or is not accessible"):
        deploys.get(db, job_id, owner)


def test_the_newest_tokens_of_a_label_are_left(engine, owner):
    with write(engine) as db:
        other = users.add_token(db, owner, "other")
        old, *kept = [users.add_token(db, owner, "coralnet", text=f"{i:040x}") for i in range(4)]

        users.forget_older(db, owner, "coralnet", keep=3)

    with read(engine) as db:
        assert {users.authenticate(db, token).name for token in [other, *kept]} == {"stephen"}
        with pytest.raises(Unauthenticated):
            users.authenticate(db, old)
