"""From which address a request comes: the caller's own, where only our own proxies stand between."""

import functools
import ipaddress

from falcon import Request

from darkroom.proxies import Networks, read_networks
from darkroom.settings import Settings


def peer_of(req: Request, settings: Settings) -> str:
    """Return the address next to us that is no proxy of ours; what others write into X-Forwarded-For is not believed."""
    trusted = _networks(settings.trusted_proxies)
    peer = req.remote_addr
    for hop in reversed((req.get_header("X-Forwarded-For") or "").split(",")):
        if not _is_in(peer, trusted):
            return peer
        peer = hop.strip() or peer
    return peer


@functools.lru_cache(maxsize=8)
def _networks(text: str) -> Networks:
    return read_networks(text)


def _is_in(address: str, networks: Networks) -> bool:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(known in network for network in networks)
