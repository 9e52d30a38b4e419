"""What the tests of the doors stand on: the API over an empty ledger, callers, and a bench that ends jobs."""

import hashlib
import io
import shutil
import threading
from pathlib import Path

import msgspec
import pytest
from falcon.testing import TestClient

from api import app
from api.services import Services
from darkroom.jobs import Cause, Failure, Output, Result
from darkroom.settings import Settings
from storage import engine as engines
from storage import leases, schema, streams, users
from storage.engine import read, write
from storage.leases import Ending, Terms
from storage.tables import jobs, media, parts
from workers import run

HOST = "http://falconframework.org"  # what falcon's test client calls the server
MOVIE_FACTS = {"width": 640, "height": 480, "frames": 100, "fps": "30/1", "duration_seconds": 3.3}


class Caller(TestClient):
    """Talks to the API with a token, or with none."""

    def __init__(self, wsgi, token=None):
        super().__init__(wsgi, headers={"Authorization": f"Bearer {token}"} if token else None)

    def upload(self, content=b"a movie", **query):
        return self.simulate_post("/v1/media", params={"name": "stem.mp4", **query}, body=content)

    def submit(self, order, headers=None):
        return self.send("/v1/jobs", order, headers)

    def send(self, path, body, headers=None):
        """POST JSON; bytes are sent as they are."""
        encoded = body if isinstance(body, bytes) else msgspec.json.encode(body)
        more = {"Content-Type": "application/json", **(headers or {})}
        return self.simulate_post(path, body=encoded, headers=more)

    def follow(self, url, method="GET", **more):
        """Use a signed link."""
        path, _, query = url.removeprefix(HOST).partition("?")
        return self.simulate_request(method, path, query_string=query, **more)


class Bench:
    """Ends jobs as a worker would, without computing anything."""

    def __init__(self, services):
        self.services = services
        self.terms = Terms()

    def claim(self, queue="quick"):
        with write(self.services.engine) as db:
            claim = leases.claim(db, queue, "bench-1", self.terms)
        assert claim is not None
        return claim

    def settle(self, claim, ending):
        with write(self.services.engine) as db:
            leases.settle(db, claim, ending, self.terms)
        return claim.job_id

    def succeed(self, queue="quick", machine=None, **result):
        return self.settle(
            self.claim(queue), Ending(Cause.SUCCEEDED, result=Result(**result), machine=machine)
        )

    def fail(self, code, message, queue="quick"):
        return self.settle(self.claim(queue), Ending(Cause.ERROR, failure=Failure(code, message)))

    def make(self, name, content):
        """Put a file of a result on the shelf."""
        key = f"results/{hashlib.sha256(content).hexdigest()}/{name}"
        blob = self.services.blobs.put(key, io.BytesIO(content))
        return Output(name, blob.key, blob.sha256, blob.size, "text/csv")

    def written(self):
        """Return how many media, jobs and parts are written down."""
        with read(self.services.engine) as db:
            return tuple(len(db.execute(table.select()).all()) for table in (media, jobs, parts))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_dir=str(tmp_path),
        public_url=HOST,
        drills=True,
        upload_limit_bytes=64 << 20,
        part_size_bytes=5 << 20,
        wait_limit_seconds=20.0,
        rate_per_second=1000,
        rate_burst=1000,
    )


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory):
    """A migrated, empty database file, to be copied: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("ledger") / "darkroom.db"
    engine = engines.connect(f"sqlite:///{path}")
    schema.migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def make_services(empty_ledger):
    """Open services over a ledger, empty when it is the first over this folder; closed afterwards."""
    opened = []

    def make(settings):
        ledger = Path(settings.data_dir) / "darkroom.db"
        if not ledger.exists():
            shutil.copy(empty_ledger, ledger)
        services = Services(settings)
        opened.append(services)
        services.blobs.prepare()
        return services

    yield make
    for services in opened:
        services.close()


@pytest.fixture
def services(settings, make_services):
    return make_services(settings)


@pytest.fixture
def make_token(services):
    """Make a token for a user, who is made first if need be."""

    def make(name="ada", **more):
        with write(services.engine) as db:
            known = {user.name: user.id for user in users.find(db)}
            return users.add_token(db, known.get(name) or users.add(db, name), "test", **more)

    return make


@pytest.fixture
def anybody(services):
    """The API for who has no token."""
    return Caller(app.mount(services))


@pytest.fixture
def ada(services, make_token):
    """The API for its user."""
    return Caller(app.mount(services), make_token())


@pytest.fixture
def eve(services, make_token):
    """The API for another user."""
    return Caller(app.mount(services), make_token("eve"))


@pytest.fixture
def bench(services):
    return Bench(services)


@pytest.fixture
def movie(ada, bench):
    """The id of a medium that was probed: 640 × 480 px, 100 frames."""
    media_id = ada.upload().json["id"]
    bench.succeed(summary=MOVIE_FACTS)
    return media_id


@pytest.fixture
def track(movie):
    """A good order to track a point of the movie."""
    return {
        "kind": "track",
        "inputs": {"movie": movie},
        "params": {"points": [{"label": "Apex", "x": 278, "y": 166}]},
    }


@pytest.fixture
def real_bench(services):
    """Makes benches that do the work, with children, by these settings."""
    made = []

    def make(settings):
        made.append(run.Bench(services.engine, settings, ["quick", "io"], 1))
        return made[-1]

    yield make
    for child in (child for bench in made for child in bench._warm):
        child.kill()


@pytest.fixture
def work(services, real_bench):
    """Does all the work that waits."""
    return real_bench(services.settings).drain


@pytest.fixture
def worked(work):
    """A worker beside the door, for calls that wait for it."""
    over = threading.Event()

    def go_on():
        while not over.wait(0.02):
            work()

    thread = threading.Thread(target=go_on)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.fixture
def upload(ada, work):
    """Sends samples of the device `strap`, has them published, and gives the upload as it is then."""

    def send(body, content_type="application/json", **headers):
        encoded = body if isinstance(body, bytes) else msgspec.json.encode(body)
        more = {"Content-Type": content_type, **headers}
        sent = ada.simulate_post("/v1/channels/strap/samples?wait=0", body=encoded, headers=more)
        assert sent.status_code == 202, sent.text
        work()
        return ada.simulate_get(sent.json["links"]["self"]).json

    return send


@pytest.fixture
def written(services):
    """How many channels and uploads ada has."""

    def count():
        with read(services.engine) as db:
            return len(streams.find_channels(db, 1)), len(streams.find_uploads(db, 1, "strap"))

    return count


@pytest.fixture
def reef(ada):
    """The path of a source of ada's with two labels and two images."""
    path = f"/v1/sources/{ada.send('/v1/sources', {'name': 'reef'}).json['id']}"
    labels = [{"code": "CCA", "name": "Crustose coralline algae"}, {"name": "Sand"}]
    assert ada.send(f"{path}/labels", {"labels": labels}).status_code == 201
    media = [ada.upload(name.encode(), name=name).json["id"] for name in ("a.jpg", "b.jpg")]
    assert ada.send(f"{path}/images", {"images": [{"media": one} for one in media]}).status_code == 201
    return path


@pytest.fixture
def source(ada, reef, bench):
    """The same with points, and with its media looked into."""
    points = b"Name,Row,Column,Label code\na.jpg,1,2,CCA\na.jpg,3,4,Sand\nb.jpg,5,6,CCA\n"
    sent = ada.simulate_post(f"{reef}/points", body=points, headers={"Content-Type": "text/csv"})
    assert sent.status_code == 200
    for _ in range(2):
        bench.fail("unsupported", "no movie")
    return reef
