"""What the tests of the Plant Tracer door stand on: a course, its people, and callers that talk as its client does."""

import hashlib
import json
from urllib.parse import urlencode

import msgspec
import pytest
from falcon.testing import TestClient

from api import app
from api.dialects.planttracer.reach import means_of
from darkroom.settings import Settings
from storage.engine import read, write
from storage.planttracer import courses, people
from storage.tables import jobs
from tests.api.planttracer.tables import APEX, RULER, table

COURSE = "Plant 101"
COURSE_KEY = "c0ffee"


class Client(TestClient):
    """The browser client with a key, or with none."""

    def __init__(self, wsgi, key=None):
        super().__init__(wsgi)
        self.key = key

    def call(self, path, **values):
        """POST a form, as jQuery does; the key goes along."""
        if self.key is not None:
            values = {"api_key": self.key, **values}
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.simulate_post(path, body=urlencode(values), headers=form)

    def look(self, path, **query):
        """GET, as an image or a link does; the key is in the query."""
        return self.simulate_get(path, params={**({"api_key": self.key} if self.key else {}), **query})

    def order(self, path, **body):
        """POST JSON with the key in a header."""
        headers = {"Content-Type": "application/json", **({"x-api-key": self.key} if self.key else {})}
        return self.simulate_post(path, body=json.dumps(body), headers=headers)

    def trace(self, movie_id, frame_start=0, **more):
        return self.order("/resize-api/v1/trace-movie", movie_id=movie_id, frame_start=frame_start, **more)

    def movie(self, movie_id):
        """The movie's metadata."""
        return self.call("/api/get-movie-metadata", movie_id=movie_id).json["metadata"]

    def put(self, movie_id, frame, markers):
        return self.call(
            "/api/put-frame-trackpoints",
            movie_id=movie_id,
            frame_number=frame,
            trackpoints=json.dumps(markers),
        )

    def fetch(self, url):
        """Follow a signed link without a key; return what is there."""
        path, _, query = url.removeprefix("http://falconframework.org").partition("?")
        return self.simulate_get(path, query_string=query).content

    def frames(self, movie_id):
        """The markers of every frame, as the client reads them."""
        wanted = {"frame_start": 0, "frame_count": 10_000}
        return self.call("/api/get-movie-metadata", movie_id=movie_id, **wanted).json["frames"]


@pytest.fixture
def course(services):
    """A course that nobody is in."""
    with write(services.engine) as db:
        return courses.add(db, COURSE, "Plant movement", key=COURSE_KEY)


@pytest.fixture
def enrol(services, course):
    """Puts somebody into a course; gives the person and a key."""

    def enrol(email, name="", *, admin=False, course_id=COURSE):
        with write(services.engine) as db:
            person = people.by_email(db, email) or people.add(db, email, name)
            courses.join(db, course_id, person.user_id)
            people.prefer(db, person.user_id, course_id)
            if admin:
                courses.appoint(db, course_id, person.user_id, is_admin=True)
            return people.get(db, person.user_id), people.issue_key(db, person.user_id)

    return enrol


@pytest.fixture
def make_client(services, enrol):
    """Makes the client of somebody in the course."""

    def make(email, name="", **more):
        person, key = enrol(email, name, **more)
        client = Client(app.mount(services), key)
        client.person = person
        return client

    return make


@pytest.fixture
def door(services):
    """The door for who has no key."""
    return Client(app.mount(services))


@pytest.fixture
def student(make_client):
    return make_client("student@example.com", "Sam Student")


@pytest.fixture
def other(make_client):
    """Another student of the same course."""
    return make_client("other@example.com", "Olga Other")


@pytest.fixture
def teacher(make_client):
    """Who runs the course."""
    return make_client("teacher@example.com", "Tina Teacher", admin=True)


@pytest.fixture
def stranger(services, make_client):
    """Somebody in another course."""
    with write(services.engine) as db:
        courses.add(db, "Elsewhere", "Elsewhere")
    return make_client("stranger@example.com", "Stan Stranger", course_id="Elsewhere")


@pytest.fixture
def means(services):
    return means_of(services)


class Announcing:
    """Announces movies as the upload page does; keeps the last answer."""

    def __init__(self):
        self.last = None

    def __call__(self, client, content=b"a movie", **fields):
        known = {
            "title": "A plant",
            "description": "It grows",
            "movie_data_sha256": hashlib.sha256(content).hexdigest(),
        }
        self.last = client.call("/api/new-movie", **{**known, **fields})
        return self.last


@pytest.fixture
def announce():
    return Announcing()


@pytest.fixture
def send():
    """Posts the bytes of an announced movie to the store, under its form."""

    def send(client, announced, content=b"a movie", **instead):
        form = announced.json["presigned_post"]
        body, kind = multipart({**form["fields"], **instead, "file": content})
        path = form["url"].removeprefix("http://falconframework.org")
        return client.simulate_post(path, body=body, headers={"Content-Type": kind})

    return send


@pytest.fixture
def ready(announce, send, bench, archive):
    """Brings a movie in, of 320 × 240 px and so many frames; its ZIP is being made, or done if asked for."""

    def ready(client, content=b"a movie", *, frames=40, archived=True, size=(320, 240), **fields):
        movie_id = announce(client, content, **fields).json["movie_id"]
        send(client, announce.last, content)
        client.movie(movie_id)
        facts = {"width": size[0], "height": size[1], "frames": frames, "fps": 25.0}
        bench.succeed(summary=facts)
        assert client.movie(movie_id)["status"] == "ready"
        if archived:
            archive()
        return movie_id

    return ready


@pytest.fixture
def archive(bench):
    """Ends the job that makes a ZIP."""

    def archive(content=b"PK frames"):
        return bench.succeed("cpu", outputs=[bench.make("frames.zip", content)])

    return archive


@pytest.fixture
def demo_visitor(make_services, tmp_path):
    """Whoever comes to a demonstration."""
    shown = Settings(data_dir=str(tmp_path), planttracer_demo=True)
    return Client(app.mount(make_services(shown)))


def multipart(fields):
    """Return a form as browsers write it, and its type; bytes are a file."""
    boundary = "----plants"
    pieces = []
    for name, value in fields.items():
        named = f'name="{name}"' + ('; filename="movie.mov"' if isinstance(value, bytes) else "")
        pieces.append(f"--{boundary}\r\nContent-Disposition: form-data; {named}\r\n\r\n".encode())
        pieces.append(value if isinstance(value, bytes) else str(value).encode())
        pieces.append(b"\r\n")
    return b"".join(pieces) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


@pytest.fixture
def marked(student, ready):
    """A movie of 40 frames of 320 × 240 px whose frame 0 is marked."""
    movie_id = ready(student)
    student.put(movie_id, 0, [APEX, RULER])
    return movie_id


@pytest.fixture
def finish(bench):
    """Ends the trace that waits, with this table."""

    def finish(content=None, drawn=b"a traced movie"):
        outputs = [
            bench.make("track.csv", content or table(range(40))),
            bench.make("traced.mp4", drawn),
        ]
        return bench.succeed("cpu", outputs=outputs)

    return finish


@pytest.fixture
def traced(student, marked, finish):
    """A movie that has been traced once."""
    assert student.trace(marked, frame_end=39).status_code == 200
    finish()
    assert student.movie(marked)["status"] == "tracing completed"
    return marked


@pytest.fixture
def orders(services):
    """Tells the params of all traces that were ordered, in order."""

    def orders():
        with read(services.engine) as db:
            rows = db.execute(jobs.select().where(jobs.c.kind == "track").order_by(jobs.c.id)).all()
        return [msgspec.json.decode(found.params) for found in rows]

    return orders
