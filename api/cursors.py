"""Cursors of lists: opaque to clients, the id of the last row within."""

import base64
import binascii
from urllib.parse import urlencode

from falcon import Request, Response

from api.ids import ID_LIMIT
from darkroom.errors import Invalid

MARK = b"b"  # before; another order of rows would take another mark


def encode(last_id: int) -> str:
    return base64.urlsafe_b64encode(MARK + str(last_id).encode()).decode().rstrip("=")


def decode(cursor: str | None) -> int | None:
    """Return the id below which the page begins, None for the first page. Raises Invalid."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _unknown() from error
    digits = raw.removeprefix(MARK)
    if not raw.startswith(MARK) or not digits.isdigit() or not 1 <= len(digits) <= 19:
        raise _unknown()
    if (number := int(digits)) > ID_LIMIT:
        raise _unknown()
    return number


def _unknown() -> Invalid:
    return Invalid("this cursor is not one of ours", where="cursor", hint="start again without a cursor")


def link(req: Request, resp: Response, cursor: str | None) -> None:
    """Name the next page in the header Link, if there is one."""
    if cursor is not None:
        query = urlencode({**req.params, "cursor": cursor})
        resp.append_link(f"{req.path}?{query}", "next")
