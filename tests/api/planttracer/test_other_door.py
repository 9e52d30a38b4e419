"""Whoever has a token of the native API besides finds there what the Plant Tracer door keeps, and cannot break it."""

import pytest

from api import app
from storage import users
from storage.engine import read, write
from storage.tables import media
from tests.api.conftest import Caller


@pytest.fixture
def native(services, student):
    """The native API for the student."""
    with write(services.engine) as db:
        return Caller(
            app.mount(services), users.add_token(db, student.person.user_id, "given by the operator")
        )


def test_what_a_movie_is_made_of_is_not_forgotten(student, traced, native, services):
    with read(services.engine) as db:
        kept = {record.id: record.name for record in db.execute(media.select())}

    replies = {name: native.simulate_delete(f"/v1/media/{media_id}") for media_id, name in kept.items()}

    assert set(replies) == {f"{traced}.mov", f"{traced}_frames.zip", f"{traced}_traced.mp4"}
    for reply in replies.values():
        assert reply.status_code == 409
        assert "belongs to a movie of another door" in reply.json["detail"]
    assert student.movie(traced)["status"] == "tracing completed"


def test_a_trace_that_is_cancelled_there_has_failed_here(student, marked, native, bench):
    job = student.trace(marked).json["message"]["job_id"]

    native.simulate_delete(f"/v1/jobs/{job}")

    movie = student.movie(marked)
    assert (movie["status"], movie["tracing_failure_summary"]) == ("tracing failed", "the work was cancelled")
    assert student.trace(marked).status_code == 200
