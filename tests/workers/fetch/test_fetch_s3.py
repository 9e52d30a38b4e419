"""Signed links of our own S3, which stands on a private address."""

import io
import os

import pytest

from darkroom.settings import Settings
from pipelines.errors import BadInput
from storage import blobs as stores
from workers.fetch import fetch, rules_of

pytestmark = pytest.mark.s3


@pytest.fixture
def settings(tmp_path):
    """A bucket of its own, and nothing private that is allowed."""
    return Settings(
        data_dir=str(tmp_path),
        store="s3",
        s3_endpoint=os.environ["DARKROOM_TEST_S3_ENDPOINT"],
        s3_access_key=os.environ["DARKROOM_TEST_S3_ACCESS_KEY"],
        s3_secret_key=os.environ["DARKROOM_TEST_S3_SECRET_KEY"],
        s3_bucket=f"test-{os.urandom(8).hex()}",
        fetch_attempts=1,
    )


@pytest.fixture
def store(settings):
    store = stores.connect(settings)
    store.prepare()
    yield store
    store.close()


def test_a_signed_link_is_fetched_and_its_signature_survives(settings, store, tmp_path):
    blob = store.put("media/räf +1 (a).jpg", io.BytesIO(b"abc"))
    url = store.url(blob.key, expires=60, filename="räf +1'.jpg", content_type="image/jpeg")

    fetched = fetch(url, tmp_path / "picture", rules_of(settings))

    assert fetched.sha256 == blob.sha256


def test_without_a_signature_our_bucket_gives_nothing(settings, store, tmp_path):
    blob = store.put(None, io.BytesIO(b"abc"))
    url = store.url(blob.key, expires=60).partition("?")[0]

    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        fetch(url, tmp_path / "picture", rules_of(settings))
