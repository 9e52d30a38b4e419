"""Points 1 to 3: what the service says of itself, and whom it knows by which key."""

import httpx
import pytest

from tests.dialects.planttracer.browser import Browser, agreed, refused

WRONG = "a" + "0" * 32
KEYED = [
    "bulk-register",
    "check-api_key",
    "delete-movie",
    "get-log",
    "get-logs",
    "get-movie-metadata",
    "get-movie-trackpoints",
    "list-movies",
    "list-users",
    "list-users-courses",
    "new-movie",
    "put-frame-trackpoints",
    "rename-marker",
    "rotate-movie",
    "set-metadata",
    "set-movie-fpm",
    "set-movie-trim",
    "set-research-metadata",
]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_point_01_the_version_is_told_to_everybody(house, method):
    answer = httpx.request(method, f"{house.url}/api/ver")

    assert answer.status_code == 200
    assert {"__version__", "sys_version"} <= answer.json().keys()
    assert "error" not in answer.json()
    assert all(isinstance(value, str) for value in answer.json().values())


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_point_01_the_check_of_the_configuration_has_exactly_its_keys(house, method):
    answer = httpx.request(method, f"{house.url}/api/config-check")

    assert answer.json() == {
        "dynamodb_ok": True,
        "dynamodb_message": "",
        "cors_ok": True,
        "cors_message": "",
        "bucket_region_ok": True,
        "bucket_region_message": "",
    }


def test_point_01_the_worker_answers_a_ping(house):
    answer = httpx.get(f"{house.url}/resize-api/v1/ping")

    assert answer.json()["error"] is False
    assert answer.json()["status"] == "ok"
    assert isinstance(answer.json()["time"], float)
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("key", [WRONG, "nonsense", "", None])
@pytest.mark.parametrize("route", KEYED)
def test_point_02_a_wrong_key_is_refused_and_its_cookie_expires(house, route, key):
    answer = Browser(house.url, key).post(f"/api/{route}")

    assert answer.status_code == 403
    assert answer.json() == {"error": True, "message": "Invalid api_key"}
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith(("api_key=;", 'api_key="";'))
    assert "path=/" in cookie
    assert "expires=thu, 01 jan 1970" in cookie or "max-age=0" in cookie


def test_point_03_a_key_is_taken_from_query_form_multipart_and_cookie(house, student):
    route = f"{house.url}/api/check-api_key"

    answers = [
        httpx.get(route, params={"api_key": student.key}),
        httpx.post(route, data={"api_key": student.key}),
        httpx.post(route, files={"api_key": (None, student.key)}),
        httpx.post(route, headers={"cookie": f"api_key={student.key}"}),
    ]

    assert [agreed(answer)["userinfo"]["email"] for answer in answers] == ["student@example.com"] * 4


def test_point_03_the_query_goes_before_the_form_and_both_before_the_cookie(house, people):
    route, student, fellow = f"{house.url}/api/check-api_key", people.student.key, people.fellow.key

    both = httpx.post(route, params={"api_key": student}, data={"api_key": fellow})
    over_cookie = httpx.post(route, data={"api_key": student}, headers={"cookie": f"api_key={fellow}"})
    wrong_first = httpx.post(route, params={"api_key": WRONG}, data={"api_key": student})

    assert agreed(both)["userinfo"]["email"] == "student@example.com"
    assert agreed(over_cookie)["userinfo"]["email"] == "student@example.com"
    assert refused(wrong_first, 403) == "Invalid api_key"


def test_point_03_the_word_undefined_is_no_key(house, student):
    answer = httpx.post(
        f"{house.url}/api/check-api_key",
        data={"api_key": "undefined"},
        headers={"cookie": f"api_key={student.key}"},
    )

    assert agreed(answer)["userinfo"]["email"] == "student@example.com"


def test_point_03_a_login_link_leaves_the_key_as_a_cookie(house, student):
    with httpx.Client(base_url=house.url) as visitor:
        visitor.get("/login", params={"api_key": student.key})

        answer = visitor.post("/api/check-api_key")

    assert agreed(answer)["userinfo"]["email"] == "student@example.com"


def test_point_03_json_is_not_read_where_forms_are_asked_for(house, student):
    answer = httpx.post(f"{house.url}/api/check-api_key", json={"api_key": student.key})

    assert answer.status_code in {400, 403, 415}


def test_what_is_not_there_is_not_found(student):
    assert student.get("/api/get-frame", movie_id="m1", frame_number=0).status_code == 404
    assert student.get("/resize-api/v1/nothing").status_code == 404


def test_a_method_that_a_route_lacks_is_refused(student):
    assert student.http.delete("/api/list-movies", params={"api_key": student.key}).status_code == 405
