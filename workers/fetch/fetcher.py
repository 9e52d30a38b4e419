"""A picture by its URL: redirects followed, attempts repeated, bytes counted, all within one span of time."""

import hashlib
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from http.client import HTTPResponse
from pathlib import Path

import structlog
from msgspec import Struct

from pipelines.errors import BadInput
from workers.fetch.addresses import Resolve, lookup, vet
from workers.fetch.deadline import Deadline
from workers.fetch.exchange import ask, chunks
from workers.fetch.faults import NotFetched
from workers.fetch.rules import Rules
from workers.fetch.targets import Target, read_target

log = structlog.get_logger()

COULD_NOT = "Could not download this image."  # whatever the cause: it would tell what stands in our network
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PAUSE_LIMIT_SECONDS = 10.0


class Fetched(Struct, frozen=True):
    """What was fetched."""

    sha256: str
    size: int


class _Visit(Struct, frozen=True):
    """What every step of one fetch has to know."""

    rules: Rules
    deadline: Deadline
    resolve: Resolve


def fetch(url: str, path: Path, rules: Rules, *, resolve: Resolve = lookup) -> Fetched:
    """Write what the URL gives to the path, which is not there if it fails.

    resolve: gives the addresses of a host; it is asked once per attempt and redirect.
    Raises BadInput: could_not_download, too_large. The cause of the first is logged, by site alone.
    """
    visit = _Visit(rules, Deadline(rules.seconds), resolve)
    try:
        return _persist(read_target(url), path, visit)
    except NotFetched as error:
        log.warning("not fetched", site=_site(url), reason=str(error))
        raise BadInput(COULD_NOT, code="could_not_download") from error


def _persist(target: Target, path: Path, visit: _Visit) -> Fetched:
    """Try as often as it may help."""
    attempt, pause = 1, visit.rules.pause_seconds
    while True:
        try:
            return _follow(target, path, visit)
        except NotFetched as error:
            seconds = pause if error.after_seconds is None else error.after_seconds
            is_last = attempt == visit.rules.attempts or seconds >= visit.deadline.left()
            if is_last or not error.may_help:
                raise
            log.info("fetching again", site=target.site(), reason=str(error), after_seconds=seconds)
        time.sleep(seconds)
        attempt, pause = attempt + 1, min(2 * pause, PAUSE_LIMIT_SECONDS)


def _follow(target: Target, path: Path, visit: _Visit) -> Fetched:
    """Follow redirects to the bytes; each address is looked at as the first was."""
    seen = set[Target]()
    while target not in seen:
        seen.add(target)
        if len(seen) > visit.rules.redirects_limit + 1:
            raise NotFetched(f"redirects more than {visit.rules.redirects_limit} times")
        addresses = vet(target, visit.rules, visit.resolve, visit.deadline)
        with ask(target, addresses, visit.rules, visit.deadline) as response:
            if response.status not in REDIRECTS:
                return _receive(response, path, visit.rules.bytes_limit)
            target = target.redirected(_location(response))
    raise NotFetched("redirects in a circle")


def _receive(response: HTTPResponse, path: Path, limit: int) -> Fetched:
    _check_status(response)
    if response.length is not None and response.length > limit:
        raise _too_large(limit)
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("wb") as file:
            for chunk in _limited(chunks(response), limit):
                size += len(chunk)
                digest.update(chunk)
                file.write(chunk)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Fetched(digest.hexdigest(), size)


def _limited(body: Iterator[bytes], limit: int) -> Iterator[bytes]:
    size = 0
    for chunk in body:
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        yield chunk


def _check_status(response: HTTPResponse) -> None:
    status = response.status
    if status == 200:
        return
    wished = _after_seconds(response.getheader("Retry-After"))
    raise NotFetched(f"answers {status}", may_help=status == 429 or status >= 500, after_seconds=wished)


def _after_seconds(header: str | None) -> float | None:
    """Read a number of seconds, or a date; anything else is no wish."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _location(response: HTTPResponse) -> str:
    """Return where a redirect leads; what is beyond ASCII is UTF-8, though headers are read as Latin-1."""
    location = response.getheader("Location")
    if not location:
        raise NotFetched(f"answers {response.status} without a place to go")
    try:
        return location.encode("latin-1").decode()
    except UnicodeError:
        return location


def _too_large(limit: int) -> BadInput:
    return BadInput(f"This image is larger than the limit of {limit} bytes.", code="too_large")


def _site(url: str) -> str:
    try:
        return read_target(url).site()
    except NotFetched:
        return "?"
