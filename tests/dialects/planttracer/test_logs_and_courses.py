"""What was done is written down, told to who may know, and kept to a course by those who say which one."""

import pytest

from tests.dialects.planttracer.browser import agreed, refused
from tests.dialects.planttracer.conftest import COURSE, COURSE_KEY, OTHER_COURSE, OTHER_KEY


def logs(browser, **filters):
    return agreed(browser.post("/api/get-logs", **filters))["logs"]


def test_a_movies_story_is_told_in_its_log(student, traced):
    events = [entry["event_type"] for entry in logs(student, movie_id=traced)]

    assert {"movie.upload.completed", "movie.tracing.started", "movie.tracing.completed"} <= set(events)


def test_the_log_is_told_in_pages_and_between_times(student, traced):
    everything = logs(student)
    assert len(everything) >= 3

    first, second = logs(student, count=1), logs(student, count=1, offset=1)
    times = sorted(entry["time_t"] for entry in everything)

    assert first + second == everything[:2]
    assert logs(student, end_time=times[0] - 10) == []
    assert len(logs(student, start_time=times[0] - 1, end_time=times[-1] + 1)) == len(everything)


def test_a_course_admin_reads_what_happened_in_the_course(people, traced):
    entries = logs(people.admin, course_id=COURSE)

    assert traced in {entry["movie_id"] for entry in entries}
    assert {entry["course_id"] for entry in entries} == {COURSE}


@pytest.mark.parametrize("filters", [{"course_id": COURSE}, {"course_id": OTHER_COURSE}])
def test_a_member_reads_nothing_of_others_in_the_course(people, traced, filters):
    answer = people.fellow.post("/api/get-logs", **filters)

    assert answer.status_code < 500
    told = answer.json()
    assert told["error"] is True or traced not in {entry["movie_id"] for entry in told["logs"]}


@pytest.mark.parametrize("key", [COURSE_KEY, OTHER_KEY])
def test_no_log_holds_a_key(people, key):
    for browser in (people.admin, people.student):
        text = browser.post("/api/get-logs").text

        assert key not in text and str(browser.key) not in text


def test_movies_of_one_course_are_listed_for_who_asks_for_it(student, shown):
    mine = agreed(student.post("/api/list-movies", course_id=COURSE))["movies"]

    assert shown in {movie["movie_id"] for movie in mine}
    assert {movie["course_id"] for movie in mine} == {COURSE}


@pytest.mark.parametrize("course_id", [OTHER_COURSE, "nowhere"])
def test_movies_of_a_foreign_course_are_refused(student, course_id):
    answer = student.post("/api/list-movies", course_id=course_id)

    assert answer.status_code in {200, 403, 409}
    assert refused(answer, answer.status_code)


def test_a_new_course_key_ends_the_old_one(house, people):
    house.command("course", "create", "Keyed", "--name", "Keyed", "--key", "cafe0303")

    fresh = house.command("course", "key", "Keyed", "--new").split()[-1]

    old = people.nobody.form("/api/register", email="key@example.com", course_key="cafe0303")
    assert refused(old) == "There is no course for that course key."
    assert fresh != "cafe0303"
    new = people.nobody.form("/api/register", email="key@example.com", course_key=fresh)
    assert refused(new).startswith("Mailer not properly configured")  # registered, as without a mailer
