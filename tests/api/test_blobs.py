"""Signed links of the folder store, served by the API."""

import hashlib

import msgspec
import pytest

from api import app


@pytest.fixture
def link(services, bench):
    """A link to read ten bytes."""
    output = bench.make("digits.csv", b"0123456789")
    return services.blobs.url(output.key, expires=60, filename="digits.csv", content_type="text/csv")


def test_a_link_serves_the_whole(anybody, link):
    reply = anybody.follow(link)

    assert reply.status_code == 200
    assert reply.content == b"0123456789"
    assert reply.headers["Content-Length"] == "10"
    assert reply.headers["Accept-Ranges"] == "bytes"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("range_", "content", "content_range"),
    [
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
    ],
)
def test_a_range_serves_its_bytes(anybody, link, range_, content, content_range):
    reply = anybody.follow(link, headers={"Range": range_})

    assert reply.status_code == 206
    assert reply.content == content
    assert reply.headers["Content-Range"] == content_range


def test_a_range_beyond_the_end_is_told_the_size(anybody, link):
    reply = anybody.follow(link, headers={"Range": "bytes=10-"})

    assert reply.status_code == 416
    assert reply.headers["Content-Range"] == "bytes */10"


def test_head_tells_the_size(anybody, link):
    reply = anybody.follow(link, "HEAD")

    assert reply.headers["Content-Length"] == "10"
    assert reply.content == b""


def test_a_known_blob_is_not_sent_again(anybody, link):
    etag = anybody.follow(link).headers["ETag"]

    reply = anybody.follow(link, headers={"If-None-Match": etag})

    assert reply.status_code == 304
    assert reply.content == b""


@pytest.mark.parametrize(
    "spoil",
    [
        lambda link: link.replace("digits.csv", "other.csv"),
        lambda link: link.replace("expires=", "expires=9"),
        lambda link: link.partition("?")[0],
        lambda link: f"{link}&part=1",
        lambda link: f"{link}&signature=00",
        lambda link: link.replace("text%2Fcsv", "text%2Fhtml"),
    ],
)
def test_a_link_that_was_changed_is_refused(anybody, link, spoil):
    reply = anybody.follow(spoil(link))

    assert reply.status_code == 403
    assert reply.json["code"] == "forbidden"


def test_a_link_to_read_does_not_write(anybody, link):
    assert anybody.follow(link, "PUT", body=b"x").status_code == 403


def test_a_link_to_write_keeps_the_bytes(anybody, services):
    signed = services.blobs.presign_put("incoming/a", expires=60, size=3)

    reply = anybody.follow(signed.url, "PUT", body=b"abc", headers=dict(signed.headers))

    assert reply.status_code == 200
    assert services.blobs.read_range("incoming/a", 0, 9) == b"abc"


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [(b"abcd", {}, 400), (b"ab", {}, 400), (b"abc", {"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}, 422)],
)
def test_bytes_that_are_not_those_announced_leave_nothing(anybody, services, body, headers, status):
    signed = services.blobs.presign_put("incoming/a", expires=60, size=3)

    reply = anybody.follow(signed.url, "PUT", body=body, headers=headers)

    assert reply.status_code == status
    assert services.blobs.stat("incoming/a") is None


def _form(fields, file):
    lines = [
        f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    last = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + file
    return "".join(lines).encode() + last + b"\r\n--cut--\r\n"


def test_a_signed_form_keeps_its_file(anybody, services):
    form = services.blobs.presign_post("incoming/a", expires=60, size_limit=10)

    reply = anybody.simulate_post(
        "/blobs", body=_form(form.fields, b"abc"), content_type="multipart/form-data; boundary=cut"
    )

    assert reply.status_code == 204
    assert services.blobs.read_range("incoming/a", 0, 9) == b"abc"


def test_a_form_that_was_changed_is_refused(anybody, services):
    form = services.blobs.presign_post("incoming/a", expires=60, size_limit=10)
    fields = {**form.fields, "key": "incoming/b"}

    reply = anybody.simulate_post(
        "/blobs", body=_form(fields, b"abc"), content_type="multipart/form-data; boundary=cut"
    )

    assert reply.status_code == 403
    assert services.blobs.stat("incoming/b") is None


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"--cut--\r\n", "multipart/form-data; boundary=cut", 400),
        (b"garbage", "multipart/form-data; boundary=cut", 400),
        (b"garbage", "multipart/form-data", 400),
        (b"a=b", "application/x-www-form-urlencoded", 415),
        (b"{}", "application/json", 415),
    ],
)
def test_a_form_that_is_none_is_refused(anybody, body, content_type, status):
    reply = anybody.simulate_post("/blobs", body=body, content_type=content_type)

    assert reply.status_code == status
    assert reply.headers["Content-Type"] == "application/problem+json"


def test_pages_of_named_origins_may_use_links(make_services, settings, link, anybody):
    anybody.app = app.mount(
        make_services(msgspec.structs.replace(settings, cors_origins="https://lab.example"))
    )

    named = anybody.follow(link, headers={"Origin": "https://lab.example"})
    other = anybody.follow(link, headers={"Origin": "https://elsewhere.example"})

    assert named.headers["Access-Control-Allow-Origin"] == "https://lab.example"
    assert "Access-Control-Allow-Origin" not in other.headers


def test_equal_content_has_its_digest_as_etag(anybody, ada, movie):
    url = ada.simulate_get(f"/v1/media/{movie}/content").headers["Location"]

    assert anybody.follow(url).headers["ETag"] == f'"{hashlib.sha256(b"a movie").hexdigest()}"'
