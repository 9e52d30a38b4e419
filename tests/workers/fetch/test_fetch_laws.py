"""What holds for every URL and every address."""

from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.provisional import urls

from workers.fetch import read_target
from workers.fetch.addresses import is_public
from workers.fetch.faults import NotFetched

SIGNS = st.text(alphabet="htps:/@[]%.?#\\0123456789abcfx-_ é\t\r\n\x00。")
NOT_PUBLIC = (
    st.ip_addresses(v=4, network="10.0.0.0/8")
    | st.ip_addresses(v=4, network="127.0.0.0/8")
    | st.ip_addresses(v=4, network="169.254.0.0/16")
    | st.ip_addresses(v=4, network="192.168.0.0/16")
    | st.ip_addresses(v=4, network="100.64.0.0/10")
    | st.ip_addresses(v=4, network="224.0.0.0/3")
)


def read(url):
    try:
        return read_target(url)
    except NotFetched:
        return None


@given(urls() | st.text() | SIGNS | SIGNS.map("http://{}".format))
def test_a_url_is_refused_or_read_as_everybody_reads_it(url):
    target = read(url)

    if target is not None:
        parts = urlsplit(target.url())
        assert (parts.scheme, parts.hostname, parts.port or target.port) == (
            target.scheme,
            target.host,
            target.port,
        )
        assert parts.username is None
        assert target.url().isascii() and target.url().isprintable() and " " not in target.url()
        assert read(target.url()) == target


@given(NOT_PUBLIC)
def test_no_form_of_an_address_makes_it_public(inner: IPv4Address):
    number = int(inner)
    mapped, compatible = IPv6Address((0xFFFF << 32) + number), IPv6Address(number)
    nat64, six_to_four = IPv6Address((0x64FF9B << 96) + number), IPv6Address((0x2002 << 112) + (number << 80))
    teredo = IPv6Address((0x20010000 << 96) + (0x08080808 << 64) + (number ^ 0xFFFFFFFF))

    found = [is_public(address) for address in (inner, mapped, compatible, nat64, six_to_four, teredo)]

    assert found == [False] * 6
