"""Photos and views of the Fluxtream door, on both databases."""

import threading
import time

import pytest
from sqlalchemy.exc import IntegrityError

from darkroom.errors import Invalid, NotFound
from storage import passwords, users
from storage.engine import read, write
from storage.fluxtream import photos, views
from storage.fluxtream.photos import State, Thumbnail

SHA = "9c" * 32


@pytest.fixture
def owner(engine):
    with write(engine) as db:
        return users.add(db, "ada")


def add(db, owner, ms=1355414332000, sha256=SHA, tags=()):
    return photos.add(
        db,
        owner,
        sha256=sha256,
        captured_ms=ms,
        media_id=7,
        content_type="image/png",
        job=3,
        comment=None,
        tags=list(tags),
    )


def test_a_photo_has_the_key_that_clients_know(engine, owner):
    with write(engine) as db:
        photo = add(db, owner, tags=["b", "a"])

    assert photo.key() == f"{owner}.FluxtreamCapture.photo.2012348.1355414332000_{SHA}"
    assert (photo.state, photo.tags, photo.thumbnails) == (State.PENDING, ["a", "b"], [])


@pytest.mark.parametrize(
    ("ms", "day"),
    [(0, "1970001"), (1356998399999, "2012366"), (1356998400000, "2013001"), (253402300799999, "9999365")],
)
def test_the_day_of_a_moment_is_that_of_utc(ms, day):
    assert photos.day_of(ms) == day


def test_a_photo_is_there_once(engine, owner):
    with write(engine) as db:
        add(db, owner)

    with pytest.raises(IntegrityError), write(engine) as db:
        add(db, owner)

    with write(engine) as db:
        other = users.add(db, "eve")
        assert add(db, other).id == add(db, owner, ms=1).id - 1


def test_what_a_job_found_is_written_once(engine, owner):
    small = Thumbnail(9, "ab" * 32, 150, 112)
    with write(engine) as db:
        photo = add(db, owner)

        first = photos.describe(db, photo, State.READY, width=640, thumbnails=[small])
        second = photos.describe(db, photo, State.FAILED)

        found = photos.get(db, photo.id)
    assert (first, second) == (True, False)
    assert (found.state, found.width, found.thumbnails) == (State.READY, 640, [small])


def test_an_older_job_has_nothing_to_say(engine, owner):
    with write(engine) as db:
        photo = add(db, owner)
        photos.order_again(db, photo, media_id=8, job=4)

        assert not photos.describe(db, photo, State.FAILED)
        assert [one.job for one in photos.pending(db)] == [4]


def test_photos_are_found_by_their_moment(engine, owner):
    with write(engine) as db:
        for ms in (3000, 1000, 2000):
            add(db, owner, ms=ms, tags=[f"t{ms}", "all"])

    with read(engine) as db:
        found = {
            "between": photos.between(db, owner, 1000, 3000),
            "before": photos.before(db, owner, 2500, 1),
            "after": photos.after(db, owner, 1001, None),
        }
        assert photos.span(db, owner) == (1000, 3000)
        assert photos.span(db, owner + 1) is None
        assert photos.tags_of(db, owner) == ["all", "t1000", "t2000", "t3000"]
    assert {name: [one.captured_ms for one in some] for name, some in found.items()} == {
        "between": [1000, 2000],
        "before": [2000],
        "after": [2000, 3000],
    }
    assert found["before"][0].tags == ["all", "t2000"]


def test_words_are_written_over_and_a_photo_goes_with_its_tags(engine, owner):
    with write(engine) as db:
        photo = add(db, owner, tags=["a"])
        photos.set_words(db, photo.id, "seen", ["b", "c"])
        photos.set_words(db, photo.id, None, None)
        found = photos.get(db, photo.id)
        photos.remove(db, photo.id)

    assert (found.comment, found.tags) == ("seen", ["b", "c"])
    with read(engine) as db, pytest.raises(NotFound):
        photos.get(db, photo.id)


def test_a_view_is_saved_under_its_name_and_the_last_used_comes_first(engine, owner):
    with write(engine) as db:
        night = views.put(db, owner, "Night", "1")
    with write(engine) as db:
        day = views.put(db, owner, "Day", "2")
    time.sleep(0.01)  # SQLite's clock counts milliseconds
    with write(engine) as db:
        again = views.put(db, owner, "Night", "3")

    with write(engine) as db:
        assert again == night
        assert [view.name for view in views.find(db, owner)] == ["Night", "Day"]
        assert views.use(db, owner, day).data == "2"
        assert views.count(db, owner) == 2
        views.remove(db, owner, night)
        with pytest.raises(NotFound):
            views.use(db, owner, night)
        with pytest.raises(NotFound):
            views.remove(db, owner + 1, day)


def test_two_who_save_a_view_at_one_moment_save_one(engine, owner):
    found = []

    def second():
        with write(engine) as db:
            found.append(views.put(db, owner, "Night", "2"))

    thread = threading.Thread(target=second)
    with write(engine) as db:
        found.append(views.put(db, owner, "Night", "1"))
        thread.start()
        time.sleep(0.3)  # by now the other one waits for us
    thread.join()

    assert len(found) == 2
    assert found[0] == found[1]
    with read(engine) as db:
        assert [view.data for view in views.find(db, owner)] == ["2"]


def test_a_password_proves_its_user_and_nobody_else(engine, owner):
    with write(engine) as db:
        passwords.set_password(db, "ada", "correct horse")
        login = passwords.login_of(db, "ada")

    assert login is not None
    assert login.caller.user_id == owner
    assert "correct" not in login.password
    assert passwords.is_right(login, "correct horse")
    assert not passwords.is_right(login, "correct house")
    assert not passwords.is_right(None, "correct horse")


@pytest.mark.parametrize("text", ["", "1234567", "x" * 1025])
def test_a_password_has_a_length(engine, owner, text):
    with write(engine) as db, pytest.raises(Invalid, match="8 to 1024 characters"):
        passwords.set_password(db, "ada", text)


def test_who_is_shut_out_or_has_no_password_cannot_log_in(engine, owner):
    with write(engine) as db:
        assert passwords.login_of(db, "ada") is None
        passwords.set_password(db, "ada", "correct horse")
        users.enable(db, "ada", enabled=False)
        assert passwords.login_of(db, "ada") is None
        users.enable(db, "ada", enabled=True)
        passwords.remove_password(db, "ada")
        assert passwords.login_of(db, "ada") is None
