"""Who calls, and from where."""

from ipaddress import ip_address

import sqlalchemy as sa
from falcon import Request

from storage.planttracer import people
from storage.planttracer.people import Person


def person_of(db: sa.Connection, req: Request) -> Person:
    """Return who carries the key of this call. Raises Unauthenticated."""
    return people.get(db, req.context.caller.user_id)


def address_of(req: Request) -> str:
    """Return the client's address: what a proxy of ours, on a private network, says last of whom it speaks for."""
    peer = str(req.remote_addr)
    forwarded = (req.get_header("X-Forwarded-For") or "").rpartition(",")[2].strip()
    return forwarded if forwarded and _is_private(peer) and _is_address(forwarded) else peer


def _is_private(text: str) -> bool:
    return _is_address(text) and ip_address(text).is_private


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
