"""What the tests of the shelf stand on: both blob stores, each with a way to send it signed requests."""

import io
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
import urllib3
from msgspec import Struct

from darkroom.errors import DarkroomError
from darkroom.settings import Settings
from storage import blob_door
from storage import blobs as blob_store
from storage.blob_folder import FolderBlobs
from storage.blobs import Blobs


class Answer(Struct, frozen=True):
    """What came of a signed request: whether it was served, and with what bytes."""

    is_served: bool
    body: bytes = b""
    headers: Mapping[str, str] = {}


Send = Callable[..., Answer]


@pytest.fixture
def s3_settings(tmp_path: Path) -> Settings:
    """A bucket of its own; the server is required once S3 is promised."""
    return Settings(
        data_dir=str(tmp_path),
        store="s3",
        s3_endpoint=os.environ["DARKROOM_TEST_S3_ENDPOINT"],
        s3_access_key=os.environ["DARKROOM_TEST_S3_ACCESS_KEY"],
        s3_secret_key=os.environ["DARKROOM_TEST_S3_SECRET_KEY"],
        s3_bucket=f"test-{os.urandom(8).hex()}",
    )


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.s3)])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Blobs]:
    """An empty store, once a folder, once a bucket."""
    settings = (
        request.getfixturevalue("s3_settings")
        if request.param == "s3"
        else Settings(data_dir=str(tmp_path), public_url="http://darkroom.test")
    )
    store = blob_store.connect(settings)
    store.prepare()
    yield store
    store.close()


@pytest.fixture
def folder(tmp_path: Path) -> FolderBlobs:
    """A folder store whose clock stands still."""
    root, secret = tmp_path / "blobs", tmp_path / "secret"
    return FolderBlobs(root, secret, "http://darkroom.test/blobs", clock=lambda: 1_000_000.0)


@pytest.fixture
def send(blobs: Blobs) -> Iterator[Send]:
    """Send a signed request as a stranger would: over HTTP to S3, through the API's door to a folder."""
    if isinstance(blobs, FolderBlobs):
        yield lambda *args, **kwargs: _knock(blobs, *args, **kwargs)
        return
    with urllib3.PoolManager(retries=False) as pool:

        def fetch(method: str, url: str, body: bytes = b"", **more) -> Answer:
            fields = more.pop("fields", None)
            if fields is not None:
                more |= {"fields": [*fields.items(), ("file", ("movie", body))]}
            else:
                more["body"] = body
            found = pool.request(method, url, **more)
            return Answer(found.status < 300, found.data, dict(found.headers))

        yield fetch


def _knock(
    blobs: FolderBlobs,
    method: str,
    url: str,
    body: bytes = b"",
    *,
    headers: Mapping[str, str] | None = None,
    fields: Mapping[str, str] | None = None,
) -> Answer:
    parts = urlsplit(url)
    key = unquote(parts.path.removeprefix("/blobs/"))
    try:
        if fields is not None:
            grant = blob_door.permit_form(blobs, fields)
        else:
            grant = blob_door.permit(blobs, method, key, dict(parse_qsl(parts.query)))
        if grant.method == "GET":
            with blobs.open(key) as file:
                return Answer(True, file.read(), blob_door.headers(grant))
        etag = blob_door.receive(
            blobs, grant, io.BytesIO(body), len(body), (headers or {}).get("Content-MD5")
        )
    except DarkroomError:
        return Answer(False)
    return Answer(True, headers={"ETag": etag})
