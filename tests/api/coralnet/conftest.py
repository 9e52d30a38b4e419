"""What the tests of the CoralNet door stand on: people with passwords, a classifier, and clients that talk as theirs do."""

import json

import msgspec
import pytest
from falcon.testing import TestClient

from api import app
from storage import media, passwords, users
from storage.classify import classifiers, labels, sources
from storage.classify.labels import Called, NewLabel
from storage.engine import read, write
from storage.tables import jobs

MEDIA_TYPE = "application/vnd.api+json"
PASSWORD = "my_password"
URL = "https://upload.wikimedia.org/wikipedia/commons/c/ca/Acropora_coral_ffs.jpg"
POINTS = [{"row": 700, "column": 500}, {"row": 1100, "column": 900}]
NAMES = {"*CORAL": "CREP-T1 Coral", "*CCA": "CREP-T1 Crustose coralline algae", "*SED": "CREP-T1 Sediment"}
MODEL = b"a model"


def image(url=URL, points=None):
    return {"type": "image", "attributes": {"url": url, "points": POINTS if points is None else points}}


NONE = "none"  # stands for no type at all


def typed(wsgi):
    """Return the API with a type for what has none: the client of the tests takes nothing without."""

    def app(environ, start_response):
        def start(status, headers, *more):
            has_type = any(name.lower() == "content-type" for name, _ in headers)
            return start_response(status, headers if has_type else [*headers, ("content-type", NONE)], *more)

        return wsgi(environ, start)

    return app


class Script(TestClient):
    """Calls with a token, or with none."""

    def __init__(self, wsgi, token=None):
        super().__init__(typed(wsgi), headers={"Authorization": f"Token {token}"} if token else None)
        self.token = token

    def post(self, path, body, content_type=MEDIA_TYPE):
        """POST JSON; bytes are sent as they are, with None as the type without one."""
        encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {} if content_type is None else {"Content-Type": content_type}
        return self.simulate_post(path, body=encoded, headers=headers)

    def deploy(self, classifier, *images):
        return self.post(f"/api/classifier/{classifier}/deploy/", {"data": list(images or [image()])})

    def look(self, path):
        return self.simulate_get(path)


def detail(reply):
    """The one thing that a refusal tells."""
    assert reply.headers["Content-Type"] == MEDIA_TYPE, reply.text
    (error,) = reply.json["errors"]
    return error["detail"]


def complaint(reply):
    """What a refusal tells, with its pointer."""
    return detail(reply), reply.json["errors"][0].get("source", {}).get("pointer")


@pytest.fixture
def settings(settings):
    return msgspec.structs.replace(settings, coralnet_requests_per_minute=100_000)


@pytest.fixture
def make_person(services):
    """Make a user; give a token as a login would."""

    def make(name):
        with write(services.engine) as db:
            user_id = users.add(db, name)
            return users.add_token(db, user_id, "test", scopes="read,write")

    return make


@pytest.fixture
def password(services, script):
    """The password of stephen."""
    with write(services.engine) as db:
        passwords.set_password(db, "stephen", PASSWORD)
    return PASSWORD


@pytest.fixture
def wsgi(services):
    return app.mount(services)


@pytest.fixture
def script(wsgi, make_person):
    """The door for the user of the documentation, who is the first: 1."""
    return Script(wsgi, make_person("stephen"))


@pytest.fixture
def stranger(wsgi, script, make_person):
    return Script(wsgi, make_person("eve"))


@pytest.fixture
def nobody(wsgi):
    return Script(wsgi)


@pytest.fixture
def make_classifier(services, script):
    """Write down a source of stephen's with a classifier of it, ready unless said otherwise; give its id."""

    def make(name="reef", state=classifiers.State.READY, is_public=False, job=10**6, **found):
        with write(services.engine) as db:
            source = sources.add(db, 1, name=name, is_public=is_public).id
            made = labels.add(db, source, 1, [NewLabel(text, code) for code, text in NAMES.items()], 100)
            new = classifiers.NewClassifier(
                source=source,
                owner=1,
                name=name,
                job=job,
                labels=[Called(label.id, label.code, label.name) for label in made],
            )
            classifier = classifiers.get(db, classifiers.add(db, new), 1)
            if state is classifiers.State.READY:
                record = media.add(
                    db,
                    1,
                    sha256="ab" * 32,
                    size=7,
                    name="model.onnx",
                    content_type="application/octet-stream",
                )
                found = {"media_id": record.id, "sha256": record.sha256, **found}
            if state is not classifiers.State.TRAINING:
                classifiers.settle(db, classifier, state, **found)
        return classifier.id

    return make


@pytest.fixture
def classifier(make_classifier):
    return make_classifier()


@pytest.fixture
def ordered(services):
    """How many jobs are written down."""

    def count():
        with read(services.engine) as db:
            return len(db.execute(jobs.select()).all())

    return count
