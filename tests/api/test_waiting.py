"""Long-polls: released by a change, bounded in time and number."""

import threading
import time

import msgspec
import pytest

from api import app, waiting
from api.waiting import Watcher

DRILL = {"kind": "drill", "reuse": False}


class Waiting:
    """A request that waits in a thread of its own."""

    def __init__(self, services, ask):
        self._replies = []
        self._thread = threading.Thread(target=lambda: self._replies.append(ask()))
        self._thread.start()
        while services.watcher.count() == 0 and self._thread.is_alive():
            self._thread.join(0.005)

    def reply(self):
        self._thread.join(10)
        return self._replies[0]


def test_a_waiting_client_is_released_by_a_change(ada, bench, services):
    job = ada.submit(DRILL).json["id"]
    waiting = Waiting(services, lambda: ada.simulate_get(f"/v1/jobs/{job}?wait=20"))

    bench.claim()

    assert waiting.reply().json["state"] == "running"
    assert services.watcher.count() == 0


def test_a_client_that_knows_this_version_is_released_by_the_next(ada, bench, services):
    job = ada.submit(DRILL).json["id"]
    etag = ada.simulate_get(f"/v1/jobs/{job}").headers["ETag"]
    ask = {"params": {"wait": 20}, "headers": {"If-None-Match": etag}}
    waiting = Waiting(services, lambda: ada.simulate_get(f"/v1/jobs/{job}", **ask))

    bench.succeed()

    assert waiting.reply().status_code == 200


def test_a_client_that_knows_an_older_version_does_not_wait(ada, bench):
    job = ada.submit(DRILL).json["id"]
    etag = ada.simulate_get(f"/v1/jobs/{job}").headers["ETag"]
    bench.claim()

    reply = ada.simulate_get(f"/v1/jobs/{job}?wait=20", headers={"If-None-Match": etag})

    assert reply.json["state"] == "running"


def test_nobody_waits_for_a_job_that_has_ended(ada, bench):
    job = ada.submit(DRILL).json["id"]
    bench.succeed()

    reply = ada.simulate_get(f"/v1/jobs/{job}?wait=20")

    assert reply.json["state"] == "succeeded"
    assert "Retry-After" not in reply.headers


def test_a_wait_ends_with_its_time(ada):
    job = ada.submit(DRILL).json["id"]
    etag = ada.simulate_get(f"/v1/jobs/{job}").headers["ETag"]

    reply = ada.simulate_get(f"/v1/jobs/{job}?wait=0.05", headers={"If-None-Match": etag})

    assert reply.status_code == 304


def test_whoever_comes_when_too_many_wait_is_answered_at_once(make_services, settings, ada, services, bench):
    narrow = make_services(msgspec.structs.replace(settings, waiters_limit=1))
    ada.app = app.mount(narrow)
    job = ada.submit(DRILL).json["id"]
    waiting = Waiting(narrow, lambda: ada.simulate_get(f"/v1/jobs/{job}?wait=20"))

    reply = ada.simulate_get(f"/v1/jobs/{job}?wait=20")

    assert reply.status_code == 200
    assert reply.headers["Retry-After"] == "2"
    assert reply.json["state"] == "queued"
    bench.claim()
    assert waiting.reply().json["state"] == "running"


def test_a_medium_is_waited_for_until_it_was_probed(ada, bench, services):
    ada.upload()
    waiting = Waiting(services, lambda: ada.simulate_get("/v1/media/1?wait=20"))

    bench.succeed(summary={"width": 640})

    assert waiting.reply().json["state"] == "ready"


def test_listeners_hear_every_change_until_the_end(ada, bench, services):
    job = ada.submit(DRILL).json["id"]
    waiting = Waiting(services, lambda: ada.simulate_get(f"/v1/jobs/{job}/events"))

    bench.succeed()

    reply = waiting.reply()
    events = [line for line in reply.text.splitlines() if line.startswith("data: ")]
    assert reply.headers["Content-Type"] == "text/event-stream"
    assert msgspec.json.decode(events[0].removeprefix("data: "))["state"] == "queued"
    assert msgspec.json.decode(events[-1].removeprefix("data: "))["state"] == "succeeded"


def test_who_has_come_just_now_is_looked_after_more_often():
    pauses = [waiting.pause_after(seconds) for seconds in (0, 0.02, 0.1, 0.2, 3600)]

    assert pauses == sorted(pauses)
    assert pauses[:2] == [0, pytest.approx(0.005)]
    assert pauses[3:] == [pytest.approx(waiting.LOOK_SECONDS - waiting.SOON_SECONDS)] * 2


def test_who_comes_during_a_long_pause_does_not_wait_for_its_end(ada, bench, services, monkeypatch):
    monkeypatch.setattr(waiting, "pause_after", lambda seconds: 60.0)
    first, second = (ada.submit(DRILL).json for _ in range(2))
    watcher = Watcher(services.engine, limit=10)
    earlier = threading.Thread(target=lambda: watcher.wait(first["id"], 1, 60))
    earlier.start()
    while watcher.count() == 0:
        earlier.join(0.005)
    earlier.join(0.1)  # the pause has begun

    began = time.monotonic()
    watcher.wait(second["id"], 0, 30)

    assert time.monotonic() - began < 20
    watcher.close()
    earlier.join(10)


def test_a_closed_watcher_lets_everybody_go(services):
    watcher = Watcher(services.engine, limit=10)
    let_go = []
    thread = threading.Thread(target=lambda: let_go.append(watcher.wait(1, 1, 20)))
    thread.start()

    watcher.close()
    thread.join(10)

    assert len(let_go) == 1
    assert not watcher.wait(1, 1, 20)
