"""What operators ask."""

import msgspec
import sqlalchemy as sa

from api import app
from api.services import Services
from darkroom.errors import Unavailable
from darkroom.jobs import Cause, Failure
from storage import pool
from storage.engine import write
from storage.leases import Ending

DRILL = {"kind": "drill", "reuse": False}


def test_a_live_process_says_so(anybody):
    assert anybody.simulate_get("/healthz").json == {"status": "ok"}


def test_a_ready_house_says_so(anybody):
    reply = anybody.simulate_get("/readyz")

    assert reply.status_code == 200
    assert reply.json == {"ready": True, "checks": {"database": "ok", "store": "ok", "broker": "ok"}}


def test_a_house_without_schema_is_not_ready(anybody, services):
    with write(services.engine) as db:
        db.execute(sa.text("DELETE FROM alembic_version"))

    reply = anybody.simulate_get("/readyz")

    assert reply.status_code == 503
    assert reply.json["checks"]["database"] == "the schema is not the newest; run `darkroom migrate`"
    assert reply.headers["Retry-After"] == "5"


def test_a_store_that_does_not_answer_is_named(anybody, services, monkeypatch):
    def refuse():
        raise Unavailable("the disk is full")

    monkeypatch.setattr(services.blobs, "check", refuse)

    reply = anybody.simulate_get("/readyz")

    assert reply.status_code == 503
    assert reply.json["checks"] == {"database": "ok", "store": "the disk is full", "broker": "ok"}


def test_a_database_that_cannot_be_opened_is_answered_with_503(settings, tmp_path, anybody):
    services = Services(msgspec.structs.replace(settings, database_url=f"sqlite:///{tmp_path}"))
    anybody.app = app.mount(services)

    replies = [anybody.simulate_get(path) for path in ("/readyz", "/healthz")]
    services.close()

    assert [reply.status_code for reply in replies] == [503, 200]


def test_figures_tell_queues_attempts_durations_and_workers(ada, anybody, bench, services):
    for _ in range(4):
        ada.submit(DRILL)
    bench.succeed()
    bench.settle(bench.claim(), Ending(Cause.OOM, failure=Failure("oom", "killed"), retry=True))
    bench.claim()
    with write(services.engine) as db:
        pool.announce(db, "bench-1", "quick,cpu", 2, "")

    lines = anybody.simulate_get("/metrics").text.splitlines()

    assert 'darkroom_queue_depth{queue="quick"} 2' in lines
    assert 'darkroom_queue_depth{queue="cpu"} 0' in lines
    assert 'darkroom_running{queue="quick"} 1' in lines
    assert 'darkroom_workers{queue="cpu"} 1' in lines
    assert 'darkroom_jobs{state="succeeded"} 1' in lines
    assert 'darkroom_attempts_total{kind="drill",cause="succeeded"} 1' in lines
    assert 'darkroom_attempts_total{kind="drill",cause="oom"} 1' in lines
    assert 'darkroom_job_seconds_bucket{kind="drill",le="+Inf"} 1' in lines
    assert 'darkroom_job_seconds_count{kind="drill"} 1' in lines


def test_every_figure_is_explained_once(anybody):
    lines = anybody.simulate_get("/metrics").text.splitlines()

    explained = [line.split()[2] for line in lines if line.startswith("# HELP")]
    assert len(explained) == len(set(explained)) == 8
    assert anybody.simulate_get("/metrics").headers["Content-Type"].startswith("text/plain; version=0.0.4")


def test_the_front_page_links_the_documentation_and_loads_nothing(anybody):
    reply = anybody.simulate_get("/")

    assert 'href="/v1/docs"' in reply.text
    assert "http://" not in reply.text
    assert "https://" not in reply.text
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'")
