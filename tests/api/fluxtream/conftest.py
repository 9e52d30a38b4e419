"""What the tests of the Fluxtream door stand on: people with passwords, and callers that log in as curl does."""

import base64
import json
import threading
from urllib.parse import urlencode

import pytest
from falcon.testing import TestClient

from api import app
from storage import passwords, users
from storage.engine import write
from workers.run import Bench

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

    def delete(self, path):
        return self.simulate_delete(path)

    def photo(self, content, metadata, base="/api", connector="fluxtream_capture"):
        """POST a photo as `curl --form` does; None leaves a part out."""
        parts = {"metadata": metadata, "photo": content}
        body = b"".join(
            b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
            % (
                name.encode(),
                b'; filename="a"' if name == "photo" else b"",
                value if isinstance(value, bytes) else value.encode(),
            )
            for name, value in parts.items()
            if value is not None
        )
        query = {} if connector is None else {"connector_name": connector}
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        return self.simulate_post(
            f"{base}/bodytrack/photoUpload", params=query, headers=headers, body=body + b"--x--\r\n"
        )

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


@pytest.fixture
def at_work(services):
    """Somebody who does the work: a bench with real children."""
    bench = Bench(services.engine, services.settings, ["quick", "io", "cpu"], 1)
    gone = threading.Event()

    def work():
        while not gone.wait(0.01):
            bench.drain()

    thread = threading.Thread(target=work)
    thread.start()
    yield bench
    gone.set()
    thread.join()
    bench.stop(0)
