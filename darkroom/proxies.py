"""The proxies that stand before us, as a setting lists them."""

import ipaddress

Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]


def read_networks(text: str) -> Networks:
    """Return the networks and addresses of a comma-separated list. Raises ValueError."""
    return tuple(ipaddress.ip_network(word.strip()) for word in text.split(",") if word.strip())
