"""What holds for every URL and every address."""

from contextlib import closing
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.provisional import urls
from msgspec import structs

from pipelines.errors import BadInput
from workers.fetch import NotFetched, fetch, read_target
from workers.fetch.addresses import is_public

TOO_LARGE = "This image is larger than the limit of 100000 bytes."
SIGNS = st.text(alphabet="htps:/@[]%.?#\\0123456789abcfx-_ é\t\r\n\x00。")
NOT_PUBLIC = (
    st.ip_addresses(v=4, network="10.0.0.0/8")
    | st.ip_addresses(v=4, network="127.0.0.0/8")
    | st.ip_addresses(v=4, network="169.254.0.0/16")
    | st.ip_addresses(v=4, network="192.168.0.0/16")
    | st.ip_addresses(v=4, network="100.64.0.0/10")
    | st.ip_addresses(v=4, network="224.0.0.0/3")
)
PIECES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 302 Found\r\n",
        b"HTTP/1.1 429 Slow\r\n",
        b"HTTP/9.9 -1\r\n",
        b"Content-Length: 3\r\n",
        b"Content-Length: -3\r\n",
        b"Content-Length: 1e9\r\n",
        b"Content-Length: " + b"9" * 5000 + b"\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Location: \xff\xfe//[\r\n",
        b"Location: http://[::1\r\n",
        b"Retry-After: Mon, 99 Foo 99999999999 99:99:99 +9999\r\n",
        b"Retry-After: Sat, 01 Jan 0001 00:00:00 -0000\r\n",
        b" folded\r\n",
        b"no colon\r\n",
        b"\r\n",
        b"-1\r\n",
        b"-5\r\n",
        b"0x3\r\n",
        b"3\r\nabc\r\n",
        b"0\r\n\r\n",
    ]
)
ANSWERS = st.binary(max_size=200) | st.lists(PIECES | st.binary(max_size=20), max_size=8).map(b"".join)


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


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANSWERS)
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabc")
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nabc")
@example(b"HTTP/1.1 429 Slow\r\nRetry-After: Mon, 01 Jan 99999999999 00:00:00 GMT\r\n\r\n")
@example(b"HTTP/1.1 429 Slow\r\nRetry-After: " + b"9" * 5000 + b"\r\n\r\n")
@example(b"HTTP/1.1 302 Found\r\nLocation: \xff\xfe//[\r\n\r\n")
def test_whatever_a_server_says_is_bytes_or_the_one_sentence(serve, hasty, tmp_path, answer):
    with closing(serve(answer)) as server:
        told = fetched_or_told(server.url, tmp_path / "picture", structs.replace(hasty, attempts=1))

    assert told in {"fetched", "Could not download this image.", TOO_LARGE}


def fetched_or_told(url, path, rules):
    try:
        fetch(url, path, rules)
    except BadInput as refused:
        return refused.message
    return "fetched"
