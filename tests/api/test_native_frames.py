"""Frames by one request: waited for, computed once, kept, and refused in words that name the parameter."""

import threading
import time

import msgspec
import pytest

from api import app
from storage.engine import read
from storage.tables import jobs

PICTURE = b"\xff\xd8 a picture"
FRAMES = "/v1/media/{}/frames"
MOVIE_FACTS = {"width": 640, "height": 480, "frames": 100, "duration_seconds": 3.3}


def ask(caller, movie, headers=None, **query):
    return caller.simulate_get(FRAMES.format(movie), params=query, headers=headers or {})


def serve(bench, name="frame-000007.jpg", content=PICTURE, queue="quick"):
    """End the next frames job as a worker would."""
    return bench.succeed(queue, outputs=[bench.make(name, content)])


def served_soon(bench, **given):
    """End the next frames job once there is one; return a thread to join."""

    def work():
        while True:
            try:
                serve(bench, **given)
            except AssertionError:  # none waits yet
                time.sleep(0.02)
            else:
                return

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def frames_jobs(services):
    with read(services.engine) as db:
        return db.execute(jobs.select().where(jobs.c.kind == "frames")).all()


def test_a_frame_is_answered_directly(ada, movie, bench, services):
    worker = served_soon(bench)

    reply = ask(ada, movie, frames="7")

    worker.join()
    assert reply.status_code == 200
    assert reply.content == PICTURE
    assert reply.headers["Content-Type"] == "text/csv"  # what the bench of these tests makes
    assert reply.headers["Cache-Control"] == "private, max-age=86400"
    assert reply.headers["Content-Disposition"] == 'inline; filename="frame-000007.jpg"'
    (job,) = frames_jobs(services)
    assert job.queue == "quick"
    assert msgspec.json.decode(job.params)["frames"] == [7]


def test_the_second_asker_gets_what_the_first_had_made(ada, movie, bench, services):
    worker = served_soon(bench)
    first = ask(ada, movie, frames="7")
    worker.join()

    second = ask(ada, movie, frames="7")

    assert (second.status_code, second.content) == (200, PICTURE)
    assert second.headers["ETag"] == first.headers["ETag"]
    assert len(frames_jobs(services)) == 1


def test_who_knows_the_answer_is_told_so(ada, movie, bench, services):
    worker = served_soon(bench)
    tag = ask(ada, movie, frames="7").headers["ETag"]
    worker.join()

    reply = ask(ada, movie, {"If-None-Match": tag}, frames="7")

    assert (reply.status_code, reply.content) == (304, b"")
    assert reply.headers["ETag"] == tag
    assert len(frames_jobs(services)) == 1


def test_who_asks_meanwhile_waits_for_the_same_job(ada, movie, bench, services):
    replies = []
    askers = [threading.Thread(target=lambda: replies.append(ask(ada, movie, frames="7"))) for _ in range(3)]
    for asker in askers:
        asker.start()
    worker = served_soon(bench)

    for thread in [*askers, worker]:
        thread.join()

    assert [reply.content for reply in replies] == [PICTURE] * 3
    assert len({row.cache_key for row in frames_jobs(services)}) == 1
    assert [row.state for row in frames_jobs(services) if row.reused_from is None] == ["succeeded"]


def test_what_takes_longer_is_a_job_to_watch(ada, movie):
    reply = ask(ada, movie, frames="7", wait="0")

    assert reply.status_code == 202
    assert reply.headers["Location"] == f"/v1/jobs/{reply.json['id']}"
    assert reply.headers["Retry-After"] == "1"
    assert reply.headers["Cache-Control"] == "no-store"
    assert "ETag" not in reply.headers
    assert reply.json["kind"] == "frames"


def test_several_files_are_told_by_link(ada, movie, bench):
    ask(ada, movie, frames="1,2", layout="each", wait="0")
    bench.succeed(outputs=[bench.make("frame-000001.jpg", b"1"), bench.make("frame-000002.jpg", b"2")])

    reply = ask(ada, movie, frames="1,2", layout="each")

    assert reply.status_code == 200
    assert [made["name"] for made in reply.json["outputs"]] == ["frame-000001.jpg", "frame-000002.jpg"]
    assert ada.follow(reply.json["outputs"][1]["url"]).content == b"2"


@pytest.mark.parametrize(
    ("query", "accept", "layout", "image_format"),
    [
        ({}, None, "each", "jpeg"),
        ({"frames": "3,1"}, None, "montage", "jpeg"),
        ({"seconds": "0,1.5"}, None, "montage", "jpeg"),
        ({"count": "9"}, "image/png, */*", "montage", "png"),
        ({"count": "1"}, "image/avif,image/webp,image/png,*/*;q=0.8", "each", "webp"),
        ({"count": "1"}, "image/avif,*/*;q=0.8", "each", "jpeg"),
        ({"count": "1"}, "image/avif", "each", "avif"),
        ({"count": "1"}, "image/png;q=0, image/webp;q=0.5", "each", "webp"),
        ({"count": "4", "layout": "animation"}, "image/png,image/*", "animation", "gif"),
        ({"count": "4", "layout": "animation"}, "image/webp", "animation", "webp"),
        ({"frames": "0", "format": "png"}, "image/webp", "each", "png"),
    ],
)
def test_what_is_not_said_is_what_one_would_expect(ada, movie, query, accept, layout, image_format):
    reply = ask(ada, movie, {"Accept": accept} if accept else {}, wait="0", **query)

    assert reply.status_code == 202
    assert (reply.json["params"]["layout"], reply.json["params"]["format"]) == (layout, image_format)


def test_regions_and_sizes_reach_the_job(ada, movie):
    reply = ask(
        ada, movie, frames="0,1", roi=["0,0,20,10", "620,470,20,10"], width="40", upright="false", wait="0"
    )

    assert reply.json["params"]["rois"] == [
        {"x": 0, "y": 0, "width": 20, "height": 10},
        {"x": 620, "y": 470, "width": 20, "height": 10},
    ]
    assert (reply.json["params"]["width"], reply.json["params"]["upright"]) == (40, False)


@pytest.mark.parametrize(
    ("query", "parameter", "message"),
    [
        ({"frames": "100"}, "frames/0", "the movie has 100 frames (0 to 99)"),
        ({"frames": "-1"}, "frames", "whole numbers from 0 up, separated by commas; not '-1'"),
        ({"frames": "1.5"}, "frames", "not '1.5'"),
        ({"frames": "1,,2"}, "frames", "not ''"),
        ({"frames": "²"}, "frames", "not '²'"),
        ({"frames": ""}, "frames", "not ''"),
        ({"frames": ",".join(["1"] * 10_000), "layout": "animation", "format": "gif"}, "frames", "10000 frames; the limit of one job is 1000"),
        ({"frames": "5,5", "layout": "each"}, "frames", "frame 5 is given twice"),
        ({"seconds": "3.4"}, "seconds/0", "the movie lasts 3.3 s"),
        ({"seconds": "nan"}, "seconds", "not 'nan'"),
        ({"count": "0"}, "count", "Expected `int` >= 1"),
        ({"roi": "0,0,641,10"}, "roi/0/width", "outside the picture of 640x480"),
        ({"roi": "0,0,0,10"}, "roi/0/width", "Expected `int` >= 1"),
        ({"roi": "0,0,10"}, "roi", "3 values came"),
        ({"frames": "0", "width": "60000", "height": "60000"}, "query", "more than 100,000,000 pixels"),
        ({"count": "100", "width": "3200"}, "query", "more than 100,000,000 pixels"),
        ({"format": "bmp"}, "format", "Invalid enum value 'bmp'"),
        ({"wide": "1"}, "wide", "unknown"),
        ({"fps": "0"}, "fps", "Expected `float` > 0"),
    ],
)  # fmt: skip
def test_a_bad_question_names_its_parameter(ada, movie, services, query, parameter, message):
    reply = ask(ada, movie, **query)

    assert reply.status_code == 422
    assert reply.json["parameter"] == parameter
    assert message in reply.json["detail"]
    assert frames_jobs(services) == []


def test_why_a_movie_cannot_give_a_frame_is_the_answer(ada, movie, bench):
    order = {"kind": "frames", "inputs": {"movie": movie}, "params": {"frames": [7]}}
    ada.submit(order)
    replies = []
    asker = threading.Thread(target=lambda: replies.append(ask(ada, movie, frames="7")))

    asker.start()
    time.sleep(0.1)  # the asker has joined the job that waits
    bench.fail("cannot_decode", "decoding broke at frame 7: its data are damaged")
    asker.join()

    assert replies[0].status_code == 422
    assert replies[0].json["detail"] == "decoding broke at frame 7: its data are damaged"


def test_a_movie_that_is_still_probed_is_waited_for(ada, bench):
    media_id = ada.upload().json["id"]
    early = ask(ada, media_id, frames="0", wait="0")
    replies = []
    asker = threading.Thread(target=lambda: replies.append(ask(ada, media_id, frames="0")))

    asker.start()
    bench.succeed(summary=MOVIE_FACTS)
    served_soon(bench).join()
    asker.join()

    assert (early.status_code, early.headers["Retry-After"]) == (409, "1")
    assert (replies[0].status_code, replies[0].content) == (200, PICTURE)


def test_a_strangers_movie_is_not_found(eve, movie):
    assert ask(eve, movie, frames="0").status_code == 404


def test_when_too_many_wait_the_answer_comes_at_once(ada, movie, settings, make_services):
    crowded = make_services(msgspec.structs.replace(settings, waiters_limit=1))
    crowded.watcher.dismiss()
    ada.app = app.mount(crowded)

    reply = ask(ada, movie, frames="7")

    assert reply.status_code == 202
