"""What happened is written down, and shown to those whom it concerns."""

import pytest

from storage.engine import write
from storage.planttracer import courses, logs


@pytest.fixture
def history(services, student, teacher, stranger):
    """Five things that happened: to the student, to the teacher with the student, to the stranger."""
    with write(services.engine) as db:
        logs.note(db, "one", user_id=student.person.user_id, course_id="Plant 101", ipaddr="10.0.0.1")
        logs.note(db, "two", user_id=student.person.user_id, course_id="Plant 101", movie_id="m1", frames=3)
        logs.note(
            db,
            "three",
            user_id=teacher.person.user_id,
            target_user_id=student.person.user_id,
            course_id="Plant 101",
        )
        logs.note(db, "four", user_id=teacher.person.user_id, course_id="Plant 101", ipaddr="10.0.0.1")
        logs.note(db, "five", user_id=stranger.person.user_id, course_id="Elsewhere", ipaddr="10.0.0.1")


def events(answer):
    assert answer.status_code == 200
    assert answer.json["error"] is False
    return [entry["event_type"] for entry in answer.json["logs"]]


def test_an_entry_tells_who_when_and_what(history, student):
    entry = student.call("/api/get-logs", movie_id="m1").json["logs"][0]

    assert entry == {
        "log_id": entry["log_id"],
        "time_t": entry["time_t"],
        "event_type": "two",
        "user_id": student.person.public_id,
        "target_user_id": None,
        "course_id": "Plant 101",
        "movie_id": "m1",
        "ipaddr": None,
        "frames": 3,
    }
    assert isinstance(entry["log_id"], str)
    assert isinstance(entry["time_t"], int)


def test_without_a_filter_everybody_sees_their_own(history, student, teacher):
    assert events(student.call("/api/get-logs")) == ["one", "two", "three"]
    assert events(student.call("/api/get-log")) == ["one", "two", "three"]
    assert events(teacher.call("/api/get-logs")) == ["three", "four"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"course_id": "Plant 101"}, ["one", "two", "three", "four"]),
        ({"course_key": "c0ffee"}, ["one", "two", "three", "four"]),
        ({"course_key": "c0ffee", "course_id": "Elsewhere"}, []),
        ({"course_key": "nonsense"}, []),
        ({"course_id": "Elsewhere"}, []),
        ({"movie_id": "m1"}, ["two"]),
        ({"ipaddr": "10.0.0.1"}, ["one", "four"]),
        ({"course_id": "Plant 101", "count": "2"}, ["one", "two"]),
        ({"course_id": "Plant 101", "count": "2", "offset": "3"}, ["four"]),
        ({"course_id": "Plant 101", "end_time": "1000"}, []),
        (
            {"course_id": "Plant 101", "start_time": "1000", "end_time": "99999999999"},
            ["one", "two", "three", "four"],
        ),
        ({"log_user_id": "unobody"}, []),
        ({"log_user_id": "", "course_id": "", "movie_id": "m1"}, ["two"]),
    ],
)
def test_who_runs_a_course_finds_what_happened_in_it(history, teacher, filters, found):
    assert events(teacher.call("/api/get-logs", **filters)) == found


def test_who_runs_a_course_may_ask_for_one_of_its_people(history, student, teacher):
    answer = teacher.call("/api/get-logs", log_user_id=student.person.public_id)

    assert events(answer) == ["one", "two", "three"]


def test_nobody_reads_the_log_of_another(history, student, teacher, stranger):
    assert events(stranger.call("/api/get-logs", log_user_id=student.person.public_id)) == []
    assert events(student.call("/api/get-logs", course_id="Plant 101")) == ["one", "two", "three"]
    assert events(student.call("/api/get-logs", ipaddr="10.0.0.1")) == ["one"]


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"start_time": "yesterday"}, "start_time must be a number of seconds since 1970"),
        ({"end_time": "nan"}, "end_time must be a number of seconds since 1970"),
        ({"count": "0"}, "count must be between 1 and 1000"),
        ({"count": "1001"}, "count must be between 1 and 1000"),
    ],
)
def test_a_filter_that_means_nothing_is_refused(student, filters, message):
    answer = student.call("/api/get-logs", **filters)

    assert answer.status_code == 400
    assert answer.json == {"error": True, "message": message}


def test_a_registration_is_written_down_with_the_address_it_came_from(door, services, course, enrol):
    with write(services.engine) as db:
        courses.add(db, "Zoology", "Animals", key="beef")
    door.simulate_post(
        "/api/register",
        params={"email": "new@example.com", "course_key": "beef"},
        headers={"X-Forwarded-For": "203.0.113.7"},
    )

    _, door.key = enrol("new@example.com", course_id="Zoology")
    entries = door.call("/api/get-logs").json["logs"]

    assert [(one["event_type"], one["course_id"], one["ipaddr"]) for one in entries] == [
        ("user.registered", None, "203.0.113.7"),
        ("course.joined", "Zoology", "203.0.113.7"),
    ]
