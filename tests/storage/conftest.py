"""What the tests of the shelf and of the ledger stand on: both blob stores, and the moves of a job whose parts are joined."""

import io
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
import sqlalchemy as sa
import urllib3
from msgspec import Struct

from darkroom.errors import DarkroomError
from darkroom.settings import Settings
from storage import blob_door, jobs, leases, users
from storage import blobs as blob_store
from storage.blob_folder import FolderBlobs
from storage.blobs import Blobs
from storage.engine import read, write
from storage.jobs import NewJob
from storage.leases import Claim, Ending, Settled, Terms
from storage.tables import parts

TERMS = Terms(lease_seconds=30.0, retry_seconds=0.0, retry_limit_seconds=0.0)


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


@pytest.fixture
def owner(engine: sa.Engine) -> int:
    with write(engine) as db:
        return users.add(db, "ada")


@pytest.fixture
def submit_joined(engine, owner):
    """Writes down a job of so many pieces and the part that joins them; gives its id."""

    def submit(pieces: int, max_attempts: int = 3) -> int:
        new = NewJob(
            kind="drill",
            params="{}",
            pipeline_version=1,
            cache_key="key",
            owner=owner,
            queue="quick",
            parts=pieces + 1,
            joins=True,
            max_attempts=max_attempts,
        )
        with write(engine) as db:
            return jobs.submit(db, new).id

    return submit


@pytest.fixture
def claim(engine):
    """Claims the next part; None when nothing waits."""

    def claim(terms: Terms = TERMS) -> Claim | None:
        with write(engine) as db:
            return leases.claim(db, "quick", "worker", terms)

    return claim


@pytest.fixture
def settle(engine):
    """Ends an attempt, in a transaction of its own."""

    def settle(claimed: Claim, ending: Ending) -> Settled:
        with write(engine) as db:
            return leases.settle(db, claimed, ending, TERMS)

    return settle


@pytest.fixture
def job_of(engine):
    def get(job_id: int) -> jobs.Job:
        with read(engine) as db:
            return jobs.get(db, job_id, None)

    return get


@pytest.fixture
def states_of(engine):
    """Gives the states of a job's parts, in the order of their numbers."""

    def get(job_id: int) -> list[str]:
        query = sa.select(parts.c.state).where(parts.c.job_id == job_id).order_by(parts.c.number)
        with read(engine) as db:
            return list(db.execute(query).scalars())

    return get


@pytest.fixture
def at_once():
    """Makes all moves at the same moment; gives what they gave, raises what one of them raised."""

    def make_all(moves: list[Callable[[], object]]) -> list[object]:
        start = threading.Barrier(len(moves))

        def make(move: Callable[[], object]) -> object:
            start.wait(10)
            return move()

        with ThreadPoolExecutor(len(moves)) as pool:
            return [future.result(60) for future in [pool.submit(make, move) for move in moves]]

    return make_all


def _knock(
    blobs: FolderBlobs,
    method: str,
    url: str,
    body: bytes = b"",
    *,
    headers: Mapping[str, str] | None = None,
    fields: Mapping[str, str] | None = None,
) -> Answer:
    split = urlsplit(url)
    key = unquote(split.path.removeprefix("/blobs/"))
    try:
        if fields is not None:
            grant = blob_door.permit_form(blobs, fields)
        else:
            grant = blob_door.permit(blobs, method, key, dict(parse_qsl(split.query)))
        if grant.method == "GET":
            with blobs.open(key) as file:
                return Answer(True, file.read(), blob_door.headers(grant))
        etag = blob_door.receive(
            blobs, grant, io.BytesIO(body), len(body), (headers or {}).get("Content-MD5")
        )
    except DarkroomError:
        return Answer(False)
    return Answer(True, headers={"ETag": etag})
