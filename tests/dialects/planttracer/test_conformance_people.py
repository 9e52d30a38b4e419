"""Points 4 to 6: who comes in, by which course, and who sees whom."""

import pytest

from tests.dialects.planttracer.browser import Browser, agreed, refused
from tests.dialects.planttracer.conftest import COURSE, COURSE_KEY, OTHER_COURSE, OTHER_KEY

NO_MAILER = "Mailer not properly configured (NoMailerConfiguration)."


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@", "@b.org", "a b@c.org", "a@b@c.org", "a" * 300 + "@b.org"]
)
def test_point_04_a_bad_e_mail_is_refused(people, email):
    answer = people.nobody.form("/api/register", email=email, course_key=COURSE_KEY)

    assert refused(answer) == "Invalid email address"


@pytest.mark.parametrize("course_key", ["", "nonsense", COURSE, "x" * 5000])
def test_point_04_a_bad_course_key_is_refused(people, course_key):
    answer = people.nobody.form("/api/register", email="late@example.com", course_key=course_key)

    assert refused(answer) == "There is no course for that course key."


def test_point_04_a_full_course_says_so(house, newcomer):
    house.command("course", "create", "Tiny", "--name", "Tiny", "--key", "cafe0001", "--max-enrollment", "1")
    newcomer(course_key="cafe0001")

    answer = Browser(house.url).form("/api/register", email="second@example.com", course_key="cafe0001")

    assert refused(answer) == (
        "That course has no remaining registrations. Please contact your faculty member."
    )


def test_point_04_without_a_mailer_the_person_is_registered_and_only_the_log_has_the_link(house, people):
    answers = []
    key = house.listen(
        "new@example.com",
        lambda: answers.append(
            people.nobody.form(
                "/api/register", email="New@Example.com", course_key=f" {COURSE_KEY} ", name="New"
            )
        ),
    )

    assert refused(answers[0]).startswith(NO_MAILER)
    assert key not in answers[0].text
    person = agreed(Browser(house.url, key).post("/api/check-api_key"))["userinfo"]
    assert person["user_id"].startswith("u")
    assert (person["email"], person["user_name"], person["enabled"]) == ("new@example.com", "New", 1)
    assert (person["primary_course_id"], person["courses"]) == (COURSE, [COURSE])


def test_point_04_a_second_course_is_added_and_becomes_the_primary_one(house, newcomer):
    first = newcomer()
    email = agreed(first.post("/api/check-api_key"))["userinfo"]["email"]

    key = house.listen(email, lambda: first.form("/api/register", email=email.upper(), course_key=OTHER_KEY))

    for known in (first, Browser(house.url, key)):
        person = agreed(known.post("/api/check-api_key"))["userinfo"]
        assert person["primary_course_id"] == OTHER_COURSE
        assert sorted(person["courses"]) == [COURSE, OTHER_COURSE]


def test_point_05_a_link_is_promised_in_the_same_words_to_known_and_unknown(people):
    known = people.nobody.post("/api/resend-link", email="student@example.com")
    unknown = people.nobody.post("/api/resend-link", email="unknown@example.com")

    assert known.json() == unknown.json()
    assert known.status_code == unknown.status_code == 200
    assert refused(people.nobody.post("/api/resend-link", email="nonsense")) == "Invalid email address"


def test_point_05_a_link_asked_for_again_leaves_the_old_key_valid(house, people):
    key = house.listen(
        "fellow@example.com", lambda: people.nobody.post("/api/resend-link", email="fellow@example.com")
    )

    assert key != people.fellow.key
    for browser in (Browser(house.url, key), people.fellow):
        assert agreed(browser.post("/api/check-api_key"))["userinfo"]["email"] == "fellow@example.com"


def test_point_06_many_are_registered_whatever_separates_them(people):
    answer = agreed(
        people.admin.post(
            "/api/bulk-register",
            course_id=COURSE,
            **{
                "email-addresses": "b1@example.com\nb2@example.com, b3@example.com; b4@example.com b5@example.com\n"
            },
            names="One\nTwo",
        )
    )

    assert answer["message"] == (
        "Registered 5 user(s), but email delivery failed: No mailer configured on server; "
        "users were registered but login links could not be sent."
    )
    assert len(answer["user_ids"]) == len(set(answer["user_ids"])) == 5
    assert all(user_id.startswith("u") for user_id in answer["user_ids"])
    users = {user["user_id"]: user for user in agreed(people.admin.post("/api/list-users"))["users"]}
    registered = [users[user_id] for user_id in answer["user_ids"]]
    assert [user["email"] for user in registered] == [f"b{n}@example.com" for n in range(1, 6)]
    assert [user["user_name"] for user in registered] == ["One", "Two", "", "", ""]
    assert [(user["first"], user["last"]) for user in registered] == [(None, None)] * 5


def test_point_06_one_bad_address_registers_nobody(people):
    answer = people.admin.post(
        "/api/bulk-register", course_id=COURSE, **{"email-addresses": "c1@example.com\nnonsense\n"}
    )

    assert refused(answer).startswith("Invalid email address")
    emails = [user["email"] for user in agreed(people.admin.post("/api/list-users"))["users"]]
    assert "c1@example.com" not in emails


@pytest.mark.parametrize("course_id", [COURSE, OTHER_COURSE, "no such course", ""])
def test_point_06_who_is_no_admin_registers_nobody(people, course_id):
    answer = people.student.post(
        "/api/bulk-register", course_id=course_id, **{"email-addresses": "d1@example.com"}
    )

    assert refused(answer) == "User is not authorized to manipulate course."


@pytest.mark.parametrize("route", ["list-users", "list-users-courses"])
def test_point_06_a_member_sees_only_itself_and_no_course_key(people, route):
    answer = people.student.post(f"/api/{route}")

    (user,) = agreed(answer)["users"]
    assert user["email"] == "student@example.com"
    assert isinstance(user["first"], int | float)
    assert user["first"] <= user["last"]
    assert [course["course_id"] for course in agreed(answer)["courses"]] == [COURSE]
    assert COURSE_KEY not in answer.text


def test_point_06_an_admin_sees_everybody_of_the_course(people):
    answer = agreed(people.admin.post("/api/list-users"))

    users = {user["email"]: user for user in answer["users"]}
    assert {"prof@example.com", "student@example.com", "fellow@example.com"} <= users.keys()
    assert "stranger@example.com" not in users
    assert len(users) == len(answer["users"])
    assert users["prof@example.com"]["admin_for_courses"] == [COURSE]
    order = [user["primary_course_id"] for user in answer["users"]]
    assert order == sorted(order)
    (course,) = [course for course in answer["courses"] if course["course_id"] == COURSE]
    assert (course["course_name"], course["course_key"]) == ("Plants", COURSE_KEY)
