"""A job's output that becomes a medium, through the native door."""

import hashlib

import pytest

from api import uploads
from darkroom.jobs import Output
from storage import media, rubbish
from storage.engine import write
from storage.tables import jobs, outputs

DRILL = {"kind": "drill", "params": {}, "reuse": False}
TABLE = b"frame,x,y\n0,1,2\n"
DIGEST = hashlib.sha256(TABLE).hexdigest()


@pytest.fixture
def job(ada, bench):
    """A drill that made a table and a movie."""
    ada.submit(DRILL)
    movie = bench.make("traced.mp4", b"a movie")
    movie = Output(movie.name, movie.key, movie.sha256, movie.size, "video/mp4")
    return bench.succeed(outputs=[bench.make("track.csv", TABLE), movie])


def keep(caller, **order):
    return caller.simulate_post("/v1/media", json=order)


def test_a_table_becomes_a_medium_as_it_is(ada, anybody, bench, job):
    reply = keep(ada, job=job, output="track.csv")

    assert reply.status_code == 201
    assert reply.headers["Location"] == "/v1/media/1"
    assert reply.json["name"] == "track.csv"
    assert reply.json["sha256"] == DIGEST
    assert reply.json["content_type"] == "text/csv"
    assert reply.json["state"] == "ready"
    assert reply.json["probe"] is None
    assert bench.written() == (1, 1, 1)
    content = ada.simulate_get("/v1/media/1/content")
    assert anybody.follow(content.headers["Location"]).content == TABLE


def test_a_movie_that_was_made_is_looked_into(ada, bench, job):
    reply = keep(ada, job=job, output="traced.mp4", name="apex.mp4")

    assert reply.json["name"] == "apex.mp4"
    assert reply.json["state"] == "probing"
    assert bench.claim("quick").kind == "probe"


def test_what_is_kept_twice_is_one_medium(ada, bench, job):
    first = keep(ada, job=job, output="track.csv").json["id"]

    again = keep(ada, job=job, output="track.csv").json["id"]

    assert again == first
    assert bench.written() == (1, 1, 1)


def test_what_was_kept_outlives_its_job(ada, anybody, services, job):
    keep(ada, job=job, output="track.csv")
    with write(services.engine) as db:
        db.execute(outputs.delete().where(outputs.c.job_id == job))

    rubbish.sweep_blobs(services.engine, services.blobs, orphan_seconds=-60, unfinished_seconds=60)

    assert {stat.key for stat in services.blobs.list()} == {f"media/{DIGEST}"}
    content = ada.simulate_get("/v1/media/1/content")
    assert anybody.follow(content.headers["Location"]).content == TABLE


def test_a_copy_that_nobody_recorded_is_swept(services, bench, job):
    media.copy_output(services.blobs, bench.make("track.csv", TABLE))

    rubbish.sweep_blobs(services.engine, services.blobs, orphan_seconds=-60, unfinished_seconds=60)

    assert list(services.blobs.list("media/")) == []


def test_a_kept_table_is_the_input_of_an_analysis(ada, bench, job):
    table = keep(ada, job=job, output="track.csv").json["id"]

    reply = ada.submit({"kind": "analysis", "inputs": {"track": table}})

    assert reply.status_code == 202
    assert bench.claim("quick").inputs[0].sha256 == DIGEST


def test_an_earlier_track_is_part_of_what_decides_the_result(ada, bench, movie, track):
    ada.submit(DRILL)
    made = bench.succeed(outputs=[bench.make("track.csv", TABLE)])
    table = keep(ada, job=made, output="track.csv").json["id"]
    first = ada.submit(track).json["id"]

    again = ada.submit(track | {"inputs": {"movie": movie, "earlier": table}}).json["id"]

    used = ada.simulate_get(f"/v1/jobs/{again}/provenance").json
    before = ada.simulate_get(f"/v1/jobs/{first}/provenance").json
    assert [one["role"] for one in used["inputs"]] == ["earlier", "movie"]
    assert used["inputs"][0]["sha256"] == DIGEST
    assert used["cache_key"] != before["cache_key"]


BAD_ORDERS = {
    "a job that is not there": ({"job": 9, "output": "track.csv"}, 404, "not_found", None),
    "an output that is not there": ({"job": 1, "output": "track.xlsx"}, 404, "not_found", None),
    "no output": ({"job": 1}, 422, "invalid", "/output"),
    "a job of another type": ({"job": "1", "output": "track.csv"}, 422, "invalid", "/job"),
    "a job beyond 64 bits": ({"job": 2**64, "output": "track.csv"}, 422, "invalid", "/job"),
    "an endless name": (
        {"job": 1, "output": "track.csv", "name": "a" * 256},
        422,
        "invalid",
        "/name",
    ),
    "a field that nobody knows": (
        {"job": 1, "output": "track.csv", "upload": "multipart"},
        422,
        "invalid",
        "/upload",
    ),
}


@pytest.mark.parametrize(("order", "status", "code", "pointer"), BAD_ORDERS.values(), ids=BAD_ORDERS)
def test_a_bad_order_to_keep_is_refused(ada, bench, job, order, status, code, pointer):
    reply = keep(ada, **order)

    assert reply.status_code == status
    assert reply.json["code"] == code
    assert reply.json.get("pointer") == pointer
    assert bench.written() == (0, 1, 1)


def test_the_output_of_a_strangers_job_is_not_there(eve, job):
    assert keep(eve, job=job, output="track.csv").status_code == 404


def test_what_is_not_made_yet_can_not_be_kept(ada):
    job = ada.submit(DRILL).json["id"]

    reply = keep(ada, job=job, output="track.csv")

    assert reply.status_code == 409
    assert reply.json["code"] == "not_ready"


def test_what_has_expired_is_gone(ada, services, job):
    with write(services.engine) as db:
        db.execute(jobs.update().values(expired=True))

    reply = keep(ada, job=job, output="track.csv")

    assert reply.status_code == 410


def test_what_was_swept_between_look_and_copy_is_gone(ada, services, job, monkeypatch):
    copy = media.copy_output

    def sweep_first(store, output):
        store.delete(output.key)
        copy(store, output)

    monkeypatch.setattr(uploads.media, "copy_output", sweep_first)

    reply = keep(ada, job=job, output="track.csv")

    assert reply.status_code == 410
    assert reply.json["hint"] == "run the job again"
