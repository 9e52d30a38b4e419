"""The door's own description: openapi.json, and the page that people read."""

import msgspec
from falcon import Request, Response

from api.pages import send_page


class OpenApi:
    anonymous = True

    def __init__(self, document: object) -> None:
        self._encoded = msgspec.json.encode(document)

    def on_get(self, req: Request, resp: Response) -> None:
        resp.data = self._encoded


class Docs:
    anonymous = True
    speaks = "text/html"

    def __init__(self, body: str) -> None:
        self._body = body

    def on_get(self, req: Request, resp: Response) -> None:
        send_page(resp, "Darkroom API", self._body)
