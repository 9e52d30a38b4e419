"""Calls at random to every route: whatever is sent, the house answers, and never with a failure of its own."""

import json
import random
from typing import Any

import pytest

from tests.dialects.planttracer.browser import agreed
from tests.dialects.planttracer.conftest import COURSE

SEEDS = range(4)
CALLS = 400
ROUTES = [
    *(
        f"/api/{name}"
        for name in [
            "bulk-register",
            "check-api_key",
            "config-check",
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
            "register",
            "rename-marker",
            "resend-link",
            "rotate-movie",
            "set-metadata",
            "set-movie-fpm",
            "set-movie-trim",
            "set-research-metadata",
            "ver",
            "v1/movie-data",
            "acquire-movie-analysis-lease",
            "heartbeat-movie-analysis-lease",
            "release-movie-analysis-lease",
            "default-course",
            "get-frame",
        ]
    ),
    *(
        f"/resize-api/v1/{name}"
        for name in ["ping", "first-frame", "movie-data", "trace-movie", "process-upload"]
    ),
    "/login",
]
NAMES = [
    "api_key",
    "movie_id",
    "set_movie_id",
    "set_user_id",
    "property",
    "value",
    "frame_number",
    "frame_start",
    "frame_count",
    "frame_end",
    "rotation",
    "fpm",
    "trim_start_frame",
    "trim_end_frame",
    "delete",
    "old_label",
    "new_label",
    "trackpoints",
    "format",
    "title",
    "description",
    "movie_data_sha256",
    "movie_data_length",
    "research_use",
    "credit_by_name",
    "attribution_name",
    "email",
    "course_key",
    "course_id",
    "email-addresses",
    "names",
    "planttracer_endpoint",
    "name",
    "count",
    "offset",
    "start_time",
    "end_time",
    "ipaddr",
    "log_user_id",
    "get_all_if_tracking_completed",
    "analysis_lease_id",
]
WORDS: list[Any] = [
    *(
        "",
        " ",
        "0",
        "1",
        "-1",
        "2",
        "90",
        "45",
        "1.5",
        "nan",
        "inf",
        "1e999",
        "9" * 40,
        "true",
        "no",
        "undefined",
    ),
    *(
        "null",
        "[]",
        "{}",
        "[[]]",
        '[{"x":1,"y":2,"label":"Apex"}]',
        '[{"x":NaN}]',
        "json",
        "xlsx",
        "zip",
        "Apex",
    ),
    *("a\x00b", "ö\U0001f331", "\ud7ff", "%", "'; DROP TABLE pt_movies; --", "../../etc/passwd", "x" * 3000),
    *(
        "title",
        "published",
        "deleted",
        "name",
        "email",
        "m",
        "m1",
        "u0",
        "red-90",
        "a" + "0" * 32,
        COURSE,
        "cafe0101",
    ),
]


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_that_is_sent_makes_the_house_fail(everywhere, walk, seed):
    _, people = everywhere
    own = people.student.upload(walk)
    chance = random.Random(seed)
    callers = [people.student, people.admin, people.stranger, people.nobody]

    failures = []
    for _ in range(CALLS):
        call = draw(chance, own)
        answer = send(chance.choice(callers), call)
        if answer.status_code >= 500:
            failures.append((call, answer.status_code, answer.text[:200]))

    assert failures == []
    assert agreed(people.student.post("/api/check-api_key"))


def draw(chance: random.Random, movie_id: str) -> dict[str, Any]:
    names = chance.sample(NAMES, chance.randint(0, 6))
    fields = {name: chance.choice(WORDS) for name in names}
    if chance.random() < 0.8:  # most calls get beyond the first look
        fields["movie_id"] = fields["set_movie_id"] = movie_id
    if chance.random() < 0.9:
        fields.pop("api_key", None)
    return {
        "method": chance.choices(["POST", "GET", "PUT", "DELETE", "OPTIONS", "PATCH"], [12, 4, 1, 1, 1, 1])[
            0
        ],
        "route": chance.choice(ROUTES),
        "form": chance.choice(["query", "urlencoded", "multipart", "json"]),
        "fields": fields,
    }


def send(browser: Any, call: dict[str, Any]) -> Any:
    fields = browser._with_key(call["fields"])
    headers = {"x-api-key": browser.key} if browser.key else {}
    match call["form"]:
        case "query":
            more: dict[str, Any] = {"params": fields}
        case "urlencoded":
            more = {"data": fields}
        case "multipart":
            more = {"files": {name: (None, value) for name, value in fields.items()}}
        case _:
            more = {"content": json.dumps(fields), "headers": {"content-type": "application/json"}}
    more["headers"] = headers | more.get("headers", {})
    return browser.http.request(call["method"], call["route"], **more)
