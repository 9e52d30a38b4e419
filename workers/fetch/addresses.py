"""The addresses of a host: resolved once, and each looked at before anything connects to it."""

import contextlib
import socket
import threading
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from darkroom.allowed import Address
from workers.fetch.deadline import Deadline
from workers.fetch.faults import NotFetched
from workers.fetch.rules import Rules
from workers.fetch.targets import Target

Resolve = Callable[[str, int], list[str]]

# Beyond what this Python's `is_global` leaves out.
_NOT_PUBLIC_V4 = tuple(
    IPv4Network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4", "240.0.0.0/4")
)
_PUBLIC_V6 = IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
_NAT64 = IPv6Network("64:ff9b::/96")
# Where clouds keep the credentials of a machine: link-local; AWS by IPv6; Alibaba; Oracle; Azure, by a public address.
_METADATA = tuple(
    ip_network(text)
    for text in (
        "169.254.0.0/16",
        "fe80::/10",
        "fd00:ec2::/32",
        "100.100.100.200/32",
        "192.0.0.192/32",
        "168.63.129.16/32",
    )
)
_METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "metadata.goog", "instance-data"})


def lookup(host: str, port: int) -> list[str]:
    """Return the addresses that this machine's resolver gives. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def vet(target: Target, rules: Rules, resolve: Resolve, deadline: Deadline) -> list[Address]:
    """Return the addresses that may be connected to for the target.

    Raises NotFetched when there is none, or when one of them is not for us: a name that has it besides is a trap.
    """
    if target.host in _METADATA_NAMES:
        raise NotFetched("is where a cloud keeps credentials")
    literal = target.address()
    addresses = [literal] if literal is not None else _resolved(target, resolve, deadline, rules.idle_seconds)
    for address in addresses:
        _check(target, address, rules)
    return addresses


def is_public(address: Address) -> bool:
    """Whether an address belongs to a machine that the whole Internet can reach."""
    inner = unwrapped(address)
    if isinstance(inner, IPv4Address):
        return inner.is_global and not any(inner in network for network in _NOT_PUBLIC_V4)
    return inner in _PUBLIC_V6 and inner.is_global and not any(inner in network for network in _NOT_PUBLIC_V6)


def unwrapped(address: Address) -> Address:
    """Return the IPv4 address within an IPv6 one that is mapped or translated (NAT64), else the address itself."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _check(target: Target, address: Address, rules: Rules) -> None:
    inner = unwrapped(address)
    if any(inner in network for network in _METADATA):
        raise NotFetched("is where a cloud keeps credentials")
    if rules.is_ours(target) or rules.allow(target, inner):
        return
    if not is_public(address):
        raise NotFetched(f"{address} is not public")
    if target.port not in rules.ports:
        raise NotFetched(f"port {target.port} is not among those that are fetched from")


def _resolved(target: Target, resolve: Resolve, deadline: Deadline, seconds: float) -> list[Address]:
    """Ask the resolver, which knows no limit of time, on a thread that is left alone when it takes too long."""
    found: list[list[str]] = []
    errors: list[OSError] = []

    def ask() -> None:
        try:
            found.append(resolve(target.host, target.port))
        except OSError as error:
            errors.append(error)

    thread = threading.Thread(target=ask, name="resolve", daemon=True)
    thread.start()
    thread.join(deadline.bound(seconds))
    if errors:
        is_unknown = isinstance(errors[0], socket.gaierror) and errors[0].errno == socket.EAI_NONAME
        raise NotFetched(f"has no address: {errors[0]}", may_help=not is_unknown)
    if not found:
        raise NotFetched("was not resolved in time", may_help=True)
    return _read(found[0])


def _read(texts: list[str]) -> list[Address]:
    addresses: list[Address] = []
    for text in texts:
        with contextlib.suppress(ValueError):
            addresses.append(ip_address(text))
    if len(addresses) < max(len(texts), 1):
        raise NotFetched("has no address that can be read")
    return addresses
