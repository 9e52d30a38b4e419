"""Which places a list of the settings allows."""

from ipaddress import ip_address

import pytest

from darkroom import settings
from darkroom.allowed import read_allowed, read_ports
from darkroom.errors import Invalid


@pytest.mark.parametrize(
    ("listed", "host", "address", "port", "expected"),
    [
        ("10.1.0.0/16", "pictures", "10.1.2.3", 80, True),
        ("10.1.0.0/16", "pictures", "10.2.2.3", 80, False),
        ("10.1.2.3", "10.1.2.3", "10.1.2.3", 9000, True),
        ("10.1.2.3:9000", "10.1.2.3", "10.1.2.3", 9000, True),
        ("10.1.2.3:9000", "10.1.2.3", "10.1.2.3", 9001, False),
        ("fd00::/8", "pictures", "fd00::7", 443, True),
        ("[fd00::7]:9000", "pictures", "fd00::7", 9000, True),
        ("[fd00::7]:9000", "pictures", "fd00::7", 443, False),
        ("10.0.0.0/8", "pictures", "fd00::7", 443, False),
        (" Images.Lab.example:8080 , 10.0.0.1", "images.lab.example", "192.168.0.1", 8080, True),
        ("images.lab.example", "other.lab.example", "192.168.0.1", 80, False),
        ("", "pictures", "10.1.2.3", 80, False),
    ],
)
def test_a_list_allows_networks_addresses_and_hosts(listed, host, address, port, expected):
    allowed = read_allowed(listed)

    is_covered = any(entry.covers(host, ip_address(address), port) for entry in allowed)

    assert is_covered is expected


@pytest.mark.parametrize(
    "listed",
    ["10.1.2.3/8", "10.0.0.0/33", "host:0", "host:65536", "[fd00::7", "[::1]x", "a b", "straße.de", ":80"],
)
def test_a_list_that_cannot_be_read_stops_the_start(listed):
    variables = {"DARKROOM_FETCH_ALLOW": listed}

    with pytest.raises(Invalid, match="settings: "):
        settings.load(variables)


def test_ports_are_numbers():
    assert read_ports("80, 443") == {80, 443}
    with pytest.raises(Invalid, match="'http' is no port"):
        settings.load({"DARKROOM_FETCH_PORTS": "http"})
