"""The workbook of a movie's markers: made by a job, and of the table that it is made from only the newest is kept."""

import msgspec
import pytest

from storage.engine import read
from storage.tables import media
from tests.api.planttracer.tables import APEX, RULER


@pytest.fixture
def services(settings, make_services):
    """The house in which nobody waits for a job."""
    return make_services(msgspec.structs.replace(settings, frame_wait_seconds=0))


@pytest.fixture
def tables(services):
    """Tells the digests of the tables that are kept of a movie's markers."""

    def tables(movie_id):
        with read(services.engine) as db:
            rows = db.execute(media.select().where(media.c.name == f"{movie_id}_trackpoints.csv"))
            return [row.sha256 for row in rows]

    return tables


def export(client, movie_id):
    return client.look("/api/get-movie-trackpoints", movie_id=movie_id, format="xlsx")


def test_a_workbook_is_made_once_and_then_handed_out(student, marked, bench):
    waiting = export(student, marked)
    bench.succeed(outputs=[bench.make("analysis.xlsx", b"PK sheets")])

    done = export(student, marked)

    assert (waiting.status_code, waiting.json["message"]) == (409, "the workbook is still being made")
    assert (done.status_code, done.content) == (200, b"PK sheets")
    assert done.headers["Content-Disposition"] == 'attachment; filename="trackpoints.xlsx"'


def test_of_a_movie_s_tables_only_the_newest_is_kept(student, marked, tables):
    export(student, marked)
    first = tables(marked)
    student.put(marked, 0, [{**APEX, "x": 7}, RULER])

    for _ in range(2):
        export(student, marked)

    assert (len(first), len(tables(marked))) == (1, 1)
    assert tables(marked) != first


def test_a_movie_without_markers_has_no_workbook(student, ready):
    refused = export(student, ready(student))

    assert (refused.status_code, refused.json["message"]) == (400, "There are no trackpoints to export.")
