"""Point 27: a demonstration that anybody may look at."""

import pytest

from tests.dialects.planttracer.browser import Browser, agreed, refused
from tests.dialects.planttracer.house import running

DENIED = "demo accounts not allowed to execute requested action"
DEMO_KEY = "a123456789012345678901234567890bc"


@pytest.fixture(scope="module")
def visitors(tmp_path_factory):
    """Three who come to a demonstration: without a key, with its key, and with one that nobody gave out."""
    with running(tmp_path_factory.mktemp("demo") / "data", DARKROOM_PLANTTRACER_DEMO="true") as house:
        yield [Browser(house.url, key) for key in (None, DEMO_KEY, "a" + "0" * 32)]


def test_point_27_anybody_may_look(visitors):
    for visitor in visitors:
        assert agreed(visitor.post("/api/check-api_key"))["userinfo"]["user_id"].startswith("u")
        assert isinstance(agreed(visitor.post("/api/list-movies"))["movies"], list)
        assert len(agreed(visitor.post("/api/list-users"))["users"]) == 1
        assert agreed(visitor.post("/api/get-logs"))["logs"] == []


@pytest.mark.parametrize(
    ("route", "fields"),
    [
        ("new-movie", {"title": "A plant", "description": "It grows", "movie_data_sha256": "0" * 64}),
        ("put-frame-trackpoints", {"movie_id": "m1", "frame_number": 0, "trackpoints": "[]"}),
        ("rename-marker", {"movie_id": "m1", "old_label": "Apex", "new_label": "Tip"}),
        ("rotate-movie", {"movie_id": "m1", "rotation": 90}),
        ("delete-movie", {"movie_id": "m1"}),
        ("set-movie-trim", {"movie_id": "m1", "trim_start_frame": 1}),
        ("set-movie-fpm", {"movie_id": "m1", "fpm": "30"}),
        ("set-metadata", {"set_movie_id": "m1", "property": "title", "value": "Mine"}),
    ],
)
def test_point_27_nobody_may_change_anything(visitors, route, fields):
    for visitor in visitors:
        answer = visitor.post(f"/api/{route}", **fields)

        assert refused(answer, 403) == DENIED


def test_point_27_nobody_may_trace(visitors):
    for visitor in visitors[1:]:
        assert 400 <= visitor.trace("m1").status_code < 500


def test_point_27_elsewhere_the_key_of_the_demonstration_opens_nothing(house):
    assert refused(Browser(house.url, DEMO_KEY).post("/api/list-movies"), 403) == "Invalid api_key"
