"""Who may call: users, and their tokens, of which only the SHA-256 is kept."""

import hashlib
import secrets
from collections.abc import Iterable

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.exc import IntegrityError

from darkroom.errors import Conflict, NotFound, Unauthenticated
from storage.engine import now
from storage.tables import tokens, users

TOKEN_PREFIX = "drk_"  # noqa: S105 - makes a leaked token recognisable
TOUCH_SECONDS = 60.0  # `used_at` is written at most this often
SCOPES = ("all", "read", "write", "admin")


class User(Struct, frozen=True):
    id: int
    name: str
    is_admin: bool
    enabled: bool
    created_at: float


class Token(Struct, frozen=True):
    id: int
    user_id: int
    label: str
    scopes: str
    created_at: float
    expires_at: float | None
    revoked_at: float | None
    used_at: float | None
    first_used_at: float | None
    use_count: int


class Caller(Struct, frozen=True):
    """The user behind a request, and what the token that it carried allows."""

    user_id: int
    name: str
    is_admin: bool
    token_id: int
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        return "all" in self.scopes or scope in self.scopes


def add(db: sa.Connection, name: str, *, is_admin: bool = False) -> int:
    """Make a user; return the id. Raises Conflict when the name is taken."""
    taken = db.execute(sa.select(users.c.id).where(users.c.name == name)).one_or_none()
    if taken is not None:
        raise Conflict(f"there is a user {name!r} already")
    try:
        insert = sa.insert(users).values(name=name, is_admin=is_admin, created_at=now()).returning(users.c.id)
        user_id: int = db.execute(insert).scalar_one()
    except IntegrityError as error:
        raise Conflict(f"there is a user {name!r} already") from error
    return user_id


def by_name(db: sa.Connection, name: str) -> User:
    """Return the user. Raises NotFound."""
    row = db.execute(sa.select(users).where(users.c.name == name)).one_or_none()
    if row is None:
        raise NotFound(f"there is no user {name!r}")
    return msgspec.convert(row, User, from_attributes=True)


def find(db: sa.Connection) -> list[User]:
    rows = db.execute(sa.select(users).order_by(users.c.id))
    return [msgspec.convert(row, User, from_attributes=True) for row in rows]


def names_of(db: sa.Connection, user_ids: Iterable[int]) -> dict[int, str]:
    """Return the name of each of these users, by id."""
    rows = db.execute(sa.select(users.c.id, users.c.name).where(users.c.id.in_(list(user_ids))))
    return {row.id: row.name for row in rows}


def enable(db: sa.Connection, name: str, *, enabled: bool) -> None:
    """Let a user in, or shut the user out. Raises NotFound."""
    if db.execute(sa.update(users).where(users.c.name == name).values(enabled=enabled)).rowcount == 0:
        raise NotFound(f"there is no user {name!r}")


def add_token(
    db: sa.Connection,
    user_id: int,
    label: str,
    *,
    scopes: str = "all",
    lifetime_seconds: float | None = None,
    text: str | None = None,
) -> str:
    """Make a token and return its text, which is kept nowhere. text: as a dialect has it; made here if there is none."""
    text = text or TOKEN_PREFIX + secrets.token_urlsafe(32)
    db.execute(
        sa.insert(tokens).values(
            user_id=user_id,
            sha256=_digest(text),
            label=label,
            scopes=scopes,
            created_at=now(),
            expires_at=None if lifetime_seconds is None else now() + lifetime_seconds,
        )
    )
    return text


def tokens_of(db: sa.Connection, user_id: int) -> list[Token]:
    rows = db.execute(sa.select(tokens).where(tokens.c.user_id == user_id).order_by(tokens.c.id))
    return [msgspec.convert(row, Token, from_attributes=True) for row in rows]


def revoke(db: sa.Connection, token_id: int) -> None:
    """End a token now. Raises NotFound."""
    changed = db.execute(
        sa.update(tokens)
        .where(tokens.c.id == token_id)
        .values(revoked_at=sa.func.coalesce(tokens.c.revoked_at, now()))
    )
    if changed.rowcount == 0:
        raise NotFound(f"there is no token {token_id}")


def forget_older(db: sa.Connection, user_id: int, label: str, *, keep: int) -> None:
    """End a user's oldest tokens of this label, so that so many are left."""
    kept = (
        sa.select(tokens.c.id)
        .where(tokens.c.user_id == user_id, tokens.c.label == label)
        .order_by(tokens.c.id.desc())
        .limit(keep)
    )
    db.execute(
        sa.delete(tokens).where(
            tokens.c.user_id == user_id,
            tokens.c.label == label,
            tokens.c.id.not_in(sa.select(kept.subquery().c.id)),
        )
    )


def authenticate(db: sa.Connection, text: str) -> Caller:
    """Return who carries this token. Raises Unauthenticated when it is unknown, expired or revoked."""
    row = db.execute(
        sa.select(
            users.c.id.label("user_id"),
            users.c.name,
            users.c.is_admin,
            users.c.enabled,
            tokens.c.id.label("token_id"),
            tokens.c.scopes,
            tokens.c.revoked_at,
            (tokens.c.expires_at <= now()).label("expired"),
        )
        .join(users, users.c.id == tokens.c.user_id)
        .where(tokens.c.sha256 == _digest(text))
    ).one_or_none()
    if row is None or not row.enabled:
        raise Unauthenticated("the token is not known")
    if row.revoked_at is not None:
        raise Unauthenticated("the token was revoked")
    if row.expired:
        raise Unauthenticated("the token has expired")
    return Caller(row.user_id, row.name, row.is_admin, row.token_id, frozenset(row.scopes.split(",")))


def touch(db: sa.Connection, token_id: int) -> None:
    """Note that a token was used, to the minute: uses within one count as one."""
    at = db.execute(sa.select(now())).scalar_one()  # PostgreSQL's clock goes on within a statement
    db.execute(
        sa.update(tokens)
        .where(
            tokens.c.id == token_id,
            sa.or_(tokens.c.used_at.is_(None), tokens.c.used_at < at - TOUCH_SECONDS),
        )
        .values(
            used_at=at,
            first_used_at=sa.func.coalesce(tokens.c.first_used_at, at),
            use_count=tokens.c.use_count + 1,
        )
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
