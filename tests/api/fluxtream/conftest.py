"""What the tests of the Fluxtream door stand on: people with passwords, and callers that log in as curl does."""

import base64
import json
from urllib.parse import urlencode

import pytest
from falcon.testing import TestClient

from api import app
from storage import passwords, users
from storage.engine import write

PASSWORD = "testtest"


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


class Phone(TestClient):
    """Calls with name and password, or with none; `base` is `/api` or `/api/v1`."""

    def __init__(self, wsgi, user_id, authorization=None):
        super().__init__(wsgi, headers={"Authorization": authorization} if authorization else None)
        self.id = user_id

    def look(self, path, **query):
        return self.simulate_get(path, params=query)

    def form(self, path, **values):
        """POST a form, as `curl -d` does."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.simulate_post(path, body=urlencode(values), headers=headers)

    def upload(self, device, names, rows, base="/api"):
        return self.form(
            f"{base}/bodytrack/upload",
            dev_nickname=device,
            channel_names=json.dumps(names),
            data=rows if isinstance(rows, str) else json.dumps(rows),
        )


@pytest.fixture
def make_phone(services):
    """Make a user with a password, and the phone that they carry."""

    def make(name, *, is_admin=False):
        with write(services.engine) as db:
            user_id = users.add(db, name, is_admin=is_admin)
            passwords.set_password(db, name, PASSWORD)
        return Phone(app.mount(services), user_id, basic(name, PASSWORD))

    return make


@pytest.fixture
def test(make_phone):
    """The user of the original's examples."""
    return make_phone("test")


@pytest.fixture
def stranger(make_phone):
    """Somebody with whom nothing is shared."""
    return make_phone("stranger")


@pytest.fixture
def nobody(services):
    return Phone(app.mount(services), 0)
