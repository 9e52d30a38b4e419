"""Answers of the server read into values, and lists of them page by page."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import httpx
import msgspec

from darkroom.client_errors import ClientError
from darkroom.client_transport import Transport

Answer = TypeVar("Answer")
PAGE_SIZE = 200


def read_answer(response: httpx.Response, type_: type[Answer]) -> Answer:
    """Return the value of an answer. Raises ClientError when it is none that we know."""
    try:
        return msgspec.json.decode(response.content, type=type_)
    except msgspec.DecodeError as error:
        raise ClientError(
            f"the server's answer cannot be read: {error}",
            status=response.status_code,
            hint="is this a Darkroom?",
        ) from error


def pages(
    transport: Transport,
    path: str,
    noun: str,
    type_: type[Answer],
    query: Mapping[str, Any] | None = None,
) -> Iterator[Answer]:
    """Give the rows of a list, newest first, asking for the next page when it is needed. noun: what the page calls them."""
    asked: dict[str, Any] = {"limit": PAGE_SIZE, **(query or {}), "cursor": None}
    while True:
        page = read_answer(transport.call("GET", path, query=asked), dict[str, msgspec.Raw])
        yield from msgspec.json.decode(page[noun], type=list[type_])  # type: ignore[valid-type]
        asked["cursor"] = msgspec.json.decode(page.get("next_cursor", msgspec.Raw(b"null")))
        if asked["cursor"] is None:
            return
