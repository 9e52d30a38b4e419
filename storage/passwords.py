"""Passwords of users, for dialects whose clients log in with a name: kept as argon2 makes them, never as they are."""

import functools

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import Struct

from darkroom.errors import Invalid, NotFound
from storage.tables import users
from storage.users import Caller

SHORTEST, LONGEST = 8, 1024  # characters
_HASHER = PasswordHasher()


class Login(Struct, frozen=True):
    """Who a name stands for, and what proves it; a password has no token, so its number is the user's, below zero."""

    caller: Caller
    password: str


def set_password(db: sa.Connection, name: str, text: str) -> None:
    """Give a user a password in place of the one before. Raises NotFound, Invalid."""
    if not SHORTEST <= len(text) <= LONGEST:
        raise Invalid(
            f"a password has {SHORTEST} to {LONGEST} characters",
            where="password",
            limit=f"{SHORTEST}..{LONGEST}",
        )
    changed = db.execute(sa.update(users).where(users.c.name == name).values(password=_HASHER.hash(text)))
    if changed.rowcount == 0:
        raise NotFound(f"there is no user {name!r}")


def remove_password(db: sa.Connection, name: str) -> None:
    """Let a user log in no longer; tokens stay good. Raises NotFound."""
    if db.execute(sa.update(users).where(users.c.name == name).values(password=None)).rowcount == 0:
        raise NotFound(f"there is no user {name!r}")


def login_of(db: sa.Connection, name: str) -> Login | None:
    """Return what is known of the user who may log in under this name; None when there is none."""
    row = db.execute(
        sa.select(users.c.id, users.c.name, users.c.is_admin, users.c.password).where(
            users.c.name == name, users.c.enabled, users.c.password.is_not(None)
        )
    ).one_or_none()
    if row is None:
        return None
    return Login(Caller(row.id, row.name, row.is_admin, -row.id, frozenset({"all"})), row.password)


def is_right(login: Login | None, text: str) -> bool:
    """Tell whether the text is the password; it takes tens of milliseconds and 64 MiB, whatever the answer."""
    try:
        _HASHER.verify(_nobody() if login is None else login.password, text)
    except (VerificationError, InvalidHashError):
        return False
    return login is not None


@functools.cache
def _nobody() -> str:
    """Return what is looked at for who is not there, so that both refusals take the same time."""
    return _HASHER.hash("nobody")
