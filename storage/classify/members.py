"""Members of a source: who besides its owner may look at it, and who of them may change it."""

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from darkroom.errors import Forbidden, Invalid, NotFound
from storage.classify import sources
from storage.classify.tables import classify_members
from storage.tables import users


class Member(Struct, frozen=True):
    id: int
    name: str
    may_edit: bool


def find(db: sa.Connection, source_id: int, user: int) -> list[Member]:
    """Return the members by name, to the owner and to each of them. Raises NotFound, and Forbidden for the public."""
    source = sources.get(db, source_id, user)
    query = (
        sa.select(users.c.id, users.c.name, classify_members.c.may_edit)
        .join(users, users.c.id == classify_members.c.user_id)
        .where(classify_members.c.source == source_id)
        .order_by(users.c.name)
    )
    found = [msgspec.convert(row, Member, from_attributes=True) for row in db.execute(query)]
    if user not in {source.owner, *(member.id for member in found)}:
        raise Forbidden("Only its owner and its members see who is a member of the source")
    return found


def put(db: sa.Connection, source_id: int, user: int, member: int, *, may_edit: bool) -> Member:
    """Make somebody a member, or change what a member may; only the owner may.

    Raises NotFound (no such source, no such user), Forbidden, and Invalid for the owner, who may everything.
    """
    source = sources.owned(db, source_id, user)
    person = db.execute(sa.select(users).where(users.c.id == member, users.c.enabled)).one_or_none()
    if person is None:
        raise NotFound(f"there is no user {member}")
    if member == source.owner:
        raise Invalid("the owner of a source is not one of its members")
    mine = (classify_members.c.source == source_id, classify_members.c.user_id == member)
    if not db.execute(sa.update(classify_members).where(*mine).values(may_edit=may_edit)).rowcount:
        db.execute(
            sa.insert(classify_members).values(source=source_id, user_id=member, may_edit=may_edit)
        )  # the source is held: nobody else makes one of the same person
    return Member(member, person.name, may_edit)


def remove(db: sa.Connection, source_id: int, user: int, member: int) -> None:
    """Let somebody be a member no longer: the owner may do so, and everybody with himself. Raises NotFound, Forbidden."""
    if user == member:
        sources.get(db, source_id, user)
    else:
        sources.owned(db, source_id, user)
    gone = db.execute(
        sa.delete(classify_members).where(
            classify_members.c.source == source_id, classify_members.c.user_id == member
        )
    )
    if gone.rowcount == 0:
        raise NotFound(f"user {member} is no member of this source")
