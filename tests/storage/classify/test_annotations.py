"""Labelled points taken in: all or none, each place once, back byte for byte."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from darkroom.errors import Forbidden, Invalid, NotFound
from storage.classify import annotation_csv, annotations, images, points, sources
from storage.classify.annotation_csv import Annotation
from storage.classify.annotations import Imported
from storage.classify.images import NewImage
from storage.engine import read, write


@pytest.fixture
def exported(engine, people, reef):
    """Gives the CSV of all points."""

    def export() -> bytes:
        with read(engine) as db:
            return b"".join(annotation_csv.write(points.export(db, reef.id, people.ada)))

    return export


def test_points_are_taken_in_once(take_in):
    first = take_in("a.jpg,1,2,Por", "b.jpg,1,2,Acr")

    second = take_in("a.jpg,1,2,Por", "a.jpg,2,1,Acr")

    assert first == Imported(added=2, replaced=0, unchanged=0)
    assert second == Imported(added=1, replaced=0, unchanged=1)


def test_they_are_written_out_by_name_row_and_column(take_in, exported):
    take_in("b.jpg,1,2,Por", "a.jpg,10,2,Por", "a.jpg,9,3,Acr", "a.jpg,9,1,Sand")

    assert exported().decode().splitlines() == [
        "Name,Row,Column,Label code",
        "a.jpg,9,1,Sand",
        "a.jpg,9,3,Acr",
        "a.jpg,10,2,Por",
        "b.jpg,1,2,Por",
    ]


def test_what_was_written_out_is_the_same_after_it_was_taken_in_again(
    engine, people, reef, take_in, labelled, exported
):
    before = exported()
    with write(engine) as db:
        assert points.remove(db, reef.id, people.ada) == 3

    take_in(*before.decode().splitlines()[1:])

    assert exported() == before


def test_a_point_with_another_label_is_refused_and_nothing_is_written(take_in, exported):
    take_in("a.jpg,1,2,Por")

    with pytest.raises(
        Invalid, match=r"line 3, column 'Label code': the point \(1, 2\) of 'a.jpg' has another"
    ):
        take_in("b.jpg,1,2,Acr", "a.jpg,1,2,Acr")

    assert exported().count(b"\n") == 2


def test_it_is_replaced_on_request(take_in, exported):
    take_in("a.jpg,1,2,Por", "a.jpg,3,4,Por")

    imported = take_in("a.jpg,1,2,Acr", "a.jpg,3,4,Por", replace=True)

    assert imported == Imported(added=0, replaced=1, unchanged=1)
    assert b"a.jpg,1,2,Acr" in exported()


def test_a_line_that_does_not_fit_the_source_is_named(take_in, exported):
    fault_by_line = {
        "z.jpg,1,2,Por": "line 3, column 'Name': there is no image 'z.jpg' in this source",
        "\0.jpg,1,2,Por": "line 3, column 'Name': there is no image '\\x00.jpg' in this source",
        "b.jpg,1,2,Xyz": "line 3, column 'Label code': there is no label 'Xyz' in this source",
        "a.jpg,9,9,Por": "line 3, column 'Name': image 'a.jpg' would have more than 1 points",
    }

    for line, fault in fault_by_line.items():
        with pytest.raises(Invalid) as caught:
            take_in("a.jpg,1,2,Por", line, points_limit=1)
        assert caught.value.message == fault

    assert exported().count(b"\n") == 1


def test_points_that_are_there_count_for_the_limit_of_an_image(take_in):
    take_in("a.jpg,1,2,Por", points_limit=2)

    with pytest.raises(Invalid, match="line 4"):
        take_in("a.jpg,1,2,Por", "a.jpg,1,3,Por", "a.jpg,1,4,Por", points_limit=2)


def test_labels_are_named_by_their_ids_too(engine, people, reef, exported):
    new = [Annotation(0, "a.jpg", 1, 2, reef.labels["Por"])]

    with write(engine) as db:
        annotations.take_in(db, reef.id, people.ada, new, _refuse, replace=False, points_limit=9)

    assert b"a.jpg,1,2,Por" in exported()


def test_a_point_that_is_there_twice_is_refused_whatever_it_came_in(engine, people, reef):
    new = [Annotation(number, "a.jpg", 1, 2, "Por") for number in (0, 1)]

    with write(engine) as db, pytest.raises(Invalid) as caught:
        annotations.take_in(db, reef.id, people.ada, new, _refuse, replace=False, points_limit=9)

    assert caught.value.where == "/points/1/row"


def _refuse(number, field, reason):
    return Invalid(reason, where=f"/points/{number}/{field}")


def test_who_may_look_takes_nothing_in(take_in, people):
    with pytest.raises(Forbidden):
        take_in("a.jpg,1,2,Por", user=people.bob)
    with pytest.raises(NotFound):
        take_in("a.jpg,1,2,Por", user=people.eve)
    assert take_in("a.jpg,1,2,Por", user=people.cyd).added == 1


def test_two_who_bring_the_same_points_at_one_moment_bring_them_once(take_in, exported):
    lines = [f"a.jpg,{row},0,Por" for row in range(100)]

    with ThreadPoolExecutor(2) as pool:
        made = [future.result(60) for future in [pool.submit(take_in, *lines) for _ in range(2)]]

    assert sorted(one.added for one in made) == [0, 100]
    assert exported().count(b"\n") == 101


def test_ten_thousand_points_are_taken_in(take_in, exported):
    lines = [f"{name}.jpg,{row},{column},Por" for name in "ab" for row in range(50) for column in range(100)]

    imported = take_in(*lines, points_limit=10_000)

    assert imported.added == 10_000
    assert exported().count(b"\n") == 10_001


def test_points_are_listed_page_by_page_and_by_image(engine, people, reef, labelled):
    with read(engine) as db:
        newest = points.find(db, reef.id, people.bob, limit=2)
        rest = points.find(db, reef.id, people.bob, before_id=newest[-1].id)
        of_a = points.find(db, reef.id, people.bob, image="a.jpg")
        with pytest.raises(NotFound, match="no image"):
            points.find(db, reef.id, people.bob, image="z.jpg")

    assert [(one.image, one.row) for one in (*newest, *rest)] == [("a.jpg", 3), ("a.jpg", 5), ("b.jpg", 7)]
    assert [(one.row, one.column, one.code) for one in of_a] == [(3, 4, "Por"), (5, 6, "Sand")]


def test_points_of_one_image_are_removed_alone(engine, people, reef, labelled, exported):
    with write(engine) as db:
        assert points.remove(db, reef.id, people.ada, image="a.jpg") == 2

    assert exported().decode().splitlines()[1:] == ["b.jpg,7,8,Por"]


def test_names_are_ordered_by_their_bytes_wherever_it_runs(engine, people, reef, take_in, exported):
    with write(engine) as db:
        new = [NewImage(reef.media["a.jpg"], name) for name in ("B.jpg", "é.jpg", "_.jpg")]
        images.add(db, reef.id, people.ada, new, 10)

    take_in(*(f"{name}.jpg,1,1,Por" for name in ("é", "a", "_", "B")))

    lines = exported().decode().splitlines()[1:]
    assert [line.partition(".")[0] for line in lines] == ["B", "_", "a", "é"]


def test_points_of_a_source_are_not_those_of_another(engine, people, reef, labelled):
    with write(engine) as db:
        other = sources.add(db, people.ada, name="Other")

        assert points.remove(db, other.id, people.ada) == 0
        assert list(points.export(db, other.id, people.ada)) == []
