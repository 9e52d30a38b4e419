"""A URL, taken apart into what a request needs, or refused."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import urljoin

from msgspec import Struct
from urllib3.util import parse_url

from darkroom.allowed import Address
from workers.fetch.faults import NotFetched

URL_LIMIT = 8192  # characters
HOST_LIMIT = 253  # bytes of a name, by RFC 1035
PORTS = {"http": 80, "https": 443}
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")
_NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
# What older resolvers read as an address: 2130706433, 0x7f.1, 0177.0.0.1, 127.1.
_NUMERIC_END = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)")


class Target(Struct, frozen=True):
    """Where to ask for what. host: a name, as IDNA writes it, or an address without brackets; path: with its query."""

    scheme: str
    host: str
    port: int
    path: str

    def address(self) -> Address | None:
        """Return the host as an address, None when it is a name."""
        return IPv6Address(self.host) if ":" in self.host else _ipv4(self.host)

    def authority(self) -> str:
        """Return host and port as a URL and the header `Host` write them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def url(self) -> str:
        return f"{self.scheme}://{self.authority()}{self.path}"

    def site(self) -> str:
        """Return what may stand in a log: a path or query may be all that protects a picture."""
        return f"{self.scheme}://{self.authority()}"

    def name(self) -> str:
        """Return the last segment of the path as it is written, perhaps nothing."""
        return self.path.partition("?")[0].rpartition("/")[2]

    def redirected(self, location: str) -> "Target":
        """Return where an answer sends us. Raises NotFetched as `read_target` does, and for a way out of TLS."""
        _check_signs(location)
        try:
            joined = urljoin(self.url(), location.strip(" "))
        except ValueError as error:
            raise NotFetched("redirects to no URL") from error
        following = read_target(joined)
        if self.scheme == "https" and following.scheme == "http":
            raise NotFetched("redirects from https to http")
        return following


def read_target(url: str) -> Target:
    """Take a URL apart; spaces become %20, a fragment is dropped.

    Raises NotFetched unless it is http or https, of a plain host, without user or password, of signs that no reader of it
    takes for something else.
    """
    _check_signs(url)
    try:
        parsed = parse_url(url.strip(" "))
    except ValueError as error:
        raise NotFetched("is no URL") from error
    if parsed.scheme not in PORTS:
        raise NotFetched("is neither http nor https")
    if parsed.auth is not None:
        raise NotFetched("has a user or password")
    query = "" if parsed.query is None else f"?{parsed.query}"
    port = PORTS[parsed.scheme] if parsed.port is None else parsed.port
    return Target(parsed.scheme, _host(parsed.host or ""), port, f"{parsed.path or '/'}{query}")


def _check_signs(url: str) -> None:
    if len(url) > URL_LIMIT:
        raise NotFetched(f"is longer than {URL_LIMIT} characters")
    if _FORBIDDEN.search(url):
        raise NotFetched("has a control character or a backslash")


def _host(written: str) -> str:
    if written.startswith("["):
        return _ipv6(written.strip("[]"))
    name = written.lower().removesuffix(".")
    if not _NAME.fullmatch(name) or len(name) > HOST_LIMIT:
        raise NotFetched("has no host that can be a name")
    if _NUMERIC_END.fullmatch(name) and _ipv4(name) is None:
        raise NotFetched("has an address in a form that not everybody reads alike")
    return name


def _ipv6(written: str) -> str:
    try:
        address = IPv6Address(written)
    except AddressValueError as error:
        raise NotFetched("has no host that can be an address") from error
    if address.scope_id is not None:
        raise NotFetched("has an address with a zone")
    return str(address)


def _ipv4(name: str) -> IPv4Address | None:
    try:
        return IPv4Address(name)
    except AddressValueError:
        return None
