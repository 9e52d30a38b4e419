"""What is never connected to: the table of forms in which somebody may ask for what is not public."""

import socket
from ipaddress import ip_address

import msgspec
import pytest

from darkroom.allowed import read_allowed
from pipelines.errors import BadInput
from tests.workers.fetch.servers import ok, redirect
from workers.fetch import fetch
from workers.fetch.addresses import is_public
from workers.fetch.targets import read_target

REFUSED = [
    "http://127.0.0.1/",
    "http://localhost/",
    "http://localhost./",
    "http://0.0.0.0/",
    "http://0/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.0.1./",
    "http://134744072/",  # 8.8.8.8, but not everybody reads it so
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://metadata/",
    "http://192.0.0.192/",
    "http://168.63.129.16/machine?comp=goalstate",
    "http://192.0.2.1/",
    "http://192.88.99.1/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:808:808::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[fd00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
    "http://8.8.8.8:22/",
    "http://8.8.8.8:6379/",
    "http://8.8.8.8:0/",
    "http://8.8.8.8:99999/",
    "http://ok@8.8.8.8/",
    "http://ok:ok@8.8.8.8/",
    "http://8.8.8.8\\@127.0.0.1/",
    "http://8.8.8.8/\r\nHost: 127.0.0.1",
    "http://8.8.8.8/\x00",
    "http://8.8.8.8\t/",
    "http://8.8.8.8/\x85",
    "http://8.8.8.8/\ud800",
    "http://１２７.0.0.1/",
    "http://127。0。0。1/",
    "http://ⓛocalhost/",
    "http://exa mple.org/",
    "http://a..example/",
    "http://-/",
    f"http://{'a' * 64}.example/",
    f"http://{'.'.join(['a' * 60] * 5)}/",
    f"http://8.8.8.8/{'a' * 8192}",
    "http://[::1/",
    "http://[8.8.8.8]/",
    "http:///x",
    "http://",
    "//8.8.8.8/",
    "8.8.8.8/",
    "",
    "file:///etc/passwd",
    "data:image/png;base64,iVBORw0KGgo=",
    "ftp://8.8.8.8/",
    "gopher://8.8.8.8/",
    "jar:http://8.8.8.8/",
    "javascript:alert(1)",
]

RELATIVE = {"http:///x", "http://", "8.8.8.8/", ""}  # a redirect that says so leads to where it came from


@pytest.fixture
def resolve():
    """A resolver that knows a few names, and remembers what it was asked for."""
    addresses = {
        "localhost": ["127.0.0.1", "::1"],
        "public.example": ["8.8.8.8"],
        "inner.example": ["10.0.0.7"],
        "mixed.example": ["8.8.8.8", "10.0.0.7"],
        "mixed6.example": ["2600::1", "fd00::7"],
        "zone.example": ["fe80::1%eth0"],
        "store.example": ["127.0.0.1"],
    }

    class Resolver:
        def __init__(self):
            self.asked = []

        def __call__(self, host, port):
            self.asked.append(host)
            if host not in addresses:
                raise socket.gaierror(socket.EAI_NONAME, "no such name")
            return addresses[host]

    return Resolver()


@pytest.fixture
def no_connection(monkeypatch):
    """Whoever connects to anything fails the test."""

    def connect(connection, address):
        pytest.fail(f"connected to {address}")

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.mark.usefixtures("no_connection")
@pytest.mark.parametrize("url", REFUSED)
def test_what_is_not_public_is_refused_before_anything_is_sent(url, strict, resolve, tmp_path):
    with pytest.raises(BadInput) as refused:
        fetch(url, tmp_path / "picture", strict, resolve=resolve)

    assert (refused.value.message, refused.value.code) == (
        "Could not download this image.",
        "could_not_download",
    )
    assert not (tmp_path / "picture").exists()


@pytest.mark.usefixtures("no_connection")
@pytest.mark.parametrize(
    "host",
    ["inner.example", "mixed.example", "mixed6.example", "zone.example", "nobody.example", "LOCALHOST"],
)
def test_a_name_with_one_address_that_is_not_public_is_refused(host, strict, resolve, tmp_path):
    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        fetch(f"https://{host}/", tmp_path / "picture", strict, resolve=resolve)

    assert resolve.asked == [host.lower()]


@pytest.mark.parametrize("url", [url for url in REFUSED if url.isprintable() and url not in RELATIVE])
def test_a_redirect_to_what_is_not_public_is_refused(url, serve, rules, tmp_path):
    server = serve(redirect(url))
    port_alone = msgspec.structs.replace(
        rules, allowed=read_allowed(f"127.0.0.1:{server.port}"), ports=frozenset({80, 443})
    )

    with pytest.raises(BadInput) as refused:
        fetch(server.url, tmp_path / "picture", port_alone, resolve=lambda host, port: ["127.0.0.1"])

    assert refused.value.code == "could_not_download"
    assert server.connections == 1


def test_a_name_is_resolved_once_so_that_it_can_not_change_its_address(serve, rules, tmp_path, monkeypatch):
    server = serve(ok(b"picture"))
    answers = iter([["127.0.0.1"]])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **named: pytest.fail("resolved again"))

    fetched = fetch(
        f"http://rebinding.example:{server.port}/",
        tmp_path / "picture",
        rules,
        resolve=lambda host, port: next(answers),
    )

    assert fetched.size == 7
    assert f"Host: rebinding.example:{server.port}\r\n".encode() in server.requests[0]


def test_a_name_that_changes_its_address_between_attempts_is_looked_at_again(serve, rules, tmp_path):
    server = serve(b"", ok(b"secret"))
    answers = iter([["127.0.0.1"], ["10.0.0.7"]])

    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        fetch(
            f"http://x.example:{server.port}/", tmp_path / "picture", rules, resolve=lambda *_: next(answers)
        )

    assert server.connections == 1


def test_what_is_allowed_may_be_private(serve, strict, resolve, tmp_path):
    server = serve(ok(b"picture"))
    allowed = msgspec.structs.replace(strict, allowed=read_allowed(f"store.example:{server.port}"))

    fetched = fetch(f"http://store.example:{server.port}/", tmp_path / "a", allowed, resolve=resolve)

    assert fetched.size == 7
    with pytest.raises(BadInput):  # the name is allowed, not the address
        fetch(server.url, tmp_path / "b", allowed, resolve=resolve)


@pytest.mark.usefixtures("no_connection")
@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/",
        "http://169.254.170.23/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fd00:ec2::254]/",
        "http://168.63.129.16/",
        "http://metadata.google.internal/",
        "http://other.example/",
    ],
)
def test_where_clouds_keep_credentials_is_refused_even_if_allowed(url, strict, tmp_path):
    allowed = msgspec.structs.replace(
        strict, allowed=read_allowed("0.0.0.0/0, ::/0, metadata.google.internal, other.example")
    )

    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        fetch(url, tmp_path / "picture", allowed, resolve=lambda host, port: ["169.254.169.254"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8.8.8.8", True),
        ("223.255.255.254", True),
        ("2600::1", True),
        ("2606:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("4000::1", False),
        ("5f00::1", False),
        ("2001:20::1", False),
    ],
)
def test_public_is_what_the_whole_internet_can_reach(text, expected):
    address = ip_address(text)

    found = is_public(address)

    assert found is expected


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("HTTP://Example.org:80/a b?x=%2fa+b&y='q'#part", "http://example.org/a%20b?x=%2Fa+b&y='q'"),
        ("https://straße.example/", "https://xn--strae-oqa.example/"),
        ("https://my_bucket.s3.example:443/k/é", "https://my_bucket.s3.example/k/%C3%A9"),
        (" https://example.org./a/../b//c ", "https://example.org/b//c"),
        ("http://[2600:0::1]:80?q", "http://[2600::1]/?q"),
        ("http://example.org/?", "http://example.org/?"),
        ("http://8.8.8.8.example/", "http://8.8.8.8.example/"),
    ],
)
def test_a_url_is_read_in_one_way(written, read):
    target = read_target(written)

    assert target.url() == read
