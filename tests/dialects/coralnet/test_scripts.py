"""Scripts as people have written them for CoralNet, against a running house."""

import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import psutil
import pytest

from tests.dialects.coralnet.colours import COLOURS
from tests.dialects.coralnet.conftest import CLASSIFIER, TOKEN

HEADERS = {"Authorization": f"Token {TOKEN}", "Content-Type": "application/vnd.api+json"}
IMAGES, POINTS = 100, 200
CODES = list(COLOURS)
PATIENCE_SECONDS = 100


class Script:
    """Posts, then asks for the status and lets its library follow, until what comes has no status."""

    def __init__(self, house, http):
        self.host = house.url
        self.http = http
        self.seen = []

    def deploy(self, *images):
        """Return the path of the status, which the client puts behind the host."""
        data = [{"type": "image", "attributes": {"url": url, "points": points}} for url, points in images]
        reply = self.http.post(f"{self.host}/api/classifier/{CLASSIFIER}/deploy/", json={"data": data})
        assert reply.status_code == 202, reply.text
        return reply.headers["Location"]

    def poll(self, path, until=lambda attributes: False):
        """Return the images of the result, None when `until` says so of the counters before."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            reply = self.http.get(self.host + path)
            assert reply.status_code == 200, reply.text
            data = reply.json()["data"]
            attributes = data[0]["attributes"]
            if "status" not in attributes:
                return data
            self.seen.append(attributes)
            if until(attributes):
                return None
            time.sleep(0.05)
        raise AssertionError(self.seen[-1])


@pytest.fixture
def script(shell):
    with httpx.Client(headers=HEADERS, follow_redirects=True, timeout=30) as http:
        yield Script(shell.house, http)


@contextmanager
def worker(house):
    """Give another worker beside the house's own."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "cli.main", "work"],
        env=house.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


def test_a_small_job_is_over_before_a_script_would_look_again(shell, script):
    first, second = (shell.pictures.put(f"/{i}.png", COLOURS["*GREEN"]) for i in range(2))
    points = [{"row": 1, "column": 1}]
    script.poll(script.deploy((first, points)))  # a worker that has just begun is slower
    began = time.monotonic()

    (image,) = script.poll(script.deploy((second, points)))

    assert image["attributes"]["points"][0]["classifications"][0]["label_code"] == "*GREEN"
    assert time.monotonic() - began < 10  # 0.1 s where nothing else runs


def test_links_that_are_signed_keep_their_query(shell, script):
    path = "/bucket/a.png?X-Amz-Signature=ab%2Fcd&X-Amz-Expires=60"
    url = shell.pictures.put(path, COLOURS["*WHITE"])

    (image,) = script.poll(script.deploy((url, [{"row": 29, "column": 39}])))

    assert image["id"] == url
    assert image["attributes"]["points"][0]["classifications"][0]["label_code"] == "*WHITE"


@pytest.mark.slow
def test_a_full_job_survives_the_death_of_a_worker(shell, script):
    points = [{"row": i % 30, "column": i // 5} for i in range(POINTS)]
    urls = [shell.pictures.put(f"/survey/{i}.png", COLOURS[CODES[i % len(CODES)]]) for i in range(IMAGES)]
    shell.pictures.seconds = 0.1
    with worker(shell.house) as other:
        path = script.deploy(*((url, points) for url in urls))
        script.poll(path, until=lambda seen: seen["successes"] >= IMAGES // 2)
        other.kill()

    images = script.poll(path)
    shell.pictures.seconds = 0.0

    assert [image["id"] for image in images] == urls
    for i, image in enumerate(images):
        found = image["attributes"]["points"]
        assert [{"row": point["row"], "column": point["column"]} for point in found] == points
        assert {point["classifications"][0]["label_code"] for point in found} == {CODES[i % len(CODES)]}
    done = [seen["successes"] + seen["failures"] for seen in script.seen]
    assert done == sorted(done)
    assert {seen["total"] for seen in script.seen} == {IMAGES}
    assert {seen["failures"] for seen in script.seen} == {0}
