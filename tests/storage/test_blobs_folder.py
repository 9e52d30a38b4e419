"""What only the folder store promises: files that are whole or absent, and links that it signs itself."""

import io
import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge, Unavailable
from storage import blob_door, blob_signing
from storage.blob_secret import read_secret
from storage.blob_signing import Grant

SECRET = bytes(32)
GRANT = Grant("GET", "results/1", 1_000_060, filename="a.csv", content_type="text/csv")


def query(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def test_a_file_is_where_the_key_says(folder, tmp_path: Path):
    folder.put("results/1/a.csv", io.BytesIO(b"hello"))

    assert folder.local_path("results/1/a.csv") == tmp_path / "blobs/results/1/a.csv"
    assert (tmp_path / "blobs/results/1/a.csv").read_bytes() == b"hello"


def test_a_file_that_is_not_there_has_no_path(folder):
    with pytest.raises(NotFound):
        folder.local_path("results/1")


def test_a_folder_that_was_never_used_is_empty(folder):
    assert list(folder.list()) == []
    assert folder.discard_unfinished(1e12) == 0
    assert folder.stat("results/1") is None
    assert folder.delete("results/1")


def test_an_empty_directory_does_not_stay(folder, tmp_path: Path):
    folder.put("results/1/2/a", io.BytesIO(b"hello"))
    folder.put("results/3", io.BytesIO(b"hello"))

    folder.delete("results/1/2/a")

    assert [path.name for path in (tmp_path / "blobs/results").iterdir()] == ["3"]


def test_files_come_and_go_in_one_directory_from_many_threads(folder):
    def come_and_go(number: int) -> int:
        for _ in range(20):
            folder.put(f"results/shared/deep/{number}", io.BytesIO(b"hello"))
            folder.delete(f"results/shared/deep/{number}")
        return number

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(come_and_go, range(4))) == [0, 1, 2, 3]

    assert list(folder.list()) == []


def test_a_key_below_another_blob_is_a_conflict(folder):
    folder.put("results/1", io.BytesIO(b"hello"))

    with pytest.raises(Conflict):
        folder.put("results/1/a", io.BytesIO(b"hello"))
    with pytest.raises(Conflict):
        folder.put("results", io.BytesIO(b"hello"))


def test_content_is_tagged_by_its_digest(folder):
    blob = folder.put(None, io.BytesIO(b"hello"))

    assert folder.stat(blob.key).etag == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


def test_other_blobs_get_a_new_tag_with_every_change(folder):
    folder.put("results/1", io.BytesIO(b"hello"))
    before = folder.stat("results/1").etag

    folder.put("results/1", io.BytesIO(b"hullo"))

    assert folder.stat("results/1").etag != before


def test_a_process_killed_while_it_stores_leaves_nothing_to_see(folder, tmp_path: Path):
    program = """
        import io, os, signal, sys
        from pathlib import Path
        from storage.blob_folder import FolderBlobs

        class Deadly(io.RawIOBase):
            def __init__(self):
                self.left = 2
            def read(self, size=-1):
                self.left -= 1
                if self.left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return bytes(8 << 20)

        root = Path(sys.argv[1])
        FolderBlobs(root / "blobs", root / "secret", "").put("results/1", Deadly())
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(program), str(tmp_path)], check=False)

    assert ended.returncode == -9
    assert list(folder.list()) == []
    assert folder.stat("results/1") is None
    assert folder.discard_unfinished(1e12) == 1
    assert list((tmp_path / "blobs/.tmp").iterdir()) == []


def test_a_full_or_forbidden_disk_is_unavailable(folder, monkeypatch):
    def refuse(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)

    with pytest.raises(Unavailable, match="No space left"):
        folder.put("results/1", io.BytesIO(b"hello"))
    with pytest.raises(Unavailable):
        folder.check()


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path):
    path = tmp_path / "new" / "secret"

    with ThreadPoolExecutor(8) as threads:
        secrets = set(threads.map(read_secret, [path] * 8))

    assert len(secrets) == 1
    assert len(secrets.pop()) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret"]


def test_a_secret_of_another_size_is_refused(tmp_path: Path):
    (tmp_path / "secret").write_bytes(b"short")

    with pytest.raises(Invalid):
        read_secret(tmp_path / "secret")


def test_a_link_says_what_was_signed():
    url = blob_signing.sign_url(SECRET, "http://darkroom.test/blobs", GRANT)

    assert url.startswith("http://darkroom.test/blobs/results/1?expires=1000060&filename=a.csv&")
    assert blob_signing.verify(SECRET, "GET", "results/1", query(url), 1_000_059) == GRANT
    assert blob_signing.verify(SECRET, "HEAD", "results/1", query(url), 1_000_059) == GRANT


def test_a_link_ends_when_it_says():
    url = blob_signing.sign_url(SECRET, "", GRANT)

    with pytest.raises(Forbidden, match="expired"):
        blob_signing.verify(SECRET, "GET", "results/1", query(url), 1_000_060)


@pytest.mark.parametrize(
    "change",
    [
        {"expires": "2000000"},
        {"filename": "b.csv"},
        {"content_type": "text/html"},
        {"size_limit": "1"},
        {"signature": ""},
        {"signature": "ä"},
        {"signature": "\ud800"},
        {"filename": ["a.csv", "b.csv"]},
        {"more": "1"},
        {"more": "\ud800"},
    ],
)
def test_a_link_with_anything_changed_is_refused(change):
    claims = query(blob_signing.sign_url(SECRET, "", GRANT)) | change

    with pytest.raises(Forbidden):
        blob_signing.verify(SECRET, "GET", "results/1", claims, 1_000_000)


def test_a_link_is_good_for_its_key_method_and_secret_only():
    claims = query(blob_signing.sign_url(SECRET, "", GRANT))

    for secret, method, key in (
        (SECRET, "GET", "results/2"),
        (SECRET, "PUT", "results/1"),
        (b"x" * 32, "GET", "results/1"),
    ):
        with pytest.raises(Forbidden):
            blob_signing.verify(secret, method, key, claims, 1_000_000)


@given(
    claims=st.dictionaries(st.text(), st.text() | st.lists(st.text()) | st.none()),
    key=st.text(),
    now=st.floats(),
)
def test_what_we_did_not_sign_is_forbidden(claims, key, now):
    with pytest.raises(Forbidden):
        blob_signing.verify(SECRET, "GET", key, claims, now)
    with pytest.raises(Forbidden):
        blob_signing.verify_form(SECRET, {name: str(value) for name, value in claims.items()}, now)


@given(
    key=st.text(min_size=1),
    filename=st.none() | st.text(),
    size=st.none() | st.integers(0, 1 << 40),
    upload_id=st.none() | st.text(),
)
def test_every_grant_survives_its_link(key, filename, size, upload_id):
    grant = Grant("PUT", key, 1_000_060, filename=filename, size=size, upload_id=upload_id)
    url = blob_signing.sign_url(SECRET, "http://x", grant)
    claims = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))

    assert blob_signing.verify(SECRET, "PUT", key, claims, 1_000_000) == grant


def test_a_body_larger_than_its_form_allows_is_not_kept(folder):
    form = folder.presign_post("incoming/1", expires=60, size_limit=4)
    grant = blob_door.permit_form(folder, form.fields)

    with pytest.raises(TooLarge):
        blob_door.receive(folder, grant, io.BytesIO(b"hello"), None)

    assert list(folder.list()) == []


def test_a_body_that_broke_off_is_not_kept(folder):
    grant = Grant("PUT", "incoming/1", 1_000_060)

    with pytest.raises(Invalid):
        blob_door.receive(folder, grant, io.BytesIO(b"hell"), 5)

    assert list(folder.list()) == []


def test_a_body_is_held_to_the_content_md5_it_came_with(folder):
    grant = Grant("PUT", "incoming/1", 1_000_060)

    with pytest.raises(Invalid) as refusal:
        blob_door.receive(folder, grant, io.BytesIO(b"hullo"), 5, content_md5="XUFAKrxLKna5cZ2REBfFkg==")

    assert refusal.value.where == "md5"
    assert blob_door.receive(folder, grant, io.BytesIO(b"hello"), 5, "XUFAKrxLKna5cZ2REBfFkg==")


def test_what_was_uploaded_is_presented_as_a_file_never_as_a_page():
    assert blob_door.headers(Grant("GET", "media/1", 1, filename="a.mp4")) == {
        "Content-Type": "application/octet-stream",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",
        "Content-Disposition": "attachment; filename=\"a.mp4\"; filename*=UTF-8''a.mp4",
    }
