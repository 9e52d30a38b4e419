"""A fault as RFC 9457 problem details."""

from http import HTTPStatus
from typing import Any

import msgspec

from api.faults import BODY, Fault, Wording

PROBLEM = "application/problem+json"


def envelope(fault: Fault) -> Wording:
    """Return the problem: `pointer` names a field of the body, `parameter` one of the query or a header."""
    problem: dict[str, Any] = {
        "type": f"/v1/docs#{fault.code}",
        "title": HTTPStatus(fault.status).phrase,
        "status": fault.status,
        "detail": fault.message,
        "code": fault.code,
        "request_id": fault.request_id,
    }
    if fault.where is not None and fault.where != BODY:
        problem["pointer" if fault.where.startswith("/") else "parameter"] = fault.where
    more = {"limit": fault.limit, "hint": fault.hint}
    problem.update({name: value for name, value in more.items() if value is not None})
    headers = {"Content-Type": PROBLEM, **fault.headers}
    if fault.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="darkroom"'
    return Wording(fault.status, headers, msgspec.json.encode(problem))
