"""What newer clients ask beyond the older: their default course, and leases on movies."""

import pytest

from storage.engine import write
from storage.planttracer import courses, leases, movies
from storage.planttracer.tables import pt_leases


@pytest.fixture
def plant(services, student):
    """The id of a movie of the student's that is ready."""
    given = {"title": "Bean", "description": "", "sha256": "0" * 64}
    with write(services.engine) as db:
        movie_id = movies.add(db, student.person.user_id, "Plant 101", **given).movie_id
        movies.change(db, movie_id, state="ready")
    return movie_id


def prefer(client, body):
    return client.simulate_patch("/api/default-course", params={"api_key": client.key}, json=body)


def lease(client, action, movie_id, **more):
    return client.call(f"/api/{action}-movie-analysis-lease", movie_id=movie_id, **more)


def test_a_member_chooses_the_course_to_work_in(student, services, enrol):
    with write(services.engine) as db:
        courses.add(db, "Zoology", "Animals")
    enrol("student@example.com", course_id="Zoology")

    answer = prefer(student, {"course_id": "Plant 101"})

    assert answer.json == {
        "error": False,
        "default_course_id": "Plant 101",
        "course_context": {
            "requested_course_id": None,
            "effective_course_id": "Plant 101",
            "default_course_id": "Plant 101",
            "source": "default",
            "fallback_reason": None,
        },
    }
    assert student.call("/api/check-api_key").json["userinfo"]["default_course_id"] == "Plant 101"


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"course_id": "Nowhere"}, 409, "Course no longer exists: Nowhere"),
        ({"course_id": "Elsewhere"}, 403, "Course access denied: Elsewhere"),
        ({"course_id": ""}, 400, "course_id is required"),
        ({"course_id": 7}, 400, "course_id is required"),
        ([], 400, "course_id is required"),
    ],
)
def test_a_course_that_is_not_ones_own_is_refused(student, stranger, body, status, message):
    answer = prefer(student, body)

    assert answer.status_code == status
    assert answer.json == {"error": True, "message": message}


def test_one_browser_at_a_time_has_a_movie(student, teacher, plant):
    mine = lease(student, "acquire", plant).json
    theirs = lease(teacher, "acquire", plant).json

    assert mine["lease_id"]
    assert mine["analysis_lock"]["owned"] is True
    assert mine["analysis_lock"]["started_by_user_name"] == "Sam Student"
    assert theirs["lease_id"] is None
    assert theirs["analysis_lock"] == {**mine["analysis_lock"], "owned": False}


def test_a_lease_that_is_given_back_is_the_next_ones(student, teacher, plant):
    lease_id = lease(student, "acquire", plant).json["lease_id"]

    given_back = lease(student, "release", plant, analysis_lease_id=lease_id)

    assert given_back.json["analysis_lock"]["active"] is False
    assert lease(teacher, "acquire", plant).json["lease_id"]


def test_a_lease_is_held_by_its_heartbeat_and_lost_without(student, teacher, services, plant):
    lease_id = lease(student, "acquire", plant).json["lease_id"]
    held = lease(student, "heartbeat", plant, analysis_lease_id=lease_id)
    with write(services.engine) as db:
        db.execute(pt_leases.update().values(until=0.0))

    taken = lease(teacher, "acquire", plant)
    lost = lease(student, "heartbeat", plant, analysis_lease_id=lease_id)

    assert held.json["analysis_lock"]["owned"] is True
    assert taken.json["analysis_lock"]["owned"] is True
    assert (lost.status_code, lost.json["message"]) == (409, leases.HELD)


def test_of_two_browsers_of_one_person_the_last_has_the_movie(student, plant):
    first = lease(student, "acquire", plant).json["lease_id"]

    second = lease(student, "acquire", plant).json["lease_id"]

    assert lease(student, "heartbeat", plant, analysis_lease_id=first).status_code == 409
    assert lease(student, "heartbeat", plant, analysis_lease_id=second).status_code == 200


def test_who_may_only_look_gets_no_lease(other, plant):
    answer = lease(other, "acquire", plant).json

    assert answer["lease_id"] is None
    assert answer["analysis_lock"]["active"] is False


def test_a_lease_that_cannot_be_is_refused(student, stranger, services, plant):
    with write(services.engine) as db:
        given = {"title": "", "description": "", "sha256": "0" * 64}
        coming = movies.add(db, student.person.user_id, "Plant 101", **given).movie_id

    early = lease(student, "acquire", coming)
    foreign = lease(stranger, "acquire", plant)
    nameless = lease(student, "heartbeat", plant)

    assert (early.status_code, early.json["message"]) == (409, "Movie upload processing is not complete.")
    assert foreign.status_code == 403
    assert (nameless.status_code, nameless.json["message"]) == (400, "analysis lease is required")


def test_while_somebody_has_a_movie_nobody_else_marks_it(student, teacher, plant):
    lease(student, "acquire", plant)
    marks = {"movie_id": plant, "frame_number": "0", "trackpoints": "[]"}

    theirs = teacher.call("/api/put-frame-trackpoints", **marks)
    renamed = teacher.call("/api/rename-marker", movie_id=plant, old_label="Apex", new_label="Tip")
    mine = student.call("/api/put-frame-trackpoints", **marks)

    assert [theirs.status_code, renamed.status_code, mine.status_code] == [409, 409, 200]
    assert theirs.json == {"error": True, "message": leases.HELD}


@pytest.mark.parametrize(
    ("course_id", "status", "message"),
    [
        ("Nowhere", 409, "Course no longer exists: Nowhere"),
        ("Elsewhere", 403, "Course access denied: Elsewhere"),
    ],
)
def test_movies_are_in_courses_of_ones_own(student, stranger, course_id, status, message):
    new = {"title": "Bean", "description": "", "movie_data_sha256": "0" * 64}

    answers = [
        student.call("/api/new-movie", course_id=course_id, **new),
        student.call("/api/list-movies", course_id=course_id),
    ]

    assert [answer.status_code for answer in answers] == [status, status]
    assert [answer.json["message"] for answer in answers] == [message, message]


def test_a_new_movie_says_in_which_course_it_is(student):
    new = {"title": "Bean", "description": "", "movie_data_sha256": "0" * 64}

    answer = student.call("/api/new-movie", course_id="Plant 101", **new)

    assert answer.json["course_context"]["effective_course_id"] == "Plant 101"
    assert answer.json["course_context"]["source"] == "request"
