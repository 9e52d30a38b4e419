"""What servers do to whoever fetches from them, by malice or misfortune."""

import gzip
import socket
import time

import msgspec
import pytest

from pipelines.errors import BadInput
from tests.workers.fetch.servers import drip, ok, redirect, status
from workers.fetch import Fetched, fetch

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
TOO_LARGE = "This image is larger than the limit of 100000 bytes."


@pytest.fixture
def picture(tmp_path):
    return tmp_path / "picture"


def test_what_a_url_gives_lies_where_it_was_wanted(serve, rules, picture):
    server = serve(ok(b"abc"))

    fetched = fetch(f"{server.url}/a b.jpg?X-Signature=%2Fx#part", picture, rules)

    assert fetched == Fetched(sha256=ABC, size=3)
    assert picture.read_bytes() == b"abc"
    head, *lines = server.requests[0].decode().split("\r\n")
    assert head == "GET /a%20b.jpg?X-Signature=%2Fx HTTP/1.1"
    assert lines == [
        f"Host: 127.0.0.1:{server.port}",
        "User-Agent: Darkroom (fetches pictures that its users name)",
        "Accept: image/*, */*;q=0.1",
        "Accept-Encoding: identity",
        "Connection: close",
        "",
        "",
    ]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2;x=y\r\nbc\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nabc",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef",
    ],
)
def test_a_body_may_be_framed_as_http_knows(answer, serve, rules, picture):
    server = serve(answer)

    fetched = fetch(server.url, picture, rules)

    assert fetched == Fetched(sha256=ABC, size=3)


def test_a_picture_of_just_the_limit_is_taken(serve, rules, picture):
    server = serve(ok(bytes(100_000)))

    fetched = fetch(server.url, picture, rules)

    assert fetched.size == 100_000


def endless(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(bytes(65536))


def endless_in_chunks(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + bytes(65536) + b"\r\n")


@pytest.mark.parametrize(
    "answer", [endless, endless_in_chunks, ok(b"abc", length=10 << 30), ok(bytes(100_001))]
)
def test_more_bytes_than_the_limit_are_not_read_on(answer, serve, rules, picture):
    server = serve(answer)

    with pytest.raises(BadInput) as refused:
        fetch(server.url, picture, rules)

    assert (refused.value.message, refused.value.code) == (TOO_LARGE, "too_large")
    assert not picture.exists()
    assert server.connections == 1


def test_compressed_bytes_stay_as_they_are(serve, rules, picture):
    bomb = gzip.compress(bytes(50_000_000))
    server = serve(ok(bomb, "Content-Encoding: gzip"))

    fetched = fetch(server.url, picture, rules)

    assert fetched.size == len(bomb) < 60_000


def headers_without_end(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-Flood: " + b"y" * 1000 + b"\r\n")


def one_line_without_end(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Flood: ")
    while True:
        connection.sendall(b"y" * 65536)


def continues_without_end(connection):
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


def chunks_of_nothing(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"1;" + b"y" * 60_000 + b"\r\nx\r\n")


@pytest.mark.parametrize(
    "answer",
    [
        headers_without_end,
        one_line_without_end,
        continues_without_end,
        chunks_of_nothing,
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"+OK POP3 ready\r\n\r\n",
        status(404),
        status(403),
        status(204),
        status(206),
        status(304),
        b"HTTP/1.1 302 Found\r\n\r\n",
        redirect("/\x00"),
        redirect("http://[x/"),
    ],
)
def test_what_will_not_get_better_is_not_tried_again(answer, serve, rules, picture):
    server = serve(answer)

    with pytest.raises(BadInput) as refused:
        fetch(server.url, picture, rules)

    assert (refused.value.message, refused.value.code) == (
        "Could not download this image.",
        "could_not_download",
    )
    assert not picture.exists()
    assert server.connections == 1


def reset(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


@pytest.mark.parametrize(
    "answer",
    [
        status(500),
        status(503, "Retry-After: 0"),
        status(429, "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"),
        status(502, "Retry-After: soon"),
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        ok(b"a", length=3),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na",
        reset,
    ],
)
def test_what_may_get_better_is_tried_again(answer, serve, rules, picture):
    server = serve(answer, answer, ok(b"abc"))

    fetched = fetch(server.url, picture, rules)

    assert fetched == Fetched(sha256=ABC, size=3)
    assert server.connections == 3


def test_a_server_that_was_silent_is_tried_again(serve, hasty, picture):
    server = serve(lambda connection: time.sleep(1), ok(b"abc"))

    fetched = fetch(server.url, picture, hasty)

    assert fetched == Fetched(sha256=ABC, size=3)


def test_it_is_tried_so_often_and_no_more(serve, rules, picture):
    server = serve(status(503))

    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        fetch(server.url, picture, rules)

    assert server.connections == 3


def test_a_server_is_asked_again_when_it_wishes(serve, rules, picture):
    server = serve(status(429, "Retry-After: 1"), ok(b"abc"))
    started = time.monotonic()

    fetch(server.url, picture, rules)

    assert 1.0 <= time.monotonic() - started < 10.0


def test_a_wish_beyond_the_time_there_is_ends_it_at_once(serve, rules, picture):
    server = serve(status(503, "Retry-After: 3600"))
    started = time.monotonic()

    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        fetch(server.url, picture, rules)

    assert time.monotonic() - started < 10.0
    assert server.connections == 1


@pytest.mark.parametrize(
    "slow",
    [
        drip(b"", b"HTTP/1.1 200 OK\r\n" + b"X-Slow: y\r\n" * 50),
        drip(b"HTTP/1.1 200 OK\r\n\r\n", b"y" * 1000),
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\ny\r\n" * 1000),
        drip(b"", b"HTTP/1.1 302 Found\r\n" + b"X-Slow: y\r\n" * 50),
    ],
)
def test_a_server_that_drips_is_left_when_the_time_is_over(slow, serve, rules, picture):
    server = serve(slow)
    started = time.monotonic()

    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        fetch(server.url, picture, msgspec.structs.replace(rules, seconds=0.6))

    assert 0.5 < time.monotonic() - started < 4.0
    assert not picture.exists()


def test_silence_ends_an_attempt_long_before_the_time_is_over(serve, hasty, picture):
    server = serve(lambda connection: time.sleep(10))
    once = msgspec.structs.replace(hasty, attempts=1)
    started = time.monotonic()

    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        fetch(server.url, picture, once)

    assert 0.2 < time.monotonic() - started < 5.0


def test_a_host_that_does_not_take_connections_is_left_in_time(hasty, picture):
    full = socket.create_server(("127.0.0.1", 0), backlog=0)
    port = full.getsockname()[1]
    waiting = [socket.socket() for _ in range(8)]
    for other in waiting:  # the queue is full: a further handshake gets no answer
        other.setblocking(False)
        other.connect_ex(("127.0.0.1", port))
    started = time.monotonic()

    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        fetch(f"http://127.0.0.1:{port}/", picture, msgspec.structs.replace(hasty, attempts=2))

    assert 0.9 < time.monotonic() - started < 5.0
    for other in (*waiting, full):
        other.close()


def test_a_resolver_that_does_not_answer_is_left_in_time(hasty, picture):
    started = time.monotonic()

    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        fetch(
            "http://silent.example/",
            picture,
            msgspec.structs.replace(hasty, attempts=1),
            resolve=lambda host, port: time.sleep(5) or [],
        )

    assert time.monotonic() - started < 4.0


def test_a_full_disk_is_no_fault_of_the_server(serve, rules, tmp_path):
    server = serve(ok(b"abc"))

    with pytest.raises(FileNotFoundError):
        fetch(server.url, tmp_path / "missing" / "picture", rules)

    assert server.connections == 1
