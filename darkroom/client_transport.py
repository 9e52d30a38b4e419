"""One HTTP request, tried again while that is safe and the client's patience lasts."""

import random
import time
from collections.abc import Callable, Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import msgspec

from darkroom.client_errors import refusal, unreachable

RETRIED = frozenset({429, 502, 503, 504})
FIRST_PAUSE_SECONDS = 0.2
PAUSE_LIMIT_SECONDS = 10.0

Body = Callable[[], Iterable[bytes]]  # makes the same bytes at every try


class Patience:
    """How long one request may be tried again, and how long to pause before each try."""

    def __init__(
        self,
        seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.clock = clock
        self.sleep = sleep
        self.jitter = jitter
        self.until = clock() + seconds
        self.tries = 0

    def pause(self, retry_after: float | None = None) -> bool:
        """Sleep before another try; return False at once when that try would come too late.

        retry_after: what the server asked for, in seconds; without it, capped exponential back-off with jitter.
        """
        seconds = retry_after
        if seconds is None:
            growing = min(PAUSE_LIMIT_SECONDS, FIRST_PAUSE_SECONDS * 2**self.tries)
            seconds = growing * (0.5 + self.jitter() / 2)
        if self.clock() + seconds > self.until:
            return False
        self.tries += 1
        self.sleep(seconds)
        return True


class Transport:
    """Carries requests to one server: paths with the token, signed links of any host without it."""

    def __init__(
        self,
        url: str,
        token: str | None,
        *,
        timeout_seconds: float,
        patience: Callable[[], Patience],
        http: httpx.Client | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.timeout_seconds = timeout_seconds
        self.patience = patience
        self._authorization = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._http = http or httpx.Client(timeout=timeout_seconds)

    def close(self) -> None:
        self._http.close()

    def call(
        self,
        method: str,
        target: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        body: Body | None = None,
        headers: Mapping[str, str] | None = None,
        wait_seconds: float = 0.0,
    ) -> httpx.Response:
        """Return the answer, below 400. target: a path of the server, or a whole URL.

        Tries again when nobody answers, at 429, 502, 503 and 504, and at a 409 that says `not_ready`; so every
        request that passes here must be safe to repeat. Raises Refused, Unreachable.
        """
        patience = self.patience()
        while True:
            request = self.request(
                method,
                target,
                query=query,
                json=json,
                body=body,
                headers=headers,
                wait_seconds=wait_seconds,
            )
            try:
                response = self._http.send(request)
            except httpx.TransportError as error:
                if not patience.pause():
                    raise unreachable(request.url, error) from error
                continue
            if response.status_code < 400:
                return response
            if not _may_pass(response) or not patience.pause(retry_after(response)):
                raise refusal(response)

    def request(
        self,
        method: str,
        target: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        body: Body | None = None,
        headers: Mapping[str, str] | None = None,
        wait_seconds: float = 0.0,
    ) -> httpx.Request:
        """Return one try of a request; wait_seconds is added to the time that its answer may take."""
        own = not target.startswith(("http://", "https://"))
        sent = {**(self._authorization if own else {}), **(headers or {})}
        content: bytes | Iterable[bytes] | None = None if body is None else body()
        if json is not None:
            content = msgspec.json.encode(json)
            sent["Content-Type"] = "application/json"
        return self._http.build_request(
            method,
            self.url + target if own else target,
            params={name: value for name, value in query.items() if value is not None} if query else None,
            content=content,
            headers=sent,
            timeout=httpx.Timeout(self.timeout_seconds, read=self.timeout_seconds + wait_seconds),
        )

    def open(self, target: str) -> httpx.Response:
        """Return an answer whose body is still to be read; close it. Raises httpx.TransportError, ClientError."""
        response = self._http.send(self.request("GET", target), stream=True)
        if response.status_code >= 400:
            response.read()
            response.close()
            raise refusal(response)
        return response


def retry_after(response: httpx.Response) -> float | None:
    """Return how many seconds the server asks to wait, None when it does not say."""
    text = response.headers.get("Retry-After", "")
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None


def _may_pass(response: httpx.Response) -> bool:
    if response.status_code in RETRIED:
        return True
    return response.status_code == 409 and refusal(response).code == "not_ready"
