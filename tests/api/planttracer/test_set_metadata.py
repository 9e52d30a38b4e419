"""One property at a time, of a movie or of a person, by those whose matter it is."""

import pytest
import structlog

from storage.engine import read, write
from storage.planttracer import courses, movies

NO_ACCESS = "User does not have access to requested movie."
NOT_YOURS = "User is not authorized to change this user."


@pytest.fixture
def plant(services, student):
    """The id of a movie of the student's."""
    given = {"title": "Bean", "description": "It grows", "sha256": "0" * 64}
    with write(services.engine) as db:
        return movies.add(db, student.person.user_id, "Plant 101", **given).movie_id


@pytest.fixture
def movie_of(services):
    def get(movie_id):
        with read(services.engine) as db:
            return movies.find(db, movie_id)

    return get


def change(client, property, value, **target):
    return client.call("/api/set-metadata", property=property, value=value, **target)


@pytest.mark.parametrize(
    ("property", "value", "kept"),
    [
        ("title", "Ein Böhnchen", "Ein Böhnchen"),
        ("description", "", ""),
        ("fpm", " 0.5 ", "0.5"),
        ("deleted", "1", 1),
        ("published", "0", 0),
        ("research_use", "1", 1),
        ("credit_by_name", "0", 0),
    ],
)
def test_a_property_of_a_movie_is_set_by_its_owner(student, plant, movie_of, property, value, kept):
    answer = change(student, property, value, set_movie_id=plant)

    assert (answer.status_code, answer.json) == (200, {"error": False})
    assert getattr(movie_of(plant), property) == kept


@pytest.mark.parametrize(
    ("property", "value", "message"),
    [
        ("", "1", "property is one of title, description, fpm, deleted, published, research_use, credit_by_name"),
        ("status", "ready", "property is one of title, description, fpm, deleted, published, research_use, credit_by_name"),
        ("title", "x" * 1001, "title has at most 1000 characters"),
        ("fpm", "nan", "fpm must be a number"),
        ("deleted", "yes", "deleted must be 0 or 1"),
        ("published", "2", "published must be 0 or 1"),
    ],
)  # fmt: skip
def test_what_is_no_property_or_no_value_is_refused(student, plant, property, value, message):
    answer = change(student, property, value, set_movie_id=plant)

    assert answer.status_code == 400
    assert answer.json == {"error": True, "message": message}


@pytest.mark.parametrize("visitor", ["other", "stranger"])
def test_nobody_sets_a_property_of_anothers_movie(visitor, plant, movie_of, request):
    answer = change(request.getfixturevalue(visitor), "title", "Mine", set_movie_id=plant)

    assert (answer.status_code, answer.json["message"]) == (403, NO_ACCESS)
    assert movie_of(plant).title == "Bean"


def test_who_runs_the_course_brings_back_what_was_hidden_and_its_owner_does_not(student, teacher, plant):
    change(student, "published", "0", set_movie_id=plant)

    assert change(student, "published", "1", set_movie_id=plant).status_code == 403
    assert change(teacher, "published", "1", set_movie_id=plant).status_code == 200


def test_the_owner_brings_back_what_was_deleted_and_who_runs_the_course_does_not(student, teacher, plant):
    change(teacher, "deleted", "1", set_movie_id=plant)

    assert change(teacher, "deleted", "0", set_movie_id=plant).status_code == 403
    assert change(student, "deleted", "0", set_movie_id=plant).status_code == 200


def test_terms_are_the_owners_alone(teacher, plant):
    assert change(teacher, "research_use", "1", set_movie_id=plant).status_code == 403


def test_without_a_target_the_client_is_told_in_its_odd_way(student):
    answer = change(student, "title", "x")

    assert answer.status_code == 200
    assert answer.json == {"error": True, "result": "Either set_movie_id or set_user_id is required"}


def test_people_rename_and_readdress_themselves(student):
    name = change(student, "name", " Sammy ", set_user_id=student.person.public_id)
    email = change(student, "email", "Sammy@Example.com", set_user_id=student.person.public_id)

    person = student.call("/api/check-api_key").json["userinfo"]
    assert name.json == email.json == {"error": False}
    assert (person["user_name"], person["email"]) == ("Sammy", "sammy@example.com")


def test_who_runs_the_course_renames_and_readdresses_its_people(student, teacher):
    name = change(teacher, "name", "Sammy", set_user_id=student.person.public_id)
    email = change(teacher, "email", "sammy@example.com", set_user_id=student.person.public_id)

    person = student.call("/api/check-api_key").json["userinfo"]
    assert name.json == email.json == {"error": False}
    assert (person["user_name"], person["email"]) == ("Sammy", "sammy@example.com")


def test_who_shares_somebody_with_another_course_cannot_take_their_address(student, teacher, services):
    with write(services.engine) as db:
        courses.add(db, "Zoology", "Animals")
        courses.join(db, "Zoology", student.person.user_id)

    answer = change(teacher, "email", "mine@example.com", set_user_id=student.person.public_id)

    assert (answer.status_code, answer.json["message"]) == (403, NOT_YOURS)


@pytest.mark.parametrize("visitor", ["other", "stranger"])
@pytest.mark.parametrize("property", ["name", "email", "enabled"])
def test_nobody_changes_another(visitor, property, student, request):
    answer = change(
        request.getfixturevalue(visitor), property, "x@example.com", set_user_id=student.person.public_id
    )

    assert (answer.status_code, answer.json["message"]) == (403, NOT_YOURS)


def test_who_is_not_there_is_refused_as_another(student):
    answer = change(student, "name", "x", set_user_id="u-nobody")

    assert (answer.status_code, answer.json["message"]) == (403, NOT_YOURS)


@pytest.mark.parametrize(
    ("property", "value", "status", "message"),
    [
        ("enabled", "0", 400, "property is one of name, user_name, email"),
        ("email", "nonsense", 200, "Invalid email address"),
        ("email", "other@example.com", 409, "there is a person with the address 'other@example.com' already"),
        ("name", "x" * 201, 400, "name has at most 200 printable characters"),
    ],
)
def test_a_person_is_not_changed_into_what_cannot_be(student, other, property, value, status, message):
    with structlog.testing.capture_logs() as entries:
        answer = change(student, property, value, set_user_id=student.person.public_id)

    assert (answer.status_code, answer.json["message"]) == (status, message)
    assert [entry for entry in entries if entry["log_level"] == "error"] == []
