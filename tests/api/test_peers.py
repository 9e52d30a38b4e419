"""From where a request comes, behind proxies that are ours and headers that anybody can write."""

import msgspec
import pytest
from falcon import Request
from falcon.testing import create_environ

from api.peers import peer_of
from darkroom.settings import Settings


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "expected"),
    [
        ("", "10.0.0.1", None, "10.0.0.1"),
        ("", "10.0.0.1", "203.0.113.9", "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.0/8", "10.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.0/8", "10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.0/8", "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        ("10.0.0.0/8", "10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", "nonsense", "nonsense"),
        ("::1, 127.0.0.1", "::1", "2001:db8::9", "2001:db8::9"),
    ],
)
def test_only_our_own_proxies_are_believed(trusted, peer, forwarded, expected):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    req = Request(create_environ(remote_addr=peer, headers=headers))

    found = peer_of(req, Settings(trusted_proxies=trusted))

    assert found == expected


def test_a_list_of_proxies_that_cannot_be_read_stops_the_start():
    with pytest.raises(msgspec.ValidationError, match="does not appear to be"):
        msgspec.convert({"trusted_proxies": "the proxy"}, Settings)
