"""A house, a class of people and a few movies, shared by all who only look at them."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipelines.synthetic import Truth, write_stem
from tests.dialects.planttracer.browser import Browser, marker
from tests.dialects.planttracer.house import House, running
from tests.dialects.planttracer.movies import line, scenes, stored, write

COURSE, COURSE_KEY = "Plant Biology 101", "cafe0101"
OTHER_COURSE, OTHER_KEY = "Zoology 7", "cafe0007"
FRAMES = 40  # of the movie that most tests use
APEX, RULER = stored(100, 120, 320, 240), stored(250, 200, 320, 240)
MARKERS = [
    marker("Apex", *APEX, color="#ff8800"),
    marker("Ruler 0mm", *RULER, color="red", undeletable=True),
]


@dataclass(frozen=True)
class People:
    """Who there is: the course's admin, two of its members, somebody of another course, and nobody."""

    admin: Browser
    student: Browser
    fellow: Browser
    stranger: Browser
    nobody: Browser


def enrol(house: House, email: str, course_key: str = COURSE_KEY, name: str = "") -> Browser:
    """Register as the page does; the login link is in the operator's log, since no mailer is set."""
    visitor = Browser(house.url)
    key = house.listen(
        email, lambda: visitor.form("/api/register", email=email, course_key=course_key, name=name)
    )
    return Browser(house.url, key)


def settle(house: House) -> Browser:
    """Make a course and its only member."""
    house.command("course", "create", COURSE, "--name", "Plants", "--key", COURSE_KEY)
    return enrol(house, "student@example.com", name="Student")


def furnish(house: House) -> People:
    """Make two courses and fill them."""
    house.command("course", "create", COURSE, "--name", "Plants", "--key", COURSE_KEY)
    house.command("course", "create", OTHER_COURSE, "--name", "Animals", "--key", OTHER_KEY)
    admin = enrol(house, "prof@example.com", name="Prof")
    house.command("course", "admin", COURSE, "prof@example.com")
    return People(
        admin=admin,
        student=enrol(house, "student@example.com", name="Student"),
        fellow=enrol(house, "fellow@example.com", name="Fellow"),
        stranger=enrol(house, "stranger@example.com", OTHER_KEY, name="Stranger"),
        nobody=Browser(house.url),
    )


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The whole house in one folder: SQLite, its broker, files."""
    with running(tmp_path_factory.mktemp("planttracer") / "data") as house:
        yield house


@pytest.fixture(scope="session")
def served_house(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[House]:
    """The same on PostgreSQL, Redis and S3."""
    name = f"planttracer_{os.urandom(6).hex()}"
    server = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with server.connect() as db:
        db.exec_driver_sql(f"CREATE DATABASE {name}")
    settings = {
        "DARKROOM_BROKER": "redis",
        "DARKROOM_DATABASE_URL": sa.make_url(postgres_url)
        .set(database=name)
        .render_as_string(hide_password=False),
        "DARKROOM_REDIS_URL": os.environ["DARKROOM_TEST_REDIS_URL"].removesuffix("/0") + "/5",
        "DARKROOM_S3_ACCESS_KEY": os.environ["DARKROOM_TEST_S3_ACCESS_KEY"],
        "DARKROOM_S3_BUCKET": name.replace("_", "-"),
        "DARKROOM_S3_ENDPOINT": os.environ["DARKROOM_TEST_S3_ENDPOINT"],
        "DARKROOM_S3_SECRET_KEY": os.environ["DARKROOM_TEST_S3_SECRET_KEY"],
        "DARKROOM_STORE": "s3",
    }
    with running(tmp_path_factory.mktemp("served") / "data", **settings) as house:
        yield house
    with server.connect() as db:
        db.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture(scope="session")
def people(house: House) -> People:
    return furnish(house)


@pytest.fixture(scope="session")
def served_people(served_house: House) -> People:
    return furnish(served_house)


@pytest.fixture(
    scope="session",
    params=[
        "embedded",
        pytest.param("served", marks=[pytest.mark.postgres, pytest.mark.redis, pytest.mark.s3]),
    ],
)
def everywhere(request: pytest.FixtureRequest) -> tuple[House, People]:
    """Each kind of house, and its people."""
    if request.param == "embedded":
        return request.getfixturevalue("house"), request.getfixturevalue("people")
    return request.getfixturevalue("served_house"), request.getfixturevalue("served_people")


@pytest.fixture(scope="session")
def student(people: People) -> Browser:
    return people.student


@pytest.fixture(scope="session")
def careful_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house whose traces hold on to what was marked, and say what they lost."""
    folder = tmp_path_factory.mktemp("careful")
    with running(folder / "data", DARKROOM_PLANTTRACER_MODE="precise") as house:
        yield house


@pytest.fixture(scope="session")
def careful(careful_house: House) -> Browser:
    """The only student there."""
    return settle(careful_house)


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A movie of 320x240 in which a disk goes 1 px to the right per frame, from (100, 120)."""
    return write(tmp_path_factory.mktemp("walk") / "walk.mp4", scenes(line(FRAMES, 1.0)))


@pytest.fixture(scope="session")
def stem(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    """The swaying plant, 40 frames of 320x240, with its truth."""
    path = tmp_path_factory.mktemp("stem") / "stem.mp4"
    return path, write_stem(path, width=320, height=240, frames=40)


@pytest.fixture(scope="session")
def shown(student: Browser, walk: Path) -> str:
    """A movie of the student's that is ready, and that no test changes."""
    return student.upload(walk, title="To look at", description="Nobody touches it")


@pytest.fixture(scope="session")
def traced(student: Browser, walk: Path) -> str:
    """A movie of the student's that was traced, and that no test changes."""
    movie_id = student.upload(walk, title="Traced", description="From its first frame")
    student.put(movie_id, 0, MARKERS)
    student.traced(movie_id, frame_end=FRAMES - 1)
    return movie_id


@pytest.fixture
def own(student: Browser, walk: Path) -> str:
    """A movie of the student's that is ready, for one test alone."""
    return student.upload(walk)


@pytest.fixture
def own_traced(student: Browser, own: str) -> str:
    """A traced movie of the student's, for one test alone."""
    student.put(own, 0, MARKERS)
    student.traced(own, frame_end=FRAMES - 1)
    return own


@pytest.fixture
def newcomer(house: House, people: People, request: pytest.FixtureRequest) -> Callable[..., Browser]:
    """Enrol one more person, known to this test alone."""
    count = iter(range(1000))
    return lambda **more: enrol(house, f"{request.node.name[:40].lower()}.{next(count)}@example.com", **more)
