"""The native door keeps to what it says of itself."""

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api import app, faults
from api.dialects.native.meanings import MEANING_BY_CODE
from api.faults import STATUS
from darkroom import errors
from darkroom.errors import DarkroomError
from darkroom.kinds import KINDS

EXAMPLES = 10  # of each operation
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def document(anybody):
    return anybody.simulate_get("/v1/openapi.json").json


@pytest.fixture
def schema(settings, make_services, ada, track, source, bench):
    """The document as Schemathesis reads it, over a house with a movie, a source, finished jobs and open ones."""
    ada.submit(track)
    bench.succeed("cpu", outputs=[bench.make("track.csv", b"1")])
    ada.submit({"kind": "drill"})
    ada.send(f"{source}/train", {})
    bench.succeed("cpu", outputs=[bench.make("model.onnx", b"1")])
    assert ada.simulate_get("/v1/classifiers/1").json["state"] == "ready"
    image = {"media": 1, "grid": {"rows": 1, "columns": 1}}
    ordered = ada.submit({"kind": "classify", "params": {"classifier": 1, "images": [image]}})
    assert ordered.status_code == 202
    hasty = msgspec.structs.replace(
        settings,
        wait_limit_seconds=0.01,
        streams_wait_seconds=0.01,
        rate_burst=10**6,
        open_jobs_limit=10**6,
    )
    return schemathesis.openapi.from_wsgi("/v1/openapi.json", app.mount(make_services(hasty)))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_one_that_was_documented(schema, ada, mode):
    def answers_as_documented(case):
        case.call_and_validate(headers=dict(ada._default_headers), checks=CHECKS)

    for found in schema.get_all_operations():
        cases = found.ok().as_strategy(generation_mode=mode)
        check = given(case=cases)(answers_as_documented)
        tried(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))(
            check
        )()


def test_the_document_is_openapi(document):
    validate(document)

    assert document["openapi"] == "3.1.0"


def test_every_operation_has_a_name_of_its_own(document):
    names = [one["operationId"] for methods in document["paths"].values() for one in methods.values()]

    assert len(names) == len(set(names)) == 74


def test_every_path_is_documented(services, document):
    from api.dialects.native import routes

    paths = {path.replace(":id", "") for path, _ in routes.routes(services)}

    assert set(document["paths"]) == paths


def test_the_page_tells_every_path_and_loads_nothing_from_elsewhere(anybody, document):
    reply = anybody.simulate_get("/v1/docs", headers={"Accept": "text/html"})

    assert reply.status_code == 200
    assert all(path in reply.text for path in document["paths"])
    assert "<script" not in reply.text
    assert "src=" not in reply.text
    assert "https://" not in reply.text
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_every_code_is_explained(anybody):
    page = anybody.simulate_get("/v1/docs").text
    leaves = {kind.code for kind in STATUS} | set(faults.CODES.values()) | {"internal"}

    assert leaves == set(MEANING_BY_CODE)
    assert all(f'id="{code}"' in page for code in leaves)


def test_every_error_has_a_status():
    family = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, DarkroomError) and kind is not DarkroomError
    }

    assert family == set(STATUS)


def test_kinds_tell_their_params(ada):
    kinds = {kind["name"]: kind for kind in ada.simulate_get("/v1/kinds").json["kinds"]}

    assert set(kinds) == set(KINDS)
    assert kinds["track"]["inputs"] == ["movie"]
    assert kinds["track"]["params"]["required"] == ["points"]
    assert "kind" not in kinds["track"]["params"]["properties"]


def test_drills_are_hidden_where_they_are_off(make_services, settings, ada):
    ada.app = app.mount(make_services(msgspec.structs.replace(settings, drills=False)))

    names = [kind["name"] for kind in ada.simulate_get("/v1/kinds").json["kinds"]]
    assert names == [name for name in KINDS if name != "drill"]


def test_live_workers_are_listed(ada, services):
    from storage import pool
    from storage.engine import write

    with write(services.engine) as db:
        pool.announce(db, "bench-1", "quick,cpu", 2, "x86")

    (worker,) = ada.simulate_get("/v1/workers").json["workers"]

    assert (worker["id"], worker["queues"], worker["slots"]) == ("bench-1", ["quick", "cpu"], 2)
