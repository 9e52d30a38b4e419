"""People, courses and the log of the Plant Tracer door, on both databases."""

import pytest

from darkroom.errors import Conflict, NotFound, Unauthenticated
from storage import users
from storage.engine import read, write
from storage.planttracer import courses, leases, logs, movies, people
from storage.planttracer.logs import Wanted
from storage.planttracer.people import Uses


@pytest.fixture
def course(engine):
    with write(engine) as db:
        return courses.add(db, "Plant 101", "Plant movement", key="c0ffee", places=1)


@pytest.fixture
def ada(engine, course):
    with write(engine) as db:
        return people.add(db, "Ada@Example.com", "Ada")


def test_a_person_is_a_user_with_an_address_in_lower_case(engine, ada):
    with read(engine) as db:
        user = users.by_name(db, f"planttracer/{ada.public_id}")

    assert (ada.user_id, ada.email, ada.enabled) == (user.id, "ada@example.com", True)
    assert ada.public_id.startswith("u")


def test_an_address_is_one_persons(engine, ada):
    with pytest.raises(Conflict), write(engine) as db:
        people.add(db, "ADA@example.com", "Mallory")
    with write(engine) as db:
        bob = people.add(db, "bob@example.com", "Bob")
    with pytest.raises(Conflict), write(engine) as db:
        people.readdress(db, bob.user_id, "Ada@example.com")

    with read(engine) as db:
        assert [person.email for person in people.by_ids(db, {ada.user_id, bob.user_id}).values()] == [
            "ada@example.com",
            "bob@example.com",
        ]


def test_a_user_of_another_door_is_nobody_here(engine, owner):
    with pytest.raises(Unauthenticated), read(engine) as db:
        people.get(db, owner)


def test_a_key_is_authenticated_and_its_first_and_last_use_are_told(engine, ada):
    with write(engine) as db:
        key = people.issue_key(db, ada.user_id)
        before = people.uses(db, {ada.user_id})
        caller = users.authenticate(db, key)
        users.touch(db, caller.token_id)
        after = people.uses(db, {ada.user_id})[ada.user_id]

    assert len(key) == 33
    assert caller.scopes == {"planttracer"}
    assert before == {ada.user_id: Uses(None, None)}
    assert 0 < after.first <= after.last


def test_whoever_registers_last_at_the_same_moment_finds_no_place(engine, course, at_once):
    def register(email):
        with write(engine) as db:
            locked = courses.by_key(db, "c0ffee", lock=True)
            if courses.places_left(db, locked) < 1:
                return "full"
            courses.join(db, locked.course_id, people.add(db, email, "").user_id)
            return "in"

    came = at_once([lambda name=name: register(f"{name}@example.com") for name in "abcd"])

    assert sorted(came) == ["full", "full", "full", "in"]


def test_who_joins_again_stays_what_they_are(engine, course, ada):
    with write(engine) as db:
        courses.join(db, "Plant 101", ada.user_id)
        courses.appoint(db, "Plant 101", ada.user_id, is_admin=True)
        courses.join(db, "Plant 101", ada.user_id)

        assert courses.of(db, ada.user_id) == {"Plant 101": True}
        assert courses.places_left(db, course) == 0


def test_nobody_runs_a_course_that_they_are_not_in(engine, course, ada):
    with pytest.raises(NotFound), write(engine) as db:
        courses.appoint(db, "Plant 101", ada.user_id, is_admin=True)


def test_a_course_that_is_given_another_key_is_found_by_that_alone(engine, course):
    with write(engine) as db:
        key = courses.change_key(db, "Plant 101")

        assert courses.by_key(db, "c0ffee") is None
        assert courses.by_key(db, key).course_id == "Plant 101"


def test_the_demonstration_is_made_once_whoever_comes_at_the_same_moment(engine, at_once):
    at_once([lambda: people.ensure_demo(engine)] * 4)

    with read(engine) as db:
        assert users.authenticate(db, people.DEMO_KEY).scopes == {"planttracer"}
        assert [member.course_id for member in courses.members(db)] == ["demo-course"]


def test_a_demonstration_is_opened_over_a_course_that_is_there(engine):
    with write(engine) as db:
        courses.add(db, people.DEMO_COURSE, "Shown to all", key="beef")

    people.ensure_demo(engine)

    with read(engine) as db:
        visitor = people.get(db, users.authenticate(db, people.DEMO_KEY).user_id)
        assert courses.of(db, visitor.user_id) == {people.DEMO_COURSE: False}
        assert courses.by_key(db, "beef").course_name == "Shown to all"


def test_the_log_shows_what_its_reader_may_see(engine, course, ada):
    with write(engine) as db:
        bob = people.add(db, "bob@example.com", "Bob")
        logs.note(db, "mine", user_id=ada.user_id, frames=3)
        logs.note(db, "with me", user_id=bob.user_id, target_user_id=ada.user_id)
        logs.note(db, "in my course", user_id=bob.user_id, course_id="Plant 101")
        logs.note(db, "not mine", user_id=bob.user_id)

        seen = logs.find(db, Wanted(), reader=ada.user_id, courses=["Plant 101"])
        later = logs.find(
            db, Wanted(start_time=seen[0].at), reader=ada.user_id, courses=[], count=1, offset=1
        )

    assert [entry.event for entry in seen] == ["mine", "with me", "in my course"]
    assert seen[0].detail == '{"frames":3}'
    assert [entry.event for entry in later] == ["with me"]


def test_two_who_ask_for_a_movie_at_the_same_moment_do_not_both_have_it(engine, course, ada, at_once):
    with write(engine) as db:
        bob = people.add(db, "bob@example.com", "Bob")
        given = {"title": "", "description": "", "sha256": "0" * 64}
        movie_id = movies.add(db, ada.user_id, "Plant 101", **given).movie_id

    def take(user_id):
        with write(engine) as db:
            return leases.acquire(db, movie_id, user_id) is not None

    taken = at_once([lambda user_id=user_id: take(user_id) for user_id in (ada.user_id, bob.user_id)])

    assert sorted(taken) == [False, True]
