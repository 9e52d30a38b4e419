"""What may be fetched, and how much time and space it may take."""

import re
from urllib.parse import unquote

from msgspec import Struct

from darkroom.allowed import Address, Allowed, read_allowed, read_ports
from darkroom.settings import Settings
from workers.fetch.targets import Target, read_target

_PARTING = re.compile(r"[/\\]")
_UP = frozenset({".", ".."})


class Rules(Struct, frozen=True, kw_only=True):
    """allowed: places that may be private. ports: of public addresses. seconds: for everything, pauses included.

    store_url: what lies under it is ours, and may be private; empty: nothing does.
    """

    allowed: tuple[Allowed, ...] = ()
    ports: frozenset[int] = frozenset({80, 443})
    bytes_limit: int
    seconds: float
    connect_seconds: float
    idle_seconds: float
    redirects_limit: int
    attempts: int
    pause_seconds: float = 0.5  # before the second attempt; doubles with every further one
    store_url: str = ""

    def is_ours(self, target: Target) -> bool:
        """Whether the target lies in our own bucket, which looks at signatures itself."""
        if not self.store_url or not target.url().startswith(self.store_url):
            return False
        # What stands before a store may take %2e%2e for a way up, out of the bucket to whatever else is there.
        return _UP.isdisjoint(_PARTING.split(unquote(target.path.partition("?")[0])))

    def allow(self, target: Target, address: Address) -> bool:
        """Whether this address of the target may be private."""
        return any(entry.covers(target.host, address, target.port) for entry in self.allowed)


def rules_of(settings: Settings) -> Rules:
    """Return the rules that the settings make."""
    return Rules(
        allowed=read_allowed(settings.fetch_allow),
        ports=read_ports(settings.fetch_ports),
        bytes_limit=settings.fetch_bytes_limit,
        seconds=settings.fetch_seconds,
        connect_seconds=settings.fetch_connect_seconds,
        idle_seconds=settings.fetch_idle_seconds,
        redirects_limit=settings.fetch_redirects_limit,
        attempts=settings.fetch_attempts,
        store_url=_store_url(settings),
    )


def _store_url(settings: Settings) -> str:
    endpoint = settings.s3_public_endpoint or settings.s3_endpoint
    if settings.store != "s3" or not endpoint:  # AWS itself is public
        return ""
    return read_target(f"{endpoint.rstrip('/')}/{settings.s3_bucket}/").url()
