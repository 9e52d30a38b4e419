"""What a client uploaded becomes content: once, whole, whatever breaks; the same on both stores."""

import io

import pytest

from darkroom.errors import Invalid, NotFound, TooLarge
from storage.blob_intake import Intake
from storage.blob_values import Blob
from storage.blobs import Blobs

HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"  # sha256 of b"hello"
LONG = bytes(range(256)) * (17 << 12)  # 17 MiB: three chunks, and a multipart upload


def keys(blobs: Blobs, prefix: str = "") -> set[str]:
    return {stat.key for stat in blobs.list(prefix)}


def test_an_adopted_upload_whose_content_was_swept_is_not_found(blobs):
    blobs.put("incoming/late", io.BytesIO(b"content"))
    blob = blobs.adopt("incoming/late")
    blobs.delete(blob.key)

    with pytest.raises(NotFound):
        blobs.adopt("incoming/late")


@pytest.mark.parametrize("data", [b"hello", LONG])
def test_an_upload_is_adopted_once_and_for_all(blobs, data):
    blobs.put("incoming/9", io.BytesIO(data))

    first = blobs.adopt("incoming/9", content_type="video/mp4")
    second = blobs.adopt("incoming/9")

    assert first == second
    assert first.content_type == "video/mp4"
    assert blobs.stat("incoming/9") is None
    assert keys(blobs, "media/") == {first.key}
    assert blobs.read_range(first.key, 0, len(data)) == data


def test_an_adoption_that_was_cut_short_is_done_again(blobs, monkeypatch):
    blobs.put("incoming/9", io.BytesIO(b"hello"))

    def crash(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    for step in ("put", "delete"):  # when it was moved, before the note; before the upload goes
        with monkeypatch.context() as patch:
            patch.setattr(blobs, step, crash)
            with pytest.raises(KeyboardInterrupt):
                blobs.adopt("incoming/9")

    assert blobs.adopt("incoming/9") == Blob(f"media/{HELLO}", HELLO, 5)
    assert keys(blobs, "media/") == {f"media/{HELLO}"}
    assert blobs.stat("incoming/9") is None


def test_an_upload_beyond_the_limit_is_not_adopted(blobs):
    blobs.put("incoming/9", io.BytesIO(b"hello"))

    with pytest.raises(TooLarge):
        blobs.adopt("incoming/9", size_limit=4)

    assert keys(blobs) == {"incoming/9"}


def test_an_upload_of_another_digest_is_not_adopted(blobs):
    blobs.put("incoming/9", io.BytesIO(b"hullo"))

    with pytest.raises(Invalid) as refusal:
        blobs.adopt("incoming/9", expect_sha256=HELLO)

    assert refusal.value.where == "sha256"
    assert keys(blobs) == {"incoming/9"}


def test_content_is_never_what_was_uploaded_while_it_was_adopted(blobs, monkeypatch):
    blobs.put("incoming/9", io.BytesIO(b"hello"))
    drain = Intake.drain

    def drain_then_meddle(intake: Intake) -> None:
        drain(intake)
        blobs.put("incoming/9", io.BytesIO(b"other bytes"))

    monkeypatch.setattr(Intake, "drain", drain_then_meddle)
    blob = blobs.adopt("incoming/9")

    assert blob.key == f"media/{HELLO}"
    assert blobs.read_range(blob.key, 0, 99) == b"hello"
