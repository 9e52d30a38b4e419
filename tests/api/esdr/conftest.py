"""What the tests of the ESDR door stand on: an owner, keys of feeds, and those who carry them."""

import io
import json

import pytest
from falcon.testing import TestClient

from api import app
from api.samples import take
from storage.streams import Form


class Sensor(TestClient):
    """Calls with the headers that it was given, as curl does."""

    def put(self, path, body, headers=None):
        encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
        more = {"Content-Type": "application/json", **(headers or {})}
        return self.simulate_put(f"/api/v1/{path}", body=encoded, headers=more)

    def look(self, path, **query):
        return self.simulate_get(f"/api/v1/{path}", params=query)


@pytest.fixture
def make_key(make_token):
    """Make a key of ada's feed `strap`, or one of another scope."""

    def make(scopes="feed:strap", name="ada"):
        return make_token(name, scopes=scopes)

    return make


@pytest.fixture
def sensor(services):
    """Make a caller: of these headers, or of none."""

    def make(**headers):
        return Sensor(app.mount(services), headers=headers or None)

    return make


@pytest.fixture
def owner(sensor, make_token):
    """ada, with a token of all scopes; user 1."""
    return sensor(Authorization=f"Bearer {make_token()}")


@pytest.fixture
def stranger(owner, sensor, make_token):
    return sensor(Authorization=f"Bearer {make_token('eve')}")


@pytest.fixture
def strap(owner, services, work):
    """ada's feed `1.strap`, with numbers in two channels and a word in one."""
    rows = {"channel_names": ["beat", "pm-2.5"], "data": [[1, 60, 7.5], [2, 61, None], [600, 62, "full"]]}

    take(
        services,
        1,
        "strap",
        Form(format="json"),
        io.BytesIO(json.dumps(rows).encode()),
        dialect="esdr",
        wait=0,
    )
    work()
    return "1.strap"
