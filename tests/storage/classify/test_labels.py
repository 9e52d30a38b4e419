"""Labels of a source: unique, renamed freely, removed only when nothing knows them."""

import pytest

from darkroom.errors import Conflict, Invalid, NotFound
from storage.classify import labels, sources
from storage.classify.labels import Called, NewLabel
from storage.engine import read, write


def test_labels_are_told_with_the_numbers_of_their_points(engine, people, reef, labelled):
    with read(engine) as db:
        found = labels.find(db, reef.id, people.bob)

    assert [(one.code, one.name, one.points) for one in found] == [
        ("Sand", "Sand (all)", 1),
        ("Por", "Por (all)", 2),
        ("Acr", "Acr (all)", 0),
    ]


def test_a_code_and_a_name_are_had_once_and_then_nothing_is_added(engine, people, reef):
    taken = [
        [NewLabel("Turf", "T"), NewLabel("Turf 2", "Por")],
        [NewLabel("Por (all)", "P")],
        [NewLabel("Turf", "T"), NewLabel("Turf 2", "T")],
    ]

    for new in taken:
        with pytest.raises(Conflict, match="is taken by another label"), write(engine) as db:
            labels.add(db, reef.id, people.ada, new, 10)

    with read(engine) as db:
        assert len(labels.of_source(db, reef.id)) == 3


def test_a_source_has_no_more_labels_than_the_limit(engine, people, reef):
    with write(engine) as db, pytest.raises(Invalid) as caught:
        labels.add(db, reef.id, people.ada, [NewLabel("Turf", "T")], labels_limit=3)

    assert (caught.value.where, caught.value.limit) == ("/labels", 3)


def test_a_label_that_points_have_cannot_be_removed(engine, people, reef, labelled):
    with write(engine) as db:
        with pytest.raises(Conflict, match="2 points have the label 'Por'"):
            labels.remove(db, reef.id, reef.labels["Por"], people.ada)
        labels.remove(db, reef.id, reef.labels["Acr"], people.ada)

        assert [one.code for one in labels.of_source(db, reef.id)] == ["Sand", "Por"]


def test_the_id_of_a_removed_label_is_never_given_again(engine, people, reef):
    with write(engine) as db:
        labels.remove(db, reef.id, reef.labels["Acr"], people.ada)

        (new,) = labels.add(db, reef.id, people.ada, [NewLabel("Turf", "T")], 10)

    assert new.id > reef.labels["Acr"]


def test_a_label_is_called_something_else_and_stays_itself(engine, people, reef, labelled):
    with write(engine) as db:
        changed = labels.change(db, reef.id, reef.labels["Por"], people.cyd, code="P. lob")

        called = labels.called_now(db, [reef.labels["Por"], 12345])

    assert (changed.id, changed.points) == (reef.labels["Por"], 2)
    assert called == {reef.labels["Por"]: Called(reef.labels["Por"], "P. lob", "Por (all)")}


def test_a_label_cannot_take_the_code_of_another(engine, people, reef):
    with write(engine) as db:
        with pytest.raises(Conflict):
            labels.change(db, reef.id, reef.labels["Por"], people.ada, code="Acr")

        assert labels.get(db, reef.id, reef.labels["Por"], people.ada).code == "Por"


def test_a_label_belongs_to_its_source(engine, people, reef):
    with write(engine) as db:
        other = sources.add(db, people.ada, name="Other")

        with pytest.raises(NotFound, match="no label"):
            labels.change(db, other.id, reef.labels["Por"], people.ada, code="Mine")
