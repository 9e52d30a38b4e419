"""Where pictures may be fetched from besides public addresses, as the settings write it."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from msgspec import Struct

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Allowed(Struct, frozen=True):
    """A network or the name of a host, and the one port of it that is meant; None: every port."""

    place: Network | str
    port: int | None = None

    def covers(self, host: str, address: Address, port: int) -> bool:
        """Whether this address, found under that name, is meant."""
        if self.port not in {None, port}:
            return False
        return host == self.place if isinstance(self.place, str) else address in self.place


def read_allowed(text: str) -> tuple[Allowed, ...]:
    """Return what a comma-separated list of networks, addresses and host names allows. Raises ValueError."""
    return tuple(_read_one(entry.strip()) for entry in text.split(",") if entry.strip())


def read_ports(text: str) -> frozenset[int]:
    """Return the ports of a comma-separated list. Raises ValueError."""
    return frozenset(_read_port(entry.strip()) for entry in text.split(",") if entry.strip())


def _read_one(entry: str) -> Allowed:
    place, port = _split(entry)
    network = _network(place)
    if network is not None:
        return Allowed(network, port)
    if not (place.isascii() and place and all(sign.isalnum() or sign in "-._" for sign in place)):
        raise ValueError(f"{entry!r} is neither a network nor a host, with or without :port")
    return Allowed(place.lower().rstrip("."), port)


def _split(entry: str) -> tuple[str, int | None]:
    """Tell the port from an address, which has colons of its own in IPv6: `[fd00::1]:9000`."""
    if entry.startswith("["):
        place, bracket, rest = entry[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"{entry!r} is neither a network nor a host, with or without :port")
        return place, _read_port(rest[1:]) if rest else None
    if entry.count(":") != 1:
        return entry, None
    place, _, port = entry.partition(":")
    return place, _read_port(port)


def _network(place: str) -> Network | None:
    try:
        return ip_network(place)
    except ValueError:
        if "/" in place:
            raise
        return None


def _read_port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise ValueError(f"{text!r} is no port from 1 to 65535")
    return int(text)
