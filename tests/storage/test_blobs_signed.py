"""What both blob stores let a stranger do under a signed request, and in how many parts."""

import io
import time

import pytest

from darkroom.errors import Invalid, NotFound
from storage.blob_values import Part

HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"  # sha256 of b"hello"
HELLO_MD5 = "XUFAKrxLKna5cZ2REBfFkg=="
FIVE_MIB = bytes(5 << 20)
FIVE_MIB_MD5 = "5f363e0e58a95f06cbe9bbc662c5dfb6"


def test_a_link_gives_the_blob(blobs, send):
    blobs.put("results/ä b+c.txt", io.BytesIO(b"hello"))

    answer = send("GET", blobs.url("results/ä b+c.txt", expires=60))

    assert answer.is_served
    assert answer.body == b"hello"


def test_a_link_names_file_and_type(blobs, send):
    blobs.put("results/1", io.BytesIO(b"hello"))

    answer = send(
        "GET", blobs.url("results/1", expires=60, filename='größe "1".csv', content_type="text/csv")
    )

    assert answer.is_served
    assert answer.headers["Content-Type"] == "text/csv"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"gr__e _1_.csv\"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%221%22.csv"
    )


def test_a_link_ends(blobs, send):
    blobs.put("results/1", io.BytesIO(b"hello"))
    link = blobs.url("results/1", expires=1)

    time.sleep(2.1)

    assert not send("GET", link).is_served


@pytest.mark.parametrize("seconds", [0, 604_801])
def test_a_link_lasts_seven_days_at_most(blobs, seconds):
    with pytest.raises(Invalid) as refusal:
        blobs.url("results/1", expires=seconds)

    assert refusal.value.where == "expires"


@pytest.mark.parametrize(("old", "new"), [("results/1", "results/2"), ("xpires=60", "xpires=61"), ("ignature=", "ignature=0")])  # fmt: skip
def test_a_link_that_was_changed_is_refused(blobs, send, old, new):
    for key in ("results/1", "results/2"):
        blobs.put(key, io.BytesIO(b"hello"))
    link = blobs.url("results/1", expires=60).replace("expires=1000060", "expires=60")

    assert not send("GET", link.replace(old, new, 1) if old in link else link + "&more=1").is_served


def test_a_link_to_get_is_none_to_put(blobs, send):
    blobs.put("results/1", io.BytesIO(b"hello"))

    assert not send("PUT", blobs.url("results/1", expires=60), b"other").is_served
    assert blobs.read_range("results/1", 0, 5) == b"hello"


def test_a_stranger_puts_under_a_link(blobs, send):
    signed = blobs.presign_put("incoming/1", expires=60, content_type="video/mp4")

    answer = send(signed.method, signed.url, b"hello", headers=signed.headers)

    assert answer.is_served
    assert signed.headers == {"Content-Type": "video/mp4"}
    assert blobs.adopt("incoming/1").sha256 == HELLO


def test_a_put_of_a_signed_size_takes_no_other(blobs, send):
    signed = blobs.presign_put("incoming/1", expires=60, size=5)

    assert not send("PUT", signed.url, b"hello!", headers=signed.headers).is_served
    assert blobs.stat("incoming/1") is None
    assert send("PUT", signed.url, b"hello", headers=signed.headers).is_served
    assert blobs.stat("incoming/1").size == 5


def test_a_stranger_posts_a_form(blobs, send):
    form = blobs.presign_post(
        "incoming/1", expires=60, size_limit=5, content_type="video/mp4", metadata={"research-use": "1"}
    )

    answer = send("POST", form.url, b"hello", fields=form.fields)

    assert form.fields["x-amz-meta-research-use"] == "1"
    assert answer.is_served
    assert blobs.read_range("incoming/1", 0, 5) == b"hello"


def test_a_form_takes_no_more_than_its_limit(blobs, send):
    form = blobs.presign_post("incoming/1", expires=60, size_limit=4)

    assert not send("POST", form.url, b"hello", fields=form.fields).is_served
    assert blobs.stat("incoming/1") is None


@pytest.mark.parametrize("change", [{"key": "incoming/2"}, {"Content-Type": "text/html"}, {"x-amz-meta-use": "0"}, {"x-amz-meta-more": "1"}])  # fmt: skip
def test_a_form_that_was_changed_is_refused(blobs, send, change):
    form = blobs.presign_post(
        "incoming/1", expires=60, size_limit=5, content_type="video/mp4", metadata={"use": "1"}
    )

    assert not send("POST", form.url, b"hello", fields={**form.fields, **change}).is_served
    assert list(blobs.list()) == []


def test_a_form_ends(blobs, send):
    form = blobs.presign_post("incoming/1", expires=1, size_limit=5)

    time.sleep(2.1)

    assert not send("POST", form.url, b"hello", fields=form.fields).is_served


def test_parts_make_a_whole(blobs, send):
    upload = blobs.init("incoming/1", "video/mp4")
    second = blobs.part_url("incoming/1", upload, 2, expires=60, md5=HELLO_MD5)

    first_etag = blobs.put_part("incoming/1", upload, 1, FIVE_MIB)
    answer = send(second.method, second.url, b"hello", headers=second.headers)

    assert first_etag == FIVE_MIB_MD5
    assert answer.is_served
    assert answer.headers["ETag"].strip('"') == "5d41402abc4b2a76b9719d911017c592"
    parts = blobs.list_parts("incoming/1", upload)
    assert parts == [
        Part(1, 5 << 20, FIVE_MIB_MD5),
        Part(2, 5, "5d41402abc4b2a76b9719d911017c592"),
    ]
    assert blobs.stat("incoming/1") is None
    blobs.complete("incoming/1", upload, parts)
    assert blobs.stat("incoming/1").size == (5 << 20) + 5
    assert blobs.read_range("incoming/1", (5 << 20) - 2, 9) == b"\0\0hello"
    assert blobs.discard_unfinished(time.time() + 3600) == 0


def test_a_part_sent_again_takes_the_place_of_the_first(blobs):
    upload = blobs.init("incoming/1")

    blobs.put_part("incoming/1", upload, 1, b"hullo")
    blobs.put_part("incoming/1", upload, 1, b"hello")

    parts = blobs.list_parts("incoming/1", upload)
    assert parts == [Part(1, 5, "5d41402abc4b2a76b9719d911017c592")]
    blobs.complete("incoming/1", upload, parts)
    assert blobs.read_range("incoming/1", 0, 9) == b"hello"


def test_a_part_of_another_md5_is_refused(blobs, send):
    upload = blobs.init("incoming/1")
    signed = blobs.part_url("incoming/1", upload, 1, expires=60, md5=HELLO_MD5)

    assert not send("PUT", signed.url, b"hullo", headers=signed.headers).is_served
    with pytest.raises(Invalid) as refusal:
        blobs.put_part("incoming/1", upload, 1, b"hullo", md5=HELLO_MD5)

    assert refusal.value.where == "md5"
    assert list(blobs.list_parts("incoming/1", upload)) == []


def test_an_md5_that_is_none_is_refused(blobs):
    upload = blobs.init("incoming/1")

    for wrong in ("5d41402abc4b2a76b9719d911017c592", "nonsense", "ä"):
        with pytest.raises(Invalid) as refusal:
            blobs.put_part("incoming/1", upload, 1, b"hello", md5=wrong)
        assert refusal.value.where == "md5"


def test_parts_that_were_not_sent_make_no_whole(blobs):
    upload = blobs.init("incoming/1")
    etag = blobs.put_part("incoming/1", upload, 1, b"hello")
    blobs.put_part("incoming/1", upload, 2, b"hello")

    for parts in ([], [Part(1, 5, "0" * 32)], [Part(3, 5, etag)], [Part(2, 5, etag), Part(1, 5, etag)]):
        with pytest.raises(Invalid) as refusal:
            blobs.complete("incoming/1", upload, parts)
        assert refusal.value.where == "parts"

    assert blobs.stat("incoming/1") is None


def test_only_the_last_part_may_be_small(blobs):
    upload = blobs.init("incoming/1")
    for number in (1, 2):
        blobs.put_part("incoming/1", upload, number, b"hello")

    with pytest.raises(Invalid) as refusal:
        blobs.complete("incoming/1", upload, blobs.list_parts("incoming/1", upload))

    assert refusal.value.where == "parts"
    assert blobs.stat("incoming/1") is None


def test_an_upload_that_was_aborted_is_over(blobs):
    upload = blobs.init("incoming/1")
    blobs.put_part("incoming/1", upload, 1, b"hello")

    blobs.abort("incoming/1", upload)
    blobs.abort("incoming/1", upload)

    with pytest.raises(NotFound):
        blobs.put_part("incoming/1", upload, 1, b"hello")
    with pytest.raises(NotFound):
        blobs.list_parts("incoming/1", upload)


def test_an_upload_of_another_key_is_not_found(blobs):
    upload = blobs.init("incoming/1")

    with pytest.raises(NotFound):
        blobs.put_part("incoming/2", upload, 1, b"hello")


@pytest.mark.parametrize("number", [0, 10_001])
def test_a_part_number_has_bounds(blobs, number):
    upload = blobs.init("incoming/1")

    with pytest.raises(Invalid) as refusal:
        blobs.part_url("incoming/1", upload, number, expires=60)

    assert refusal.value.where == "part"


def test_abandoned_uploads_are_discarded_by_age(blobs):
    upload = blobs.init("incoming/1")
    blobs.put_part("incoming/1", upload, 1, b"hello")

    assert blobs.discard_unfinished(time.time() - 3600) == 0
    assert blobs.discard_unfinished(time.time() + 3600) == 1

    with pytest.raises(NotFound):
        blobs.list_parts("incoming/1", upload)
