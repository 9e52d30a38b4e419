"""Where a server sends whoever fetches from it, what of that is followed, and what of it is told."""

import pytest

from pipelines.errors import BadInput
from tests.workers.fetch.servers import ok, redirect, status
from workers.fetch import Fetched, fetch

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture
def picture(tmp_path):
    return tmp_path / "picture"


def test_redirects_are_followed_to_other_hosts(serve, rules, picture):
    last = serve(ok(b"abc"))
    server = serve(
        redirect("/b?x=1", 301), redirect("c", 303), redirect(f"http://other.example:{last.port}/é#x", 308)
    )

    fetched = fetch(f"{server.url}/a/", picture, rules, resolve=lambda host, port: ["127.0.0.1"])

    assert fetched == Fetched(sha256=ABC, size=3)
    assert [request.split(b" ")[1] for request in server.requests] == [b"/a/", b"/b?x=1", b"/c"]
    assert last.requests[0].startswith(b"GET /%C3%A9 HTTP/1.1\r\nHost: other.example:")


def test_redirects_that_lead_back_are_noticed(serve, rules, picture):
    server = serve(redirect("/b"), redirect("/a"))

    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        fetch(f"{server.url}/a", picture, rules)

    assert server.connections == 2


def test_only_so_many_redirects_are_followed(serve, rules, picture):
    server = serve(*(redirect(f"/{number}") for number in range(5)), ok(b"abc"))
    endless = serve(*(redirect(f"/{number}") for number in range(6)), ok(b"abc"))

    fetched = fetch(f"{server.url}/x", picture, rules)

    assert fetched.size == 3
    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        fetch(f"{endless.url}/x", picture, rules)
    assert endless.connections == 6


def test_proxies_of_the_environment_are_not_used(serve, rules, picture, monkeypatch):
    server, proxy = serve(ok(b"abc")), serve(ok(b"proxied"))
    monkeypatch.setenv("http_proxy", proxy.url)

    fetched = fetch(server.url, picture, rules)

    assert fetched.size == 3
    assert proxy.connections == 0


def test_the_log_tells_the_cause_and_nothing_that_protects_a_picture(serve, rules, picture, capsys):
    server = serve(status(403))

    with pytest.raises(BadInput):
        fetch(f"{server.url}/share-token/a.jpg?X-Amz-Signature=geheim", picture, rules)

    logged = "".join(capsys.readouterr())
    assert "answers 403" in logged and server.url in logged
    assert "geheim" not in logged and "share-token" not in logged
