import httpx
import pytest

from darkroom.client import Client


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now = 1000.0
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


class Server:
    """Answers requests from a script, one answer after the other, and keeps what was asked."""

    def __init__(self):
        self.script = []
        self.requests = []
        self.bodies = []

    def __call__(self, request):
        self.requests.append(request)
        self.bodies.append(request.read())
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def client(server, clock):
    http = httpx.Client(transport=httpx.MockTransport(server))
    with Client("http://lab.test", "drk_secret", http=http, clock=clock, sleep=clock.sleep) as client:
        yield client
