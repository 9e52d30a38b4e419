"""Sources and their members: who may look, and who may change."""

import pytest

from darkroom.errors import Conflict, Forbidden, Invalid, NotFound
from storage.classify import images, labels, members, points, sources
from storage.classify.labels import NewLabel
from storage.classify.names import check_name
from storage.classify.sources import Counts
from storage.engine import read, write


def test_a_source_is_seen_by_its_owner_and_members_alone(engine, people, reef):
    with read(engine) as db:
        seen = {
            user: sources.get(db, reef.id, user).may_edit for user in (people.ada, people.bob, people.cyd)
        }

        with pytest.raises(NotFound, match="doesn't exist or is not accessible"):
            sources.get(db, reef.id, people.eve)

    assert seen == {people.ada: True, people.bob: False, people.cyd: True}


def test_a_public_source_is_seen_by_all_and_changed_by_its_people(engine, people, reef):
    with write(engine) as db:
        sources.change(db, reef.id, people.ada, is_public=True)

    with write(engine) as db:
        assert not sources.get(db, reef.id, people.eve).may_edit
        with pytest.raises(Forbidden):
            labels.add(db, reef.id, people.eve, [NewLabel("Turf", "T")], 10)


def test_the_public_does_not_see_who_is_a_member(engine, people, reef):
    with write(engine) as db:
        sources.change(db, reef.id, people.ada, is_public=True)

    with read(engine) as db:
        seen = [members.find(db, reef.id, user) for user in (people.ada, people.bob)]
        with pytest.raises(Forbidden, match="Only its owner and its members"):
            members.find(db, reef.id, people.eve)

    assert [[member.name for member in found] for found in seen] == [["bob", "cyd"]] * 2


LOOKS = [
    lambda db, reef, user: labels.find(db, reef.id, user),
    lambda db, reef, user: labels.get(db, reef.id, reef.labels["Por"], user),
    lambda db, reef, user: images.find(db, reef.id, user),
    lambda db, reef, user: images.get(db, reef.id, reef.images["a.jpg"], user),
    lambda db, reef, user: points.find(db, reef.id, user),
    lambda db, reef, user: points.export(db, reef.id, user),
    lambda db, reef, user: members.find(db, reef.id, user),
]

CHANGES = [
    lambda db, reef, user: labels.add(db, reef.id, user, [NewLabel("Turf", "T")], 10),
    lambda db, reef, user: labels.change(db, reef.id, reef.labels["Por"], user, code="P"),
    lambda db, reef, user: labels.remove(db, reef.id, reef.labels["Por"], user),
    lambda db, reef, user: images.add(db, reef.id, user, [], 10),
    lambda db, reef, user: images.remove(db, reef.id, reef.images["a.jpg"], user),
    lambda db, reef, user: points.remove(db, reef.id, user),
    lambda db, reef, user: sources.change(db, reef.id, user, name="Mine"),
    lambda db, reef, user: members.put(db, reef.id, user, user, may_edit=True),
]


def test_a_stranger_finds_nothing(engine, people, reef):
    with read(engine) as db:
        for look in LOOKS:
            with pytest.raises(NotFound):
                look(db, reef, people.eve)


def test_who_may_look_cannot_change_and_a_stranger_not_even_see(engine, people, reef):
    with write(engine) as db:
        for change in CHANGES:
            with pytest.raises(Forbidden):
                change(db, reef, people.bob)
            with pytest.raises(NotFound):
                change(db, reef, people.eve)


def test_a_name_is_had_once_by_an_owner(engine, people, reef):
    with write(engine) as db:
        with pytest.raises(Conflict, match="'Reef' already"):
            sources.add(db, people.ada, name="Reef")
        other = sources.add(db, people.ada, name="Other")
        with pytest.raises(Conflict):
            sources.change(db, other.id, people.ada, name="Reef")

        assert sources.add(db, people.eve, name="Reef").owner == people.eve


@pytest.mark.parametrize("name", ["", " Reef", "a\nb", "\ufeffReef", "x" * 201])
def test_names_that_no_csv_brings_back_are_refused(name):
    with pytest.raises(Invalid) as caught:
        check_name(name, "/name")

    assert caught.value.where == "/name"


def test_a_description_has_lines_and_nothing_that_a_database_does_not_keep(engine, people, reef):
    with write(engine) as db:
        changed = sources.change(db, reef.id, people.ada, description="two\nlines")
        with pytest.raises(Invalid) as caught:
            sources.change(db, reef.id, people.ada, description="a\0b")

    assert (changed.description, changed.name) == ("two\nlines", "Reef")
    assert caught.value.where == "/description"


def test_sources_are_found_newest_first_by_those_who_may_look(engine, people, reef):
    with write(engine) as db:
        newer = sources.add(db, people.bob, name="Bob's")
        sources.add(db, people.eve, name="Eve's")

    with read(engine) as db:
        assert [one.id for one in sources.find(db, people.bob)] == [newer.id, reef.id]
        assert [one.id for one in sources.find(db, people.bob, before_id=newer.id)] == [reef.id]


def test_what_a_source_has_is_counted(engine, people, reef, labelled):
    with write(engine) as db:
        empty = sources.add(db, people.ada, name="Empty")

        counts = sources.counts(db, [reef.id, empty.id])

    assert counts == {reef.id: Counts(labels=3, images=3, points=3), empty.id: Counts()}


def test_a_member_can_leave_and_only_the_owner_can_send_others_away(engine, people, reef):
    with write(engine) as db:
        with pytest.raises(Forbidden):
            members.remove(db, reef.id, people.cyd, people.bob)
        members.remove(db, reef.id, people.bob, people.bob)
        members.put(db, reef.id, people.ada, people.cyd, may_edit=False)

        left = members.find(db, reef.id, people.ada)

    assert [(one.name, one.may_edit) for one in left] == [("cyd", False)]


def test_a_member_is_somebody_else(engine, people, reef):
    with write(engine) as db:
        with pytest.raises(NotFound, match="no user 99"):
            members.put(db, reef.id, people.ada, 99, may_edit=False)
        with pytest.raises(Invalid):
            members.put(db, reef.id, people.ada, people.ada, may_edit=False)
        with pytest.raises(NotFound, match="no member"):
            members.remove(db, reef.id, people.ada, people.eve)
