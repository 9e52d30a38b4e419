"""What the tests of the doors stand on: the API over an empty ledger, a caller, and a hand that ends jobs."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from falcon.testing import Result as Reply
from falcon.testing import TestClient

from api import app
from api.services import Services
from darkroom.jobs import Cause, Failure, Result
from darkroom.settings import Settings
from storage import leases, schema, users
from storage.engine import read, write
from storage.leases import Claim, Ending, Terms
from storage.tables import jobs, media, parts

MOVIE_FACTS = {"width": 640, "height": 480, "frames": 100, "fps": "30/1", "duration_seconds": 3.3}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_dir=str(tmp_path),
        public_url="http://falconframework.org",
        drills=True,
        upload_limit_bytes=1 << 30,
        rate_per_second=1000,
        rate_burst=1000,
    )


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    services = Services(settings)
    schema.migrate(services.engine)
    services.blobs.prepare()
    yield services
    services.close()


@pytest.fixture
def door(services: Services) -> TestClient:
    """The whole API, for a caller without a token."""
    return TestClient(app.mount(services))


@pytest.fixture
def make_token(services: Services) -> Callable[..., str]:
    """Make a user, unless there is one of this name, and a token."""

    def make(name: str = "ada", **more: Any) -> str:
        with write(services.engine) as db:
            known = {user.name: user.id for user in users.find(db)}
            user_id = known.get(name) or users.add(db, name)
            return users.add_token(db, user_id, "test", **more)

    return make


@pytest.fixture
def client(services: Services, make_token: Callable[..., str]) -> TestClient:
    """The API for its one user, ada."""
    return TestClient(app.mount(services), headers={"Authorization": f"Bearer {make_token()}"})


@pytest.fixture
def stranger(services: Services, make_token: Callable[..., str]) -> TestClient:
    """The API for somebody else."""
    return TestClient(app.mount(services), headers={"Authorization": f"Bearer {make_token('eve')}"})


class Bench:
    """Ends jobs as a worker would, without computing anything."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.terms = Terms()

    def claim(self, queue: str = "quick") -> Claim:
        with write(self._services.engine) as db:
            claim = leases.claim(db, queue, "test", self.terms)
        assert claim is not None
        return claim

    def settle(self, claim: Claim, ending: Ending) -> None:
        with write(self._services.engine) as db:
            leases.settle(db, claim, ending, self.terms)

    def succeed(self, queue: str = "quick", result: Result | None = None) -> int:
        claim = self.claim(queue)
        self.settle(claim, Ending(Cause.SUCCEEDED, result=result or Result()))
        return claim.job_id

    def fail(self, code: str, message: str, queue: str = "quick") -> int:
        claim = self.claim(queue)
        self.settle(claim, Ending(Cause.ERROR, failure=Failure(code, message)))
        return claim.job_id

    def count(self) -> tuple[int, int, int]:
        """Return how many media, jobs and parts are written down."""
        with read(self._services.engine) as db:
            media_count, jobs_count, parts_count = (
                len(db.execute(table.select()).all()) for table in (media, jobs, parts)
            )
        return media_count, jobs_count, parts_count


@pytest.fixture
def bench(services: Services) -> Bench:
    return Bench(services)


@pytest.fixture
def movie(client: TestClient, bench: Bench) -> int:
    """A medium that was probed: 640 × 480 px, 100 frames."""
    reply = client.simulate_post("/v1/media", params={"name": "stem.mp4"}, body=b"a movie")
    bench.succeed(result=Result(summary=MOVIE_FACTS))
    return int(reply.json["id"])


def submit(client: TestClient, body: Any, **headers: str) -> Reply:
    """POST an order."""
    return client.simulate_post(
        "/v1/jobs",
        body=msgspec.json.encode(body),
        headers={"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}},
    )


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
