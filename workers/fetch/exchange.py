"""One request to a vetted address, and its answer, piece by piece."""

import functools
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPException, HTTPResponse, IncompleteRead
from ipaddress import IPv6Address
from typing import cast

from darkroom.allowed import Address
from workers.fetch.deadline import Deadline, Wire
from workers.fetch.faults import NotFetched
from workers.fetch.rules import Rules
from workers.fetch.targets import Target

AGENT = "Darkroom (fetches pictures that its users name)"
HEADERS_LIMIT = 256 << 10  # bytes; `http.client` would take 100 lines of 64 KiB
ADDRESSES_LIMIT = 4  # of a name, that are tried
CHUNK = 64 << 10


@contextmanager
def ask(target: Target, addresses: list[Address], rules: Rules, deadline: Deadline) -> Iterator[HTTPResponse]:
    """Give the answer to a GET, its headers read and its body to come by `chunks`; no name is resolved here.

    Raises NotFetched.
    """
    with ExitStack() as closing:
        with _network():
            plain = closing.enter_context(_connect(target, addresses, rules, deadline))
            connection = closing.enter_context(_encrypt(plain, target, rules, deadline))
            connection.settimeout(deadline.bound(rules.idle_seconds))
            connection.sendall(_request(target))
            wire = Wire(connection, deadline, rules.idle_seconds, HEADERS_LIMIT)
            # All that it ever asks of a socket is `makefile`.
            response = closing.enter_context(HTTPResponse(cast("socket.socket", wire), method="GET"))
            response.begin()
            if wire.has_ended:  # `http.client` takes what came of the headers for all of them
                raise NotFetched("broke off within its headers", may_help=True)
            wire.bytes_left = 2 * rules.bytes_limit + HEADERS_LIMIT  # chunks have a form of their own
        yield response


def chunks(response: HTTPResponse) -> Iterator[bytes]:
    """Give the body. Raises NotFetched when it ends before its announced length, or the connection breaks off."""
    announced, size = response.length, 0
    while True:
        with _network():
            chunk = response.read(CHUNK)
        if not chunk:
            break
        size += len(chunk)
        yield chunk
    if announced is not None and size < announced:
        raise NotFetched(f"broke off after {size} of {announced} bytes", may_help=True)


@contextmanager
def _network() -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise NotFetched(f"its certificate does not hold: {error.verify_message}") from error
    except (OSError, IncompleteRead) as error:
        raise NotFetched(f"is silent or broke off: {error}", may_help=True) from error
    except (HTTPException, ValueError) as error:  # the latter of a chunk of negative size, for one
        raise NotFetched(f"does not speak HTTP as we do: {type(error).__name__}") from error


def _connect(target: Target, addresses: list[Address], rules: Rules, deadline: Deadline) -> socket.socket:
    """Connect to the first address that answers."""
    last: OSError | None = None
    for address in addresses[:ADDRESSES_LIMIT]:
        family = socket.AF_INET6 if isinstance(address, IPv6Address) else socket.AF_INET
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(deadline.bound(rules.connect_seconds))
            connection.connect((str(address), target.port))
        except OSError as error:
            connection.close()
            last = error
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise NotFetched(f"no connection: {last}", may_help=True)


def _encrypt(plain: socket.socket, target: Target, rules: Rules, deadline: Deadline) -> socket.socket:
    """Return the connection, under TLS with a certificate for the target's name if the URL asks for it."""
    if target.scheme == "http":
        return plain
    plain.settimeout(deadline.bound(rules.idle_seconds))  # of a handshake, it bounds the whole
    return _tls().wrap_socket(plain, server_hostname=target.host)


@functools.cache
def _tls() -> ssl.SSLContext:
    """Return what knows the authorities of this machine; reading them takes long enough to do it once."""
    return ssl.create_default_context()


def _request(target: Target) -> bytes:
    lines = (
        f"GET {target.path} HTTP/1.1",
        f"Host: {target.authority()}",
        f"User-Agent: {AGENT}",
        "Accept: image/*, */*;q=0.1",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii")
