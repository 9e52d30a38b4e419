"""The API under gunicorn, as `darkroom web` runs it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from darkroom.settings import dump


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server(services, settings, port):
    """A gunicorn of its own over the same ledger."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DARKROOM_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", "python:api.gunicorn", "api.app:create()"],
        env={**environ, **dump(settings), "DARKROOM_BIND": f"127.0.0.1:{port}"},
    )
    yield process
    process.kill()
    process.wait()


def connect(port):
    """Connect to the server as soon as it listens."""
    for _ in range(600):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.connect()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return connection
    raise TimeoutError("the server does not listen")


def test_who_waits_is_let_go_when_the_server_is_told_to_end(server, port, ada, make_token):
    job = ada.submit({"kind": "drill"}).json["id"]
    connection = connect(port)
    connection.request("GET", f"/v1/jobs/{job}/events", headers={"Authorization": f"Bearer {make_token()}"})
    events = connection.getresponse()
    assert events.readline() == b"retry: 2000\n"

    server.send_signal(signal.SIGTERM)

    assert b'"state":"queued"' in events.read()
    connection.close()
    assert server.wait(timeout=15) == 0
