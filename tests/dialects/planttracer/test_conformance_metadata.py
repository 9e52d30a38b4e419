"""Points 13 to 15, 17 and 18: turning, deleting, research terms, capture rate, and metadata one by one."""

import pytest

from tests.dialects.planttracer.browser import agreed, refused
from tests.dialects.planttracer.conftest import MARKERS

DENIED = "User does not have access to requested movie."


@pytest.mark.parametrize("rotation", ["45", "-90", "360", "left", "", "nan", "90.5", None])
def test_point_13_only_quarter_turns_are_rotations(student, shown, rotation):
    fields = {} if rotation is None else {"rotation": rotation}

    assert refused(student.post("/api/rotate-movie", movie_id=shown, **fields)) == "Invalid rotation"
    assert student.metadata(shown)["rotation"] == 0


def test_point_13_a_rotation_clears_every_marker(student, own_traced):
    answer = student.post("/api/rotate-movie", movie_id=own_traced, rotation=180)

    assert agreed(answer) == {"error": False}
    assert student.frames(own_traced) == {}
    movie = student.metadata(own_traced)
    assert (movie["rotation"], movie["last_frame_tracked"]) == (180, None)
    assert movie["status"] in {"ready", "processing"}


def test_point_13_no_old_archive_is_shown_after_a_rotation(student, own_traced):
    old = student.metadata(own_traced)["movie_zipfile_url"]

    agreed(student.post("/api/rotate-movie", movie_id=own_traced, rotation=90))

    assert student.metadata(own_traced).get("movie_zipfile_url") != old


def test_point_14_a_movie_is_deleted_and_taken_back(student, own):
    states = []
    for fields in ({"delete": 1}, {"delete": 0}, {}, {"delete": "no"}):
        assert agreed(student.post("/api/delete-movie", movie_id=own, **fields)) == {"error": False}
        states.append(student.listed(own)["deleted"])

    assert states == [1, 0, 1, 0]


def test_point_14_a_deleted_movie_is_its_owners_alone(people, own):
    agreed(people.student.post("/api/delete-movie", movie_id=own))

    seen = [movie["movie_id"] for movie in agreed(people.fellow.post("/api/list-movies"))["movies"]]

    assert own not in seen
    assert refused(people.fellow.post("/api/get-movie-metadata", movie_id=own), 403) == DENIED


def test_point_15_research_terms_are_cleared_together(student, walk):
    movie_id = student.upload(walk, research_use="1", credit_by_name="1", attribution_name="Ada")
    told = student.listed(movie_id)
    assert (told["research_use"], told["credit_by_name"], told["attribution_name"]) == (1, 1, "Ada")

    for answer, kept in (("0", 0), (None, None)):
        agreed(
            student.post(
                "/api/set-research-metadata", movie_id=movie_id, research_use="1", credit_by_name="1"
            )
        )
        fields = {} if answer is None else {"research_use": answer, "credit_by_name": "1"}
        assert agreed(student.post("/api/set-research-metadata", movie_id=movie_id, **fields)) == {
            "error": False
        }

        told = student.listed(movie_id)
        assert (told["research_use"], told["credit_by_name"], told["attribution_name"]) == (kept, None, "Ada")


def test_point_15_research_terms_are_the_owners_alone(people, own):
    for browser in (people.admin, people.fellow, people.stranger):
        answer = browser.post("/api/set-research-metadata", movie_id=own, research_use="1")

        assert refused(answer, 403) == DENIED
    assert people.student.listed(own)["research_use"] is None


@pytest.mark.parametrize("fpm", ["30", "0.5", "6000", " 12.50 "])
def test_point_17_the_capture_rate_is_kept_as_typed(student, own, fpm):
    answer = agreed(student.post("/api/set-movie-fpm", movie_id=own, fpm=fpm))

    assert answer["metadata"]["fpm"] == fpm.strip()
    assert student.listed(own)["fpm"] == fpm.strip()
    assert student.metadata(own)["needs_retracing"] == 0


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "fpm is required"),
        ({"fpm": ""}, "fpm is required"),
        ({"fpm": "often"}, "fpm must be a number"),
        ({"fpm": "nan"}, "fpm must be a number"),
        ({"fpm": "0"}, "fpm must be greater than 0"),
        ({"fpm": "-3"}, "fpm must be greater than 0"),
        ({"fpm": "6000.01"}, "fpm must be <= 6000"),
    ],
)
def test_point_17_a_capture_rate_out_of_range_is_refused(student, shown, fields, message):
    assert refused(student.post("/api/set-movie-fpm", movie_id=shown, **fields), 400) == message


def test_point_17_an_endless_capture_rate_is_refused(student, shown):
    for fpm in ("inf", "-inf", "1e999", "Infinity"):
        assert refused(student.post("/api/set-movie-fpm", movie_id=shown, fpm=fpm), 400).startswith(
            "fpm must be"
        )


def change(browser, name, value, **target):
    return browser.post("/api/set-metadata", property=name, value=value, **target)


def test_point_18_title_description_deletion_and_publication_are_set(people, own):
    for name, value, told in (
        ("title", "Another plant", "Another plant"),
        ("description", "It wilts, ö", "It wilts, ö"),
        ("published", "1", 1),
        ("published", "0", 0),
        ("deleted", "1", 1),
        ("deleted", "0", 0),
    ):
        assert agreed(change(people.student, name, value, set_movie_id=own)) == {"error": False}
        assert people.student.listed(own)[name] == told


def test_point_18_only_the_admin_publishes_again(people, own):
    agreed(change(people.student, "published", "0", set_movie_id=own))

    assert change(people.student, "published", "1", set_movie_id=own).json()["error"] is True
    assert people.student.listed(own)["published"] == 0

    agreed(change(people.admin, "published", "1", set_movie_id=own))
    assert people.student.listed(own)["published"] == 1


def test_point_18_without_a_target_the_refusal_has_its_odd_key(student):
    answer = change(student, "title", "Anything")

    assert answer.status_code == 200
    assert answer.json() == {"error": True, "result": "Either set_movie_id or set_user_id is required"}


def test_point_18_a_stranger_changes_no_movie(people, own):
    for browser in (people.stranger, people.fellow):
        assert refused(change(browser, "title", "Mine", set_movie_id=own), 403) == DENIED
    assert people.student.listed(own)["title"] == "A plant"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nonsense", "1"),
        ("movie_id", "m1"),
        ("user_id", "u1"),
        ("deleted", "maybe"),
        ("title", "x" * 100_000),
    ],
)
def test_point_18_what_can_not_be_set_is_refused(student, own, name, value):
    answer = change(student, name, value, set_movie_id=own)

    assert answer.status_code < 500
    assert answer.json()["error"] is True


def test_point_18_people_rename_themselves_and_nobody_else(people, newcomer):
    person = newcomer()
    user_id = agreed(person.post("/api/check-api_key"))["userinfo"]["user_id"]

    agreed(change(person, "name", "Ada", set_user_id=user_id))
    for name, value in (("name", "Eve"), ("email", "eve@example.com"), ("enabled", "0")):
        assert change(people.stranger, name, value, set_user_id=user_id).json()["error"] is True

    told = agreed(person.post("/api/check-api_key"))["userinfo"]
    assert (told["user_name"], told["enabled"]) == ("Ada", 1)


def test_point_18_nobody_takes_the_address_of_another(people, newcomer):
    person = newcomer()
    user_id = agreed(person.post("/api/check-api_key"))["userinfo"]["user_id"]

    answer = change(person, "email", "Student@example.com", set_user_id=user_id)

    assert answer.status_code < 500 and answer.json()["error"] is True


def test_what_was_done_is_in_the_log_of_who_did_it(people, own):
    agreed(people.student.post("/api/delete-movie", movie_id=own))

    logs = agreed(people.student.post("/api/get-logs", movie_id=own))["logs"]

    assert logs
    assert all(entry["movie_id"] == own for entry in logs)
    assert all(isinstance(entry["time_t"], int | float) and entry["log_id"] for entry in logs)


def test_nobody_reads_the_log_of_another(people):
    user_id = agreed(people.student.post("/api/check-api_key"))["userinfo"]["user_id"]

    answer = people.stranger.post("/api/get-logs", log_user_id=user_id)

    assert answer.status_code < 500
    assert answer.json()["error"] is True or answer.json()["logs"] == []


def test_markers_of_a_traced_movie_survive_a_change_of_its_capture_rate(student, own):
    student.put(own, 0, MARKERS)
    before = student.frames(own)

    agreed(student.post("/api/set-movie-fpm", movie_id=own, fpm="12"))

    assert student.frames(own) == before
