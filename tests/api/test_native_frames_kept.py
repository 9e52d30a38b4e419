"""What of the frames' answers a client may keep, and what it is told where frames are damaged."""

import threading
import time

import pytest

from darkroom.jobs import Cause, Failure, Result
from storage.engine import read
from storage.leases import Ending
from storage.tables import jobs

FRAMES = "/v1/media/{}/frames"
DAMAGED = Failure("cannot_decode", "damaged frames: 3 (of 2)", "the others were kept")


def ask(caller, movie, **query):
    return caller.simulate_get(FRAMES.format(movie), params=query)


class Asker:
    """Asks, and waits for the job that this makes."""

    def __init__(self, services, caller, movie):
        self.services, self.caller, self.movie = services, caller, movie

    def ask(self, settle, **query):
        """Return the answer; `settle` ends the job once it is waited for."""
        replies = []
        thread = threading.Thread(target=lambda: replies.append(ask(self.caller, self.movie, **query)))
        thread.start()
        while self.services.watcher.count() == 0 and thread.is_alive():
            time.sleep(0.01)
        settle()
        thread.join()
        return replies[0]


@pytest.fixture
def asker(services, ada, movie):
    return Asker(services, ada, movie)


def partial(bench, *outputs):
    """End the next job with some frames damaged."""
    result = Result(outputs=list(outputs), summary={"damaged": [3]})
    return bench.settle(bench.claim(), Ending(Cause.SUCCEEDED, result=result, failure=DAMAGED))


def test_a_picture_may_be_kept_by_who_asked_in_the_format_that_was_asked_for(asker, bench):
    reply = asker.ask(lambda: bench.succeed(outputs=[bench.make("frame.jpg", b"7")]), frames="7")

    assert reply.headers["Cache-Control"] == "private, max-age=86400"
    assert reply.headers["Vary"] == "Accept, Authorization"


def test_a_refusal_is_not_to_be_kept(asker, bench):
    reply = asker.ask(lambda: bench.fail("cannot_decode", "frame 7 is damaged"), seconds="1.5")

    assert reply.status_code == 422
    assert reply.json["parameter"] == "seconds"
    assert not {"etag", "cache-control"} & {name.lower() for name in reply.headers}


def test_that_somebody_cancelled_the_job_is_not_to_be_kept(asker, ada, services):
    def cancel():
        with read(services.engine) as db:
            (job,) = db.execute(jobs.select().where(jobs.c.kind == "frames")).all()
        ada.simulate_delete(f"/v1/jobs/{job.id}")

    reply = asker.ask(cancel, frames="7")

    assert reply.status_code == 409
    assert not {"etag", "cache-control"} & {name.lower() for name in reply.headers}


def test_links_that_grow_old_are_not_to_be_kept(ada, movie, bench):
    ask(ada, movie, frames="1,2", layout="each", wait="0")
    bench.succeed(outputs=[bench.make("frame-000001.jpg", b"1"), bench.make("frame-000002.jpg", b"2")])

    reply = ask(ada, movie, frames="1,2", layout="each")

    assert (reply.status_code, reply.headers["Cache-Control"]) == (200, "no-store")
    assert "ETag" not in reply.headers


def test_a_montage_with_damaged_frames_names_them_and_is_not_to_be_kept(ada, movie, bench):
    ask(ada, movie, frames="2,3", wait="0")
    job_id = partial(bench, bench.make("montage.jpg", b"2 and a black one"))

    reply = ask(ada, movie, frames="2,3")

    assert (reply.status_code, reply.content) == (200, b"2 and a black one")
    assert reply.headers["Damaged-Frames"] == "3"
    assert reply.headers["Link"] == f'</v1/jobs/{job_id}/result>; rel="describedby"'
    assert reply.headers["Cache-Control"] == "no-store"
    assert "ETag" not in reply.headers


def test_a_partial_answer_is_found_by_who_asks_again(ada, movie, bench, services):
    ask(ada, movie, frames="2,3", wait="0")
    partial(bench, bench.make("montage.jpg", b"2 and a black one"))

    reply = ask(ada, movie, frames="2,3", wait="0")

    assert (reply.status_code, reply.content) == (200, b"2 and a black one")
    with read(services.engine) as db:
        assert len(db.execute(jobs.select().where(jobs.c.kind == "frames")).all()) == 1


def test_of_several_files_the_one_that_is_sound_is_not_taken_for_all(ada, movie, bench):
    ask(ada, movie, frames="2,3", layout="each", wait="0")
    partial(bench, bench.make("frame-000002.jpg", b"2"))

    reply = ask(ada, movie, frames="2,3", layout="each")

    assert [made["name"] for made in reply.json["outputs"]] == ["frame-000002.jpg"]
    assert reply.json["failure"]["message"] == "damaged frames: 3 (of 2)"
