"""Who sees whom, and the page that a login link opens."""

import pytest

from storage.engine import write
from storage.planttracer import courses, movies


@pytest.mark.parametrize("route", ["/api/list-users", "/api/list-users-courses"])
def test_a_member_sees_only_itself_and_no_key_of_a_course(student, teacher, route):
    answer = student.call(route)

    (user,) = answer.json["users"]
    (course,) = answer.json["courses"]
    assert user["email"] == "student@example.com"
    assert isinstance(user["first"], int)
    assert user["first"] <= user["last"]
    assert course == {
        "course_id": "Plant 101",
        "course_name": "Plant movement",
        "admins_for_course": [teacher.person.public_id],
        "max_enrollment": 100,
        "created_at": course["created_at"],
    }


def test_who_runs_a_course_sees_all_who_are_in_it(teacher, student, stranger):
    answer = teacher.call("/api/list-users").json

    shown = [(user["email"], user["admin_for_courses"], user["courses"]) for user in answer["users"]]
    assert shown == [
        ("teacher@example.com", ["Plant 101"], ["Plant 101"]),
        ("student@example.com", [], ["Plant 101"]),
    ]
    assert answer["users"][1]["first"] is None
    assert [(one["course_id"], one["course_key"]) for one in answer["courses"]] == [("Plant 101", "c0ffee")]


def test_who_runs_a_course_also_sees_where_its_people_work_now(teacher, student, services, enrol):
    with write(services.engine) as db:
        courses.add(db, "Zoology", "Animals", key="beef")
    enrol("student@example.com", course_id="Zoology")

    answer = teacher.call("/api/list-users").json

    assert [user["primary_course_id"] for user in answer["users"]] == ["Plant 101", "Zoology"]
    by_id = {course["course_id"]: course for course in answer["courses"]}
    assert set(by_id) == {"Plant 101", "Zoology"}
    assert "course_key" not in by_id["Zoology"]


def test_a_login_link_leaves_its_key_in_a_cookie_and_leaves_the_address(door, student):
    answer = door.simulate_get("/login", params={"api_key": student.key})

    assert answer.status_code == 303
    assert answer.headers["Location"] == "/login"
    assert answer.headers["Set-Cookie"] == (f"api_key={student.key}; Max-Age=15552000; Path=/; SameSite=Lax")


def test_the_page_lists_movies_that_are_there(door, services, student):
    with write(services.engine) as db:
        mine = {"title": "<b>Bean</b>", "description": "", "sha256": "0" * 64}
        movies.add(db, student.person.user_id, "Plant 101", **mine)

    answer = door.simulate_get("/login", headers={"Cookie": f"api_key={student.key}"})

    assert answer.status_code == 200
    assert "You are logged in as Sam Student." in answer.text
    assert "&lt;b&gt;Bean&lt;/b&gt;" in answer.text
    assert student.key not in answer.text


@pytest.mark.parametrize("query", [{"api_key": "a" + "0" * 32}, {}, {"api_key": "undefined"}])
def test_a_link_that_opens_nothing_is_told_on_a_page(door, query):
    answer = door.simulate_get("/login", params=query)

    assert answer.status_code == 403
    assert "This link is not valid, or no longer." in answer.text
    assert answer.headers["Set-Cookie"].startswith("api_key=;")
