"""The Plant Tracer door's frame: what needs no key, and how it refuses what is no call."""

import pytest


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_version_is_told_to_anybody(door, method):
    answer = door.simulate_request(method, "/api/ver")

    assert answer.status_code == 200
    assert set(answer.json) == {"__version__", "sys_version", "git_commit"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_check_of_the_configuration_finds_nothing(door, method):
    answer = door.simulate_request(method, "/api/config-check")

    assert answer.json == {
        "dynamodb_ok": True,
        "dynamodb_message": "",
        "cors_ok": True,
        "cors_message": "",
        "bucket_region_ok": True,
        "bucket_region_message": "",
    }


def test_a_path_that_is_not_there_is_refused_with_a_page(door):
    answer = door.simulate_get("/api/get-frame")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.text.startswith("<h1>404 Not Found</h1><pre>")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("DELETE", "/api/ver", "GET, POST, OPTIONS"), ("GET", "/api/list-users", "POST, OPTIONS")],
)
def test_a_method_that_is_not_there_is_refused_with_a_page(door, method, path, allowed):
    answer = door.simulate_request(method, path)

    assert answer.status_code == 405
    assert answer.headers["Allow"] == allowed
    assert answer.text.startswith("<h1>405 Method Not Allowed</h1>")
