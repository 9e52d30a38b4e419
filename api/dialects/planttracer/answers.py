"""How this door answers: `error` is always there, and many a refusal comes with status 200."""

from html import escape
from typing import Any

import falcon
from falcon import Request, Response

from api.bodies import write_json

HTML = "text/html; charset=utf-8"


class Refused(falcon.HTTPError):
    """What the client shows its user; the status is 200 wherever the client reads the message only then."""

    def __init__(self, message: str, status: int = 200) -> None:
        super().__init__(status, description=message)


def answer(resp: Response, **values: Any) -> None:
    """Answer that it went well. `error` is a JSON boolean: the client compares with `=== false`."""
    write_json(resp, {"error": False, **values})


def page(title: str, text: str) -> bytes:
    """Return the page with which paths and methods are refused that are not there."""
    return f"<h1>{escape(title)}</h1><pre>{escape(text)}</pre>\n".encode()


def send_missing(req: Request, resp: Response, **given: object) -> None:
    """Answer for a path that is not there."""
    resp.status = 404
    resp.content_type = HTML
    resp.data = page("404 Not Found", f"there is no {req.path}")
