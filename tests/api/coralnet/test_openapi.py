"""The CoralNet door keeps to what it says of itself."""

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

from api import app
from api.dialects.coralnet import routes

PATH = "/api/coralnet/openapi.json"
EXAMPLES = 10  # of each operation
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def document(nobody):
    return nobody.look(PATH).json


@pytest.fixture
def schema(settings, make_services, make_classifier, script, bench):
    """The document as Schemathesis reads it, over a house with a classifier, a deploy that is open and one that is not."""
    public = make_classifier(is_public=True)
    script.deploy(public)
    bench.fail("cannot_decode", "nothing came of it", "cpu")
    script.deploy(public)
    patient = msgspec.structs.replace(
        settings, coralnet_requests_per_hour=10**6, coralnet_active_jobs_limit=10**6
    )
    return schemathesis.openapi.from_wsgi(PATH, app.mount(make_services(patient)))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("named", [{}, {"classifier": 1, "job": 1, "name": "stephen"}], ids=["any", "there"])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_one_that_was_documented(schema, script, mode, named):
    def answers_as_documented(case):
        case.path_parameters.update(
            {name: named.get(name, value) for name, value in case.path_parameters.items()}
        )
        case.call_and_validate(headers={"Authorization": f"Token {script.token}"}, checks=CHECKS)

    for found in schema.get_all_operations():
        cases = found.ok().as_strategy(generation_mode=mode)
        check = given(case=cases)(answers_as_documented)
        tried(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))(
            check
        )()


def test_the_document_is_openapi(document):
    validate(document)

    assert document["openapi"] == "3.1.0"


def test_every_path_is_documented(services, document):
    paths = {f"{path}/" for path, _ in routes.routes(services)}

    assert set(document["paths"]) == paths


def test_limits_are_told_as_they_are_set(document):
    schemas = document["components"]["schemas"]

    assert schemas["Deploy"]["properties"]["data"]["maxItems"] == 100
    assert schemas["WantedAttributes"]["properties"]["points"]["maxItems"] == 200
