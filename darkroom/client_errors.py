"""What can go wrong between a client and the server; each error is one calm line, with what to do about it."""

from typing import Any

import httpx
import msgspec


class ClientError(Exception):
    """The server refused, or its answer cannot be used.

    status: of the HTTP answer, 0 when there was none. pointer: the field or parameter of the request that is
    wrong.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        code: str = "error",
        pointer: str | None = None,
        hint: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.pointer = pointer
        self.hint = hint
        self.request_id = request_id


class Refused(ClientError):
    """The request was understood and declined: asking again as it is changes nothing."""


class Unreachable(ClientError):
    """No usable answer within the client's patience."""


class Corrupt(ClientError):
    """The bytes that arrived are not the bytes that were promised."""


class NotMade(ClientError):
    """What was ordered has failed on the server; the message says why."""


def unreachable(url: httpx.URL | str, error: Exception) -> Unreachable:
    """Return what to say when nobody answered at `url`."""
    address = httpx.URL(url)
    where = f"{address.scheme}://{address.netloc.decode()}"
    reason = str(error) or type(error).__name__
    return Unreachable(
        f"cannot reach {where}: {reason}",
        code="unreachable",
        hint="is `darkroom up` running? DARKROOM_URL names it",
    )


def refusal(response: httpx.Response) -> ClientError:
    """Return the error that an answer of 400 or more tells, from its problem document if it has one."""
    problem = _problem(response)
    family = Unreachable if response.status_code >= 500 or response.status_code == 429 else Refused
    return family(
        str(problem.get("detail") or problem.get("title") or f"the server answered {response.status_code}"),
        status=response.status_code,
        code=str(problem.get("code") or "error"),
        pointer=problem.get("pointer") or problem.get("parameter"),
        hint=problem.get("hint"),
        request_id=problem.get("request_id"),
    )


def _problem(response: httpx.Response) -> dict[str, Any]:
    """Return the RFC 9457 document of a read answer, empty when it carries none."""
    try:
        document = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, httpx.ResponseNotRead):
        return {}
    return document if isinstance(document, dict) else {}
