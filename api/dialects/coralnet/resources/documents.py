"""The door's own description."""

import msgspec
from falcon import Request, Response


class OpenApi:
    anonymous = True
    speaks = ""

    def __init__(self, document: object) -> None:
        self._encoded = msgspec.json.encode(document)

    def on_get(self, req: Request, resp: Response) -> None:
        resp.content_type = "application/json"
        resp.data = self._encoded
