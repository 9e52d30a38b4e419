"""What the tests of the Plant Tracer door stand on: a course, its people, and callers that talk as its client does."""

from urllib.parse import urlencode

import pytest
from falcon.testing import TestClient

from api import app
from storage.engine import write
from storage.planttracer import courses, people

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
