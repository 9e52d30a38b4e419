"""What both blob stores do with bytes."""

import io
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkroom.errors import Invalid, NotFound, TooLarge
from storage.blob_values import Blob, Span
from storage.blobs import Blobs, whole

HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"  # sha256 of b"hello"
LONG = bytes(range(256)) * (17 << 12)  # 17 MiB: three chunks, and a multipart upload
LONG_SHA256 = "ec50baf7fce21cbdb746f461b49328154ecce497b9fb1f5675ee13704c605bc4"


class Trickle(io.RawIOBase):
    """A socket's manner: a few bytes at a time, and then perhaps the peer is gone."""

    def __init__(self, pieces: list[bytes], *, breaks: bool = False) -> None:
        self._pieces = list(pieces)
        self._breaks = breaks

    def read(self, size: int = -1, /) -> bytes:
        if self._pieces:
            return self._pieces.pop(0)
        if self._breaks:
            raise ConnectionResetError("peer is gone")
        return b""


def keys(blobs: Blobs, prefix: str = "") -> set[str]:
    return {stat.key for stat in blobs.list(prefix)}


def test_a_blob_without_a_key_is_named_by_its_content(blobs):
    blob = blobs.put(None, io.BytesIO(b"hello"), content_type="text/plain")

    assert blob == Blob(f"media/{HELLO}", HELLO, 5, "text/plain")
    assert blobs.read_range(blob.key, 0, 5) == b"hello"


def test_a_blob_with_a_key_keeps_it(blobs):
    key = "results/7/1/größe & count+1%.csv"

    blob = blobs.put(key, io.BytesIO(b"hello"))

    assert blob.key == key
    assert keys(blobs) == {key}
    assert blobs.read_range(key, 1, 3) == b"ell"


def test_an_empty_blob_is_a_blob(blobs):
    blob = blobs.put("results/empty", io.BytesIO())

    assert blob.size == 0
    with blobs.open(blob.key) as file:
        assert file.read() == b""
    delivery = blobs.get(blob.key)
    assert list(delivery.body) == []
    delivery.body.close()


@pytest.mark.parametrize("key", [None, "results/long"])
def test_a_long_stream_is_stored_whole(blobs, key):
    blob = blobs.put(key, io.BytesIO(LONG), expect_sha256=LONG_SHA256, expect_size=17 << 20)

    assert blob.key == (key or f"media/{LONG_SHA256}")
    assert keys(blobs) == {blob.key}
    with blobs.open(blob.key) as file:
        assert file.read() == LONG


def test_a_stream_may_come_in_small_pieces(blobs):
    blob = blobs.put(None, Trickle([b"h", b"el", b"lo"]), expect_size=5)

    assert blob.sha256 == HELLO


def test_a_local_file_is_stored(blobs, tmp_path: Path):
    path = tmp_path / "result.csv"
    path.write_bytes(b"hello")

    blob = blobs.put_file("results/1/result.csv", path, content_type="text/csv")

    assert blob == Blob("results/1/result.csv", HELLO, 5, "text/csv")


@pytest.mark.parametrize("key", [None, "results/1"])
@pytest.mark.parametrize("data", [b"hullo", LONG])
def test_bytes_of_another_digest_leave_nothing(blobs, key, data):
    with pytest.raises(Invalid) as refusal:
        blobs.put(key, io.BytesIO(data), expect_sha256=HELLO)

    assert refusal.value.where == "sha256"
    assert keys(blobs) == set()
    assert blobs.discard_unfinished(time.time() + 3600) == 0


@pytest.mark.parametrize("key", [None, "results/1"])
@pytest.mark.parametrize("data", [b"hell", LONG])
def test_a_short_stream_leaves_nothing(blobs, key, data):
    with pytest.raises(Invalid) as refusal:
        blobs.put(key, io.BytesIO(data), expect_size=len(data) + 1)

    assert refusal.value.where == "body"
    assert keys(blobs) == set()


@pytest.mark.parametrize("pieces", [[b"he"], [LONG, b"he"]])
def test_a_stream_that_breaks_off_leaves_nothing(blobs, pieces):
    with pytest.raises(Invalid) as refusal:
        blobs.put("results/1", Trickle(pieces, breaks=True))

    assert refusal.value.where == "body"
    assert keys(blobs) == set()
    assert blobs.discard_unfinished(time.time() + 3600) == 0


def test_a_stream_that_breaks_off_leaves_the_earlier_blob(blobs):
    blobs.put("results/1", io.BytesIO(b"hello"))

    with pytest.raises(Invalid):
        blobs.put("results/1", Trickle([b"bye"], breaks=True))

    assert blobs.read_range("results/1", 0, 5) == b"hello"


@pytest.mark.parametrize(("data", "limit"), [(b"hello", 4), (LONG, 16 << 20)])
def test_more_than_the_limit_is_refused(blobs, data, limit):
    with pytest.raises(TooLarge) as refusal:
        blobs.put(None, io.BytesIO(data), size_limit=limit)

    assert refusal.value.limit == limit
    assert keys(blobs) == set()


def test_exactly_the_limit_is_taken(blobs):
    assert blobs.put(None, io.BytesIO(b"hello"), size_limit=5).size == 5


def test_equal_bytes_are_stored_once(blobs):
    first = blobs.put(None, io.BytesIO(b"hello"))

    second = blobs.put(None, io.BytesIO(b"hello"))

    assert first == second
    assert keys(blobs) == {f"media/{HELLO}"}


@pytest.mark.parametrize("data", [b"hello", LONG])
def test_equal_bytes_from_many_threads_are_stored_once(blobs, data):
    start = threading.Barrier(4)

    def put(_: int) -> Blob:
        start.wait()
        return blobs.put(None, io.BytesIO(data))

    with ThreadPoolExecutor(4) as threads:
        stored = set(threads.map(put, range(4)))

    assert len(stored) == 1
    assert keys(blobs) == {stored.pop().key}


def test_storing_again_renews_the_age(blobs):
    blob = blobs.put(None, io.BytesIO(b"hello"))
    before = blobs.stat(blob.key).modified
    time.sleep(1.1)  # S3 tells times in seconds

    blobs.put(None, io.BytesIO(b"hello"))

    assert blobs.stat(blob.key).modified > before


def test_a_blob_that_is_not_there_is_not_found(blobs):
    absent = "media/" + HELLO

    assert blobs.stat(absent) is None
    for look in (blobs.open, blobs.get, blobs.adopt, lambda key: blobs.read_range(key, 0, 1)):
        with pytest.raises(NotFound):
            look(absent)


def test_a_directory_is_no_blob(blobs):
    blobs.put("results/7/a", io.BytesIO(b"hello"))

    assert blobs.stat("results/7") is None
    with pytest.raises(NotFound):
        blobs.open("results/7")


@pytest.mark.parametrize("key", ["", "/etc/passwd", "a/../b", "..", ".tmp/x", "a//b", "a/", "a\\b", "a\nb", "x" * 256, "a/" * 300 + "a"])  # fmt: skip
def test_a_key_that_could_lead_astray_is_refused(blobs, key):
    for use in (
        blobs.open,
        blobs.stat,
        blobs.delete,
        blobs.adopt,
        blobs.init,
        lambda key: blobs.put(key, io.BytesIO()),
    ):
        with pytest.raises(Invalid) as refusal:
            use(key)
        assert refusal.value.where == "key"


def test_deleting_twice_is_deleting(blobs):
    blobs.put("results/1", io.BytesIO(b"hello"))

    assert blobs.delete("results/1")
    assert blobs.delete("results/1")

    assert keys(blobs) == set()


def test_a_blob_that_was_renewed_is_spared(blobs):
    blob = blobs.put(None, io.BytesIO(b"hello"))

    assert not blobs.delete(blob.key, older_than=time.time() - 3600)
    assert keys(blobs) == {blob.key}

    assert blobs.delete(blob.key, older_than=time.time() + 3600)
    assert keys(blobs) == set()


def test_blobs_are_listed_by_prefix_and_age(blobs):
    for key in ("results/1/a", "results/12/b", "media/c"):
        blobs.put(key, io.BytesIO(b"hello"))

    assert keys(blobs, "results/1") == {"results/1/a", "results/12/b"}
    assert keys(blobs, "results/1/") == {"results/1/a"}
    assert keys(blobs, "nothing/") == set()
    assert {s.key for s in blobs.list(older_than=time.time() + 3600)} == {
        "results/1/a",
        "results/12/b",
        "media/c",
    }
    assert list(blobs.list(older_than=time.time() - 3600)) == []


def test_a_stat_tells_size_and_time(blobs):
    blobs.put("results/1", io.BytesIO(b"hello"))

    stat = blobs.stat("results/1")

    assert (stat.key, stat.size) == ("results/1", 5)
    assert stat.etag and '"' not in stat.etag
    assert abs(stat.modified - time.time()) < 3600


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_reader_reads_what_a_slice_of_the_bytes_is(blobs, data):
    content = LONG[: (3 << 20) + 17]
    blobs.put("results/movie", io.BytesIO(content))

    with blobs.open("results/movie") as file:
        assert file.size == len(content)
        for _ in range(5):
            start = data.draw(st.integers(0, len(content) + 10))
            length = data.draw(st.integers(0, 2 << 20))
            assert file.seek(start) == start
            assert file.read(length) == content[start : start + length]
            assert file.tell() == start + len(content[start : start + length])
        assert file.seek(-7, io.SEEK_END) == len(content) - 7
        assert file.read() == content[-7:]


@given(start=st.integers(0, 10), length=st.integers(0, 10))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_range_is_what_a_slice_is(blobs, start, length):
    blobs.put("results/1", io.BytesIO(b"hello"))

    assert blobs.read_range("results/1", start, length) == b"hello"[start : start + length]


@pytest.mark.parametrize("size", [0, 1, 5000, (9 << 20) + 1])
def test_a_blob_is_read_whole(blobs, size):
    content = os.urandom(size)
    blobs.put("results/1", io.BytesIO(content))

    assert whole(blobs, "results/1") == content


def test_what_is_not_there_can_not_be_read_whole(blobs):
    with pytest.raises(NotFound):
        whole(blobs, "results/1")


def test_a_get_gives_all(blobs):
    blobs.put("results/1", io.BytesIO(b"hello"))

    delivery = blobs.get("results/1")

    assert delivery.span is None
    assert delivery.stat == blobs.stat("results/1")
    assert b"".join(delivery.body) == b"hello"


@pytest.mark.parametrize(
    ("header", "span", "body"),
    [("bytes=1-2", Span(1, 2), b"el"), ("bytes=-2", Span(3, 2), b"lo"), ("bytes=4-99", Span(4, 1), b"o"), ("bytes=0-0,2-3", None, b"hello")],
)  # fmt: skip
def test_a_get_gives_the_range_asked_for(blobs, header, span, body):
    blobs.put("results/1", io.BytesIO(b"hello"))

    delivery = blobs.get("results/1", range=header)

    assert delivery.span == span
    assert b"".join(delivery.body) == body


def test_a_range_beyond_the_end_is_refused_with_the_size(blobs):
    blobs.put("results/1", io.BytesIO(b"hello"))

    with pytest.raises(Invalid) as refusal:
        blobs.get("results/1", range="bytes=5-")

    assert (refusal.value.where, refusal.value.limit) == ("Range", 5)


def test_a_get_of_what_the_client_has_gives_nothing(blobs):
    blobs.put("results/1", io.BytesIO(b"hello"))
    etag = blobs.stat("results/1").etag

    delivery = blobs.get("results/1", if_none_match=f'"other", W/"{etag}"')

    assert delivery.body is None
    assert delivery.stat.etag == etag


def test_a_range_of_what_has_changed_gives_all(blobs):
    blobs.put("results/1", io.BytesIO(b"hello"))
    etag = blobs.stat("results/1").etag
    blobs.put("results/1", io.BytesIO(b"other"))

    delivery = blobs.get("results/1", range="bytes=1-2", if_range=f'"{etag}"')

    assert delivery.span is None
    assert b"".join(delivery.body) == b"other"


def test_a_body_may_be_closed_half_way(blobs):
    blobs.put("results/1", io.BytesIO(LONG))

    delivery = blobs.get("results/1")
    assert delivery.body.read(5) == LONG[:5]
    delivery.body.close()

    assert blobs.read_range("results/1", 0, 5) == LONG[:5]


def test_a_store_that_works_passes_its_check(blobs):
    blobs.check()

    assert keys(blobs) == set()


def test_a_store_is_used_again_after_it_was_closed(blobs):
    blobs.put("results/1", io.BytesIO(b"hello"))

    blobs.close()

    assert blobs.read_range("results/1", 0, 5) == b"hello"


def test_a_copy_is_the_same_bytes_under_another_key_and_outlives_the_first(blobs):
    blobs.put("results/1", io.BytesIO(b"hello"), content_type="text/plain")

    for _ in range(2):  # again and after a crash it comes to the same
        blobs.copy("results/1", f"media/{HELLO}", content_type="text/plain")
    blobs.delete("results/1")

    assert keys(blobs) == {f"media/{HELLO}"}
    assert blobs.read_range(f"media/{HELLO}", 0, 5) == b"hello"


def test_a_copy_is_as_young_as_its_making(blobs):
    blobs.put("results/1", io.BytesIO(b"hello"))
    made_at = blobs.stat("results/1").modified
    time.sleep(1.1)  # S3 tells whole seconds

    blobs.copy("results/1", f"media/{HELLO}")

    assert blobs.stat(f"media/{HELLO}").modified > made_at
    assert not blobs.delete(f"media/{HELLO}", older_than=made_at + 0.5)


def test_what_is_not_there_can_not_be_copied(blobs):
    with pytest.raises(NotFound):
        blobs.copy("results/1", f"media/{HELLO}")

    assert keys(blobs) == set()
