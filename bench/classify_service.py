"""An idle Darkroom over CoralNet's door: from the order of one point of one picture to its labels."""

import functools
import http.server
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec

from bench.classify_pictures import Seabeds
from bench.rows import Row
from bench.stack import free_port, started
from darkroom.client import Client
from darkroom.settings import Settings

JOBS = 10
GOAL_SECONDS = 2.0
LOOK_SECONDS = 0.02  # between two looks at a job
PATIENCE_SECONDS = 60.0
KIND = "application/vnd.api+json"
# CoralNet 1.31 with its own scheduler, idle, one job of one picture and one point; measured elsewhere, once.
PEER_SECONDS = 193.0


def run(sea: Seabeds) -> Iterator[Row]:
    """Start what `darkroom up` starts, train on seabeds, and order their first point, one job after another."""
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder, _served(sea.folder) as pictures:
        settings = Settings(
            data_dir=folder,
            bind=f"127.0.0.1:{free_port()}",
            log_level="error",
            rate_per_second=1e6,
            rate_burst=1_000_000,
            fetch_allow=pictures.removeprefix("http://"),
            coralnet_requests_per_minute=1_000_000,
            coralnet_requests_per_hour=1_000_000,
        )
        with started(settings) as (stack, token):
            stack.start("worker", "work")
            stack.start("sweeper", "sweep")
            stack.wait_ready()
            classifier = _train(settings.url(), token, sea)
            headers = {"Authorization": f"Token {token}", "Content-Type": KIND}
            with httpx.Client(base_url=settings.url(), headers=headers, follow_redirects=True) as door:
                urls = [f"{pictures}/{sea.path(image).name}" for image in sea.dataset.images[:JOBS]]
                seconds = [_deploy(door, classifier, url) for url in urls]
    name = "idle house, 1 picture, 1 point, from its order to its result"
    median = statistics.median(seconds)
    yield Row(
        f"{name}: p50 of {JOBS}",
        f"{median:.2f} s",
        f"{PEER_SECONDS:.0f} s, measured elsewhere",
        goal=f"<= {GOAL_SECONDS:g} s",
        met=median <= GOAL_SECONDS,
    )
    yield Row(f"{name}: the first, the slowest", f"{seconds[0]:.2f} s, {max(seconds):.2f} s")


def _train(url: str, token: str, sea: Seabeds) -> int:
    """Make a source of the seabeds, and a classifier of it; return its id."""
    code_by_id = {label.id: label.code for label in sea.dataset.labels}
    with Client(url, token) as client:
        source = client.sources.create("seabeds")
        client.sources.add_labels(source, {label.code: label.name for label in sea.dataset.labels})
        client.sources.add_images(source, [client.upload(sea.path(image)) for image in sea.dataset.images])
        points = [
            {"image": sea.path(image).name, "row": row, "column": column, "label": code_by_id[label]}
            for image in sea.dataset.images
            for row, column, label in zip(image.rows, image.columns, image.labels, strict=True)
        ]
        client.sources.import_points(source, points)
        return client.classifiers.wait(client.sources.train(source, "seabeds")).id


def _deploy(door: httpx.Client, classifier: int, url: str) -> float:
    """Order the labels of one point, and look until they are there; return the seconds."""
    image = {"type": "image", "attributes": {"url": url, "points": [{"row": 100, "column": 100}]}}
    begin = time.perf_counter()
    ordered = door.post(
        f"/api/classifier/{classifier}/deploy/", content=msgspec.json.encode({"data": [image]})
    )
    _expect(ordered, httpx.codes.ACCEPTED)
    while time.perf_counter() - begin < PATIENCE_SECONDS:
        answer = door.get(ordered.headers["Location"])
        _expect(answer, httpx.codes.OK)
        found = answer.json()["data"][0]["attributes"]
        if "status" not in found:
            seconds = time.perf_counter() - begin
            if "points" not in found:
                raise RuntimeError(f"{url} was not classified: {found}")
            return seconds
        time.sleep(LOOK_SECONDS)
    raise TimeoutError(f"no result within {PATIENCE_SECONDS:.0f} s")


def _expect(answer: httpx.Response, status: int) -> None:
    if answer.status_code != status:
        raise RuntimeError(f"{answer.url}: {answer.status_code}, not {status}: {answer.text[:300]}")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, and says nothing about it."""

    def log_message(self, format: str, *args: object) -> None:
        """Leave the terminal to the rows."""


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback; give its URL."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
