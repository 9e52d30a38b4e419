"""How Plant Tracer's uploads are found and taken in, on both databases, wherever it breaks off."""

import io
import zipfile

import pytest
import sqlalchemy as sa

from darkroom.errors import Unavailable
from storage import rubbish
from storage.engine import read, write
from storage.planttracer import intake, movies
from storage.planttracer.movies import State
from storage.tables import jobs, media
from tests.workers.crowds import at_once, count


def test_an_upload_becomes_a_movie_of_the_analysis_size_with_a_zip(means, announced, settle):
    movie = settle(announced)

    assert (movie.state, movie.width, movie.height, movie.total_frames) == (State.READY, 640, 480, 12)
    with read(means.engine) as db:
        kept = media_of(db, movie.archive_media)
    with zipfile.ZipFile(io.BytesIO(means.blobs.read_range(f"media/{kept.sha256}", 0, kept.size))) as files:
        assert files.namelist() == [f"frame_{number:04d}.jpeg" for number in range(12)]


def media_of(db, media_id):
    return db.execute(sa.select(media).where(media.c.id == media_id)).one()


def test_an_upload_that_several_find_at_once_is_taken_in_once(means, announced):
    seen = at_once(4, lambda: intake.look_after(means, announced))

    assert {movie.state for movie in seen} == {State.PROCESSING}
    assert len({movie.media_id for movie in seen}) == 1
    assert count(means, media) == 1
    assert count(means, jobs, jobs.c.kind == "probe") == 1


def test_an_intake_that_breaks_off_after_the_bytes_were_moved_goes_on_where_it_was(
    means, announced, settle, monkeypatch
):
    def break_off(*given):
        raise Unavailable("the database does not answer")

    with monkeypatch.context() as broken:
        broken.setattr(means.counter, "probe", break_off)
        with pytest.raises(Unavailable):
            intake.look_after(means, announced)
    left = [stat.key for stat in means.blobs.list("incoming/")]
    spared = rubbish.orphans(means.engine, "incoming/", left)

    movie = settle(announced)

    assert left == [f"incoming/{announced}.mov.adopted"]
    assert spared == []
    assert (movie.state, movie.total_frames) == (State.READY, 12)
    assert rubbish.orphans(means.engine, "incoming/", left) == left


def test_an_upload_that_nobody_has_found_is_spared_by_the_sweep(means, announced):
    keys = [f"incoming/{announced}.mov", "incoming/nobodys.mov"]

    assert rubbish.orphans(means.engine, "incoming/", keys) == ["incoming/nobodys.mov"]


def test_an_upload_that_never_came_is_waited_for_no_longer_than_its_form_lasts(means, person):
    given = {"title": "Never", "description": "", "sha256": "0" * 64}
    with write(means.engine) as db:
        late, early = (movies.add(db, person.user_id, "Plant 101", **given).movie_id for _ in range(2))
        movies.change(db, late, created_at=sa.text("created_at - 4201"))

    states = [intake.look_after(means, movie_id) for movie_id in (late, early)]

    assert [(movie.state, movie.reason) for movie in states] == [
        (State.FAILED, "nothing was uploaded in time"),
        (State.UPLOADING, None),
    ]
