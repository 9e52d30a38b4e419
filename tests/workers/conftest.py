"""A worker without its process: a bench over a real database, a real folder and real children."""

import io
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import sqlalchemy as sa

from darkroom.settings import Settings
from storage import blobs, jobs, media, traces, users
from storage.engine import read, write
from storage.jobs import Job
from storage.planttracer import courses, intake, movies, people
from storage.planttracer.means import Means
from tests.workers import survey
from tests.workers.classifying import House
from workers import bell, enqueue, sweep
from workers.enqueue import Counter, Order
from workers.run import Bench

MakeBench = Callable[..., Bench]
DOTTED_FRAMES = 12


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        data_dir=str(tmp_path / "data"),
        database_url=database_url.replace("postgresql+psycopg://", "postgresql://"),
        drills=True,
        lease_seconds=5.0,
        beat_seconds=0.1,
        retry_seconds=0.01,
        retry_limit_seconds=0.01,
    )


@pytest.fixture
def owner(engine: sa.Engine) -> int:
    with write(engine) as db:
        return users.add(db, "ada")


@pytest.fixture
def submit_drill(engine: sa.Engine, settings: Settings, owner: int) -> Callable[..., int]:
    """Submits a drill with these params; gives its id."""

    def submit(**params: object) -> int:
        order = Order(kind="drill", params=dict(params), owner=owner, reuse=False)
        return enqueue.submit(engine, bell.connect(settings, engine), settings, order).job.id

    return submit


@pytest.fixture
def make_bench(engine: sa.Engine, settings: Settings) -> MakeBench:
    """A bench with one slot; settings can be changed by name."""

    def make(queues: tuple[str, ...] = ("quick", "cpu"), **changes: object) -> Bench:
        import msgspec

        return Bench(engine, msgspec.structs.replace(settings, **changes), list(queues), 1)

    return make


@pytest.fixture
def job_of(engine: sa.Engine) -> Callable[[int], Job]:
    def get(job_id: int) -> Job:
        with read(engine) as db:
            return jobs.get(db, job_id, None)

    return get


@pytest.fixture
def causes_of(engine: sa.Engine) -> Callable[[int], list[str | None]]:
    def get(job_id: int) -> list[str | None]:
        with read(engine) as db:
            return [attempt.cause for attempt in traces.attempts_of(db, job_id)]

    return get


@pytest.fixture
def dotted(tmp_path: Path) -> Path:
    """A movie of a textured dot that moves by (3, 1) px a frame from (40, 40); lossless, so that no encoder has a say."""
    path = tmp_path / "dotted.mkv"
    texture = np.random.default_rng(5).integers(60, 255, (17, 17), dtype=np.uint8)
    with av.open(path, "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "gray"
        for i in range(DOTTED_FRAMES):
            picture = np.full((120, 160), 30, np.uint8)
            picture[40 + i - 8 : 40 + i + 9, 40 + 3 * i - 8 : 40 + 3 * i + 9] = texture
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "gray")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def upload(engine: sa.Engine, settings: Settings, owner: int) -> Callable[[Path], tuple[int, int]]:
    """Stores a file as the door does; gives its media id and the id of its probe job."""

    def put(path: Path) -> tuple[int, int]:
        blob = blobs.connect(settings).put_file(None, path)
        with write(engine) as db:
            record = media.add(
                db, owner, sha256=blob.sha256, size=blob.size, name=path.name, content_type="video/x-matroska"
            )
            job = enqueue.probe_upload(db, bell.connect(settings, engine), settings, record)
        return record.id, job.id

    return put


@pytest.fixture
def means(engine, settings):
    counter = Counter(bell.connect(settings, engine), settings, "planttracer")
    return Means(engine, blobs.connect(settings), counter, settings)


@pytest.fixture
def person(engine):
    with write(engine) as db:
        courses.add(db, "Plant 101", "Plants")
        person = people.add(db, "sam@example.com", "Sam")
        courses.join(db, "Plant 101", person.user_id)
    return person


@pytest.fixture
def announce(means, person):
    """Puts the bytes of a movie into the store, as its page does, and nobody has found them; gives the movie's id."""

    def announce(content):
        digest = means.blobs.put(None, io.BytesIO(content)).sha256
        given = {"title": "Dot", "description": "It goes", "sha256": digest, "size_declared": len(content)}
        with write(means.engine) as db:
            movie = movies.add(db, person.user_id, "Plant 101", **given)
        means.blobs.put(movie.upload_key, io.BytesIO(content))
        return movie.movie_id

    return announce


@pytest.fixture
def announced(announce, dotted):
    """A movie whose bytes are in the store, and nobody has found them."""
    return announce(dotted.read_bytes())


@pytest.fixture
def settle(means, make_bench):
    """Works until nothing is left to do, sweeping as the sweeper does; gives the movie."""

    def settle(movie_id):
        bench = make_bench()
        while intake.look_after(means, movie_id).is_under_way():
            bench.drain()
            sweep.sweep_movies(means, movies.due)
        return intake.look_after(means, movie_id)

    return settle


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """The file of a classifier of sand (1) and coral (2), trained on a tiny survey."""
    return survey.train(tmp_path_factory.mktemp("survey"))


@pytest.fixture
def house(engine, settings, owner, model):
    """A house with a classifier that is ready."""
    house = House(engine, settings, owner)
    house.classifier = house.install(model)
    return house
