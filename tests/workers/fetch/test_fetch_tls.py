"""TLS: whose certificate is believed."""

import ssl
import subprocess

import pytest

from pipelines.errors import BadInput
from tests.workers.fetch.servers import ok, redirect
from workers.fetch import exchange, fetch

OPENSSL = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of good.example that signs itself, and its key, in one file."""
    folder = tmp_path_factory.mktemp("tls")
    names = ["-subj", "/CN=good.example", "-addext", "subjectAltName=DNS:good.example", "-days", "2"]
    where = ["-keyout", folder / "key.pem", "-out", folder / "certificate.pem"]
    subprocess.run([*OPENSSL, *names, *where], check=True, capture_output=True)
    return folder


@pytest.fixture
def wrap(certificate):
    """Puts the server's end of a connection under TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "certificate.pem", certificate / "key.pem")
    return lambda plain: context.wrap_socket(plain, server_side=True)


@pytest.fixture
def believed(certificate, monkeypatch):
    """The certificate is among those that this machine believes."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "certificate.pem"))
    exchange._tls.cache_clear()
    yield
    exchange._tls.cache_clear()


def at_loopback(host, port):
    return ["127.0.0.1"]


@pytest.mark.usefixtures("believed")
def test_a_certificate_for_the_name_holds_though_we_connect_to_an_address(serve, wrap, rules, tmp_path):
    server = serve(ok(b"abc"), wrap=wrap)

    fetched = fetch(f"https://good.example:{server.port}/", tmp_path / "a", rules, resolve=at_loopback)

    assert fetched.size == 3
    assert f"Host: good.example:{server.port}\r\n".encode() in server.requests[0]


@pytest.mark.usefixtures("believed")
@pytest.mark.parametrize("host", ["bad.example", "127.0.0.1"])
def test_a_certificate_for_another_name_does_not_hold(host, serve, wrap, rules, tmp_path):
    server = serve(ok(b"abc"), wrap=wrap)

    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        fetch(f"https://{host}:{server.port}/", tmp_path / "a", rules, resolve=at_loopback)

    assert server.connections == 1
    assert server.requests == []


def test_a_certificate_that_nobody_vouches_for_does_not_hold(serve, wrap, rules, tmp_path):
    server = serve(ok(b"abc"), wrap=wrap)

    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        fetch(f"https://good.example:{server.port}/", tmp_path / "a", rules, resolve=at_loopback)

    assert server.connections == 1
    assert server.requests == []


@pytest.mark.usefixtures("believed")
def test_no_redirect_leads_out_of_tls(serve, wrap, rules, tmp_path):
    plain = serve(ok(b"abc"))
    server = serve(redirect(plain.url), wrap=wrap)

    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        fetch(f"https://good.example:{server.port}/", tmp_path / "a", rules, resolve=at_loopback)

    assert plain.connections == 0


@pytest.mark.usefixtures("believed")
def test_a_redirect_leads_into_tls(serve, wrap, rules, tmp_path):
    server = serve(ok(b"abc"), wrap=wrap)
    plain = serve(redirect(f"https://good.example:{server.port}/"))

    fetched = fetch(plain.url, tmp_path / "a", rules, resolve=at_loopback)

    assert fetched.size == 3


def test_a_handshake_that_does_not_come_is_left_in_time(serve, hasty, tmp_path):
    server = serve(
        b"HTTP/1.1 200 OK\r\n\r\n"
    )  # waits for a request, which is never sent before the handshake

    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        fetch(f"https://good.example:{server.port}/", tmp_path / "a", hasty, resolve=at_loopback)

    assert server.connections == 3


def test_what_speaks_no_tls_is_refused(serve, rules, tmp_path):
    def answer_at_once(plain):
        plain.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        return plain

    server = serve(b"", wrap=answer_at_once)

    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        fetch(f"https://good.example:{server.port}/", tmp_path / "a", rules, resolve=at_loopback)
