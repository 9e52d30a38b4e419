"""The verbs about who may call: user and token; they speak to the database, so they work while no server runs."""

import argparse
import getpass
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from cli import exits
from cli.processes import read_settings
from darkroom.errors import Conflict, Invalid
from storage import engine as engines
from storage import feeds, passwords, schema, users
from storage.engine import read, write

DAY_SECONDS = 24 * 3600.0


def declare_user(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    actions.add_parser("list", help="who there is").set_defaults(run=list_users)
    adding = actions.add_parser("add", help="make a user, who then needs a token")
    adding.add_argument("name")
    adding.add_argument("--admin", action="store_true", help="marked as an operator of this house")
    adding.set_defaults(run=add_user)
    setting = actions.add_parser(
        "password", help="let a user log in by name; the password is asked for, or read"
    )
    setting.add_argument("name")
    setting.add_argument("--remove", action="store_true", help="let them log in no longer")
    setting.set_defaults(run=set_password)
    for action, enabled in (("disable", False), ("enable", True)):
        one = actions.add_parser(
            action, help="let a user in" if enabled else "shut a user out, tokens and all"
        )
        one.add_argument("name")
        one.set_defaults(run=enable_user, enabled=enabled)


def declare_token(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="a user's tokens, never their text")
    listing.add_argument("user")
    listing.set_defaults(run=list_tokens)
    adding = actions.add_parser("add", help="make a token and print it, this once")
    adding.add_argument("user")
    adding.add_argument("--label", default="", help="what it is for")
    adding.add_argument(
        "--scopes",
        default="all",
        help=f"comma-separated, of {', '.join(users.SCOPES)} (all); or the key of a feed, feed:DEVICE, feed-read:DEVICE",
    )
    adding.add_argument("--days", type=float, help="until it expires; never if not said")
    adding.set_defaults(run=add_token)
    revoking = actions.add_parser("revoke", help="end a token now")
    revoking.add_argument("token", type=int, metavar="ID")
    revoking.set_defaults(run=revoke_token)


DECLARE: dict[str, Callable[[argparse.ArgumentParser], None]] = {"user": declare_user, "token": declare_token}


def list_users(arguments: argparse.Namespace) -> int:
    table = Table("user", "admin", "enabled", "since", box=None, pad_edge=False)
    with opened_database() as engine, read(engine) as db:
        for user in users.find(db):
            table.add_row(user.name, _yes(user.is_admin), _yes(user.enabled), _time(user.created_at))
    Console().print(table)
    return exits.OK


def add_user(arguments: argparse.Namespace) -> int:
    with opened_database() as engine, write(engine) as db:
        users.add(db, arguments.name, is_admin=arguments.admin)
    print(f"user {arguments.name}; give them a token with: darkroom token add {arguments.name}")
    return exits.OK


def set_password(arguments: argparse.Namespace) -> int:
    if arguments.remove:
        with opened_database() as engine, write(engine) as db:
            passwords.remove_password(db, arguments.name)
        print(f"user {arguments.name} can no longer log in with a password")
        return exits.OK
    text = _ask() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    with opened_database() as engine, write(engine) as db:
        passwords.set_password(db, arguments.name, text)
    print(f"user {arguments.name} can log in with this password")
    return exits.OK


def _ask() -> str:
    """Have the password typed twice, unseen. Raises Invalid when the two differ."""
    text = getpass.getpass("password: ")
    if getpass.getpass("again: ") != text:
        raise Invalid("the two passwords differ", where="password")
    return text


def enable_user(arguments: argparse.Namespace) -> int:
    with opened_database() as engine, write(engine) as db:
        users.enable(db, arguments.name, enabled=arguments.enabled)
    print(f"user {arguments.name} is {'enabled' if arguments.enabled else 'disabled'}")
    return exits.OK


def list_tokens(arguments: argparse.Namespace) -> int:
    table = Table("id", "label", "scopes", "made", "used", "ends", box=None, pad_edge=False)
    with opened_database() as engine, read(engine) as db:
        for token in users.tokens_of(db, users.by_name(db, arguments.user).id):
            ends = f"revoked {_time(token.revoked_at)}" if token.revoked_at else _time(token.expires_at)
            made, used = _time(token.created_at), _time(token.used_at)
            table.add_row(str(token.id), token.label, token.scopes, made, used, ends)
    Console().print(table)
    return exits.OK


def add_token(arguments: argparse.Namespace) -> int:
    scopes = [scope.strip() for scope in arguments.scopes.split(",")]
    _check_scopes(scopes)
    lifetime = None if arguments.days is None else arguments.days * DAY_SECONDS
    with opened_database() as engine, write(engine) as db:
        user = users.by_name(db, arguments.user)
        text = users.add_token(
            db, user.id, arguments.label, scopes=",".join(scopes), lifetime_seconds=lifetime
        )
    print(text)
    return exits.OK


def _check_scopes(scopes: list[str]) -> None:
    of_feeds = [scope for scope in scopes if feeds.is_scope(scope)]
    if unknown := [scope for scope in scopes if scope not in {*users.SCOPES, *of_feeds}]:
        raise Invalid(
            f"no such scope: {', '.join(unknown)}", hint=f"there are {', '.join(users.SCOPES)}, feed:DEVICE"
        )
    if of_feeds and len(scopes) > 1:
        raise Invalid("a feed's key opens that feed and nothing else", hint="make a token of its own for it")


def revoke_token(arguments: argparse.Namespace) -> int:
    with opened_database() as engine, write(engine) as db:
        users.revoke(db, arguments.token)
    print(f"token {arguments.token} is revoked")
    return exits.OK


@contextmanager
def opened_database() -> Iterator[sa.Engine]:
    """Open the database of the settings, and close it. Raises Conflict when its schema is not the newest."""
    engine = engines.connect(read_settings().database())
    try:
        with read(engine) as db:
            if not schema.is_current(db):
                raise Conflict("the database is not at this version's schema", hint="run `darkroom migrate`")
        yield engine
    finally:
        engine.dispose()


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"


def _time(seconds: float | None) -> str:
    return "" if seconds is None else time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))
