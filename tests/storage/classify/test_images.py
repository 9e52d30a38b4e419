"""Images of a source: media of who adds them, each name once, held as long as the source has them."""

import pytest

from darkroom.errors import Conflict, Invalid, NotFound
from storage import media
from storage.classify import images
from storage.classify.images import NewImage
from storage.engine import read, write


def test_images_are_told_with_the_numbers_of_their_points(engine, people, reef, labelled):
    with read(engine) as db:
        newest = images.find(db, reef.id, people.bob, limit=2)
        rest = images.find(db, reef.id, people.bob, before_id=newest[-1].id)

    assert [(one.name, one.points) for one in (*newest, *rest)] == [("c.jpg", 0), ("b.jpg", 1), ("a.jpg", 2)]


def test_a_medium_may_be_there_under_two_names(engine, people, reef):
    with write(engine) as db:
        (again,) = images.add(db, reef.id, people.ada, [NewImage(reef.media["a.jpg"], "again.jpg")], 10)

    assert (again.media_id, again.sha256) == (reef.media["a.jpg"], "61" * 32)


def test_a_name_is_had_once(engine, people, reef):
    for names in (["a.jpg"], ["new.jpg", "new.jpg"]):
        new = [NewImage(reef.media["a.jpg"], name) for name in names]
        with pytest.raises(Conflict, match="in this source already"), write(engine) as db:
            images.add(db, reef.id, people.ada, new, 10)

    with read(engine) as db:
        assert images.count(db, reef.id) == 3


def test_media_of_others_are_not_there(engine, people, reef):
    with write(engine) as db, pytest.raises(Invalid, match="no media") as caught:
        images.add(db, reef.id, people.cyd, [NewImage(reef.media["a.jpg"], "mine.jpg")], 10)

    assert caught.value.where == "/images/0/media"


def test_a_source_has_no_more_images_than_the_limit(engine, people, reef):
    with write(engine) as db, pytest.raises(Invalid) as caught:
        images.add(db, reef.id, people.ada, [NewImage(reef.media["a.jpg"], "x.jpg")], images_limit=3)

    assert caught.value.limit == 3


def test_a_medium_that_a_source_has_cannot_be_removed_from_under_it(engine, people, reef):
    with (
        pytest.raises(Conflict, match="belongs to a movie of another door, or to a source"),
        write(engine) as db,
    ):
        media.remove(db, reef.media["a.jpg"], people.ada)

    with write(engine) as db:
        images.remove(db, reef.id, reef.images["a.jpg"], people.ada)
        media.remove(db, reef.media["a.jpg"], people.ada)


def test_an_image_goes_with_its_points(engine, people, reef, labelled):
    with write(engine) as db:
        images.remove(db, reef.id, reef.images["a.jpg"], people.ada)

        assert [one.points for one in images.find(db, reef.id, people.ada)] == [0, 1]
        with pytest.raises(NotFound):
            images.get(db, reef.id, reef.images["a.jpg"], people.ada)
