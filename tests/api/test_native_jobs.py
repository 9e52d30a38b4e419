"""Jobs through the native door: submit, watch, cancel, run again."""

import pytest

from darkroom.jobs import Cause, Failure, Progress
from storage import leases, pool
from storage.engine import write
from storage.leases import Ending

DRILL = {"kind": "drill", "params": {"seconds": 1}}


def test_a_submitted_job_is_queued(ada, track):
    reply = ada.submit(track)

    assert reply.status_code == 202
    assert reply.headers["Location"] == "/v1/jobs/2"
    assert reply.headers["Retry-After"] == "1"
    assert reply.json["state"] == "queued"
    assert reply.json["queue"] == "cpu"
    assert reply.json["params"]["outputs"] == ["csv", "parquet", "movie", "analysis"]


def test_a_queued_job_says_why_it_waits(ada, services):
    ada.submit(DRILL | {"reuse": False})
    second = ada.submit(DRILL | {"reuse": False}).json["id"]
    with write(services.engine) as db:
        pool.announce(db, "bench-1", "quick,cpu", 3, "")

    waiting = ada.simulate_get(f"/v1/jobs/{second}").json["waiting"]

    assert waiting == {"ahead": 1, "workers": 1, "slots": 3, "reason": "1 ahead on the queue 'quick'"}


def test_a_queue_without_workers_is_named(ada):
    job = ada.submit(DRILL).json["id"]

    waiting = ada.simulate_get(f"/v1/jobs/{job}").json["waiting"]

    assert waiting["reason"] == "no live worker listens to the queue 'quick'"


def test_a_running_job_tells_its_progress(ada, bench, services):
    job = ada.submit(DRILL).json["id"]
    claim = bench.claim()
    with write(services.engine) as db:
        leases.beat(db, claim, Progress(25, 100, "tracking"), bench.terms)

    view = ada.simulate_get(f"/v1/jobs/{job}").json

    assert view["state"] == "running"
    assert view["attempts"] == 1
    assert view["waiting"] is None
    assert view["progress"]["fraction"] == 0.25
    assert view["progress"]["phase"] == "tracking"
    assert view["progress"]["eta_seconds"] >= 0


def test_a_failed_job_says_why(ada, bench):
    job = ada.submit(DRILL).json["id"]
    claim = bench.claim()
    bench.settle(claim, Ending(Cause.ERROR, failure=Failure("bad_input", "no frames", "send a movie")))

    view = ada.simulate_get(f"/v1/jobs/{job}").json

    assert view["state"] == "failed"
    assert view["failure"] == {"code": "bad_input", "message": "no frames", "hint": "send a movie"}


def test_an_unchanged_job_answers_304(ada):
    job = ada.submit(DRILL).json["id"]
    etag = ada.simulate_get(f"/v1/jobs/{job}").headers["ETag"]

    reply = ada.simulate_get(f"/v1/jobs/{job}", headers={"If-None-Match": etag})

    assert reply.status_code == 304
    assert reply.headers["ETag"] == etag


def test_a_changed_job_answers_anew(ada, bench):
    job = ada.submit(DRILL).json["id"]
    etag = ada.simulate_get(f"/v1/jobs/{job}").headers["ETag"]
    bench.claim()

    reply = ada.simulate_get(f"/v1/jobs/{job}", headers={"If-None-Match": etag})

    assert reply.status_code == 200
    assert reply.headers["ETag"] != etag


def test_the_same_key_and_body_make_one_job(ada, bench):
    first = ada.submit(DRILL | {"reuse": False}, {"Idempotency-Key": "k"}).json["id"]

    second = ada.submit(DRILL | {"reuse": False}, {"Idempotency-Key": "k"})

    assert second.status_code == 202
    assert second.json["id"] == first
    assert bench.written() == (0, 1, 1)


def test_a_replayed_job_that_has_ended_answers_200(ada, bench):
    ada.submit(DRILL, {"Idempotency-Key": "k"})
    bench.succeed()

    reply = ada.submit(DRILL, {"Idempotency-Key": "k"})

    assert reply.status_code == 200
    assert reply.json["state"] == "succeeded"
    assert "Retry-After" not in reply.headers


def test_an_identical_running_job_is_joined(ada, bench):
    first = ada.submit(DRILL).json["id"]

    assert ada.submit(DRILL).json["id"] == first


def test_an_identical_finished_job_answers_at_once(ada, bench):
    first = ada.submit(DRILL).json["id"]
    bench.succeed(summary={"slept": 1})

    reply = ada.submit(DRILL)

    assert reply.status_code == 200
    assert reply.json["id"] != first
    assert reply.json["reused_from"] == first


def test_another_owner_does_not_join(ada, eve):
    first = ada.submit(DRILL).json["id"]

    assert eve.submit(DRILL).json["id"] != first


def test_jobs_are_listed_newest_first_page_by_page(ada):
    for _ in range(3):
        ada.submit(DRILL | {"reuse": False})

    first = ada.simulate_get("/v1/jobs", params={"limit": 2}).json
    second = ada.simulate_get("/v1/jobs", params={"limit": 2, "cursor": first["next_cursor"]}).json

    assert [job["id"] for job in first["jobs"]] == [3, 2]
    assert [job["id"] for job in second["jobs"]] == [1]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ({"state": "failed"}, [1]),
        ({"state": "queued"}, [2]),
        ({"kind": "track"}, []),
        ({"kind": "drill"}, [2, 1]),
        ({"since": "2020-01-01T00:00:00Z"}, [2, 1]),
        ({"since": "2999-01-01T00:00:00Z"}, []),
    ],
)
def test_the_list_is_filtered(ada, bench, filter, found):
    ada.submit(DRILL | {"reuse": False})
    bench.fail("bad", "no")
    ada.submit(DRILL | {"reuse": False})

    page = ada.simulate_get("/v1/jobs", params=filter).json

    assert [job["id"] for job in page["jobs"]] == found


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/v1/jobs/1"), ("POST", "/v1/jobs/1/cancel")])
def test_a_queued_job_is_cancelled_at_once(ada, method, path):
    ada.submit(DRILL)

    replies = [ada.simulate_request(method, path) for _ in range(2)]

    assert [reply.status_code for reply in replies] == [200, 200]
    assert [reply.json["state"] for reply in replies] == ["cancelled", "cancelled"]


def test_a_running_job_is_cancelled_when_its_worker_hears_of_it(ada, bench):
    ada.submit(DRILL)
    claim = bench.claim()

    asked = ada.simulate_delete("/v1/jobs/1")
    bench.settle(claim, Ending(Cause.CANCELLED))
    ended = ada.simulate_delete("/v1/jobs/1")

    assert (asked.status_code, asked.json["state"]) == (202, "running")
    assert asked.json["cancel_requested_at"] is not None
    assert (ended.status_code, ended.json["state"]) == (200, "cancelled")


def test_a_rerun_is_a_new_job_on_the_same_content(ada, bench, track, movie):
    old = ada.submit(track).json["id"]
    bench.succeed("cpu")

    reply = ada.simulate_post(f"/v1/jobs/{old}/rerun")

    assert reply.status_code == 202
    assert reply.json["rerun_of"] == old
    assert reply.json["params"]["points"] == [{"label": "Apex", "x": 278.0, "y": 166.0}]


def test_a_rerun_may_have_other_params(ada, bench, track):
    old = ada.submit(track).json["id"]
    bench.succeed("cpu")

    reply = ada.send(f"/v1/jobs/{old}/rerun", {"params": track["params"] | {"end": 50}, "priority": 3})

    assert reply.json["params"]["end"] == 50
    assert reply.json["priority"] == 3


def test_a_rerun_finds_equal_content_when_the_old_record_is_gone(ada, bench, track, movie):
    old = ada.submit(track).json["id"]
    bench.succeed("cpu")
    ada.simulate_delete(f"/v1/media/{movie}")
    again = ada.upload().json["id"]

    rerun = ada.simulate_post(f"/v1/jobs/{old}/rerun").json["id"]

    assert ada.simulate_get(f"/v1/jobs/{rerun}/provenance").json["inputs"][0]["media"] == again


def test_a_rerun_without_its_content_is_refused(ada, bench, track, movie):
    old = ada.submit(track).json["id"]
    bench.succeed("cpu")
    ada.simulate_delete(f"/v1/media/{movie}")

    reply = ada.simulate_post(f"/v1/jobs/{old}/rerun")

    assert reply.status_code == 410
    assert reply.json["detail"] == "the content of input 'movie' is no longer here"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/jobs/1"),
        ("GET", "/v1/jobs/1/result"),
        ("GET", "/v1/jobs/1/outputs/a.csv"),
        ("GET", "/v1/jobs/1/attempts"),
        ("GET", "/v1/jobs/1/provenance"),
        ("GET", "/v1/jobs/1/events"),
        ("POST", "/v1/jobs/1/rerun"),
        ("POST", "/v1/jobs/1/cancel"),
        ("DELETE", "/v1/jobs/1"),
    ],
)
def test_a_strangers_job_is_not_found(ada, eve, method, path):
    ada.submit(DRILL)

    reply = eve.simulate_request(method, path)

    assert reply.status_code == 404
    assert reply.json["code"] == "not_found"
    assert ada.simulate_get("/v1/jobs/1").json["state"] == "queued"
