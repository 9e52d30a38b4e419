"""What a movie comes to when something that it waits for is gone before anybody came."""

import pytest
import sqlalchemy as sa

from storage import jobs as ledger
from storage.engine import write
from storage.tables import jobs, outputs
from tests.api.planttracer.tables import APEX, RULER

EXPIRED = "the result of the work expired before anybody looked at it"


@pytest.fixture
def sweep_away(services):
    """Lets the results of all jobs of a kind expire and be swept, as when nobody came for long."""

    def sweep_away(kind):
        with write(services.engine) as db:
            of_kind = sa.select(jobs.c.id).where(jobs.c.kind == kind)
            keys = list(db.execute(sa.select(outputs.c.key).where(outputs.c.job_id.in_(of_kind))).scalars())
            db.execute(sa.update(jobs).where(jobs.c.kind == kind).values(expires_at=1.0))
            ledger.expire_results(db)
        assert keys
        assert [key for key in keys if not services.blobs.delete(key)] == []

    return sweep_away


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("track", EXPIRED), ("archive", f"the frames of the movie cannot be kept: {EXPIRED}")],
)
def test_what_expired_before_anybody_looked_fails_the_trace_and_is_made_again(
    student, ready, archive, finish, sweep_away, kind, reason
):
    movie_id = ready(student, archived=False)
    student.put(movie_id, 0, [APEX, RULER])
    student.trace(movie_id, frame_end=39)
    finish()
    archive()
    sweep_away(kind)

    failed = student.movie(movie_id)
    listed = student.call("/api/list-movies")
    student.trace(movie_id, frame_end=39)
    (finish if kind == "track" else archive)()
    after = student.movie(movie_id)

    assert (failed["status"], failed["tracing_failure_summary"]) == ("tracing failed", reason)
    assert listed.status_code == 200
    assert (after["status"], after["tracing_failure_summary"]) == ("tracing completed", None)
    assert len(student.frames(movie_id)) == 40
