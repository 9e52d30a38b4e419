"""What a classify job has found: counts that never fall, images in the order in which they were asked."""

import random

import msgspec
import pytest
import sqlalchemy as sa

from darkroom.errors import Gone
from darkroom.jobs import Cause, Failure, Input, JobState, Result
from darkroom.splits_classify import images_of
from storage import jobs, leases, media
from storage.classify import labels, results
from storage.classify.findings import INTERNAL, Fault
from storage.classify.results import Counts, Scored
from storage.engine import read, write
from storage.jobs import NewJob
from storage.leases import Ending, Terms
from storage.tables import parts
from tests.storage.classify.conftest import keep

TERMS = Terms(lease_seconds=30.0, retry_seconds=0.0, retry_limit_seconds=0.0)
NO_IMAGE = {"code": "unsupported_picture", "message": "This file is not a supported image."}


@pytest.fixture
def submit(engine, people):
    """Writes down a job about so many images, in so many parts; gives its id."""

    def submit(images, count, **more):
        asked = [{"url": f"http://reef/{index}.jpg", "points": []} for index in range(images)]
        params = {"kind": "classify", "classifier": 1, "images": asked, "movie": None} | more.pop(
            "params", {}
        )
        new = NewJob(
            kind="classify",
            params=msgspec.json.encode(params).decode(),
            pipeline_version=1,
            cache_key="key",
            owner=people.ada,
            queue="cpu",
            parts=count,
            max_attempts=2,
            **more,
        )
        with write(engine) as db:
            return jobs.submit(db, new).id

    return submit


@pytest.fixture
def claim(engine):
    def claim():
        with write(engine) as db:
            return leases.claim(db, "cpu", "worker", TERMS)

    return claim


@pytest.fixture
def settle(engine):
    def settle(claimed, ending):
        with write(engine) as db:
            return leases.settle(db, claimed, ending, TERMS)

    return settle


@pytest.fixture
def counts(engine):
    def counts(job_id):
        with read(engine) as db:
            return results.counts(db, jobs.get(db, job_id, None))

    return counts


@pytest.fixture
def found(engine, store):
    """Gives the images of a job, as far as they have ended."""

    def found(job_id):
        with read(engine) as db:
            return list(results.each(store, db, jobs.get(db, job_id, None)))

    return found


@pytest.fixture
def good(store, reef):
    """Makes the ending of a part that has classified its images, but for those whose index is among `bad`."""

    def good(claimed, images, bad=()):
        label = {"id": reef.labels["Por"], "code": "Por (then)", "name": "Por"}
        point = {"row": 1, "column": 2, "classes": [[reef.labels["Por"], 0.75]]}
        part = images_of(claimed.part, claimed.parts_total, images)
        said = [
            {"index": index, "url": f"http://reef/{index}.jpg"}
            | ({"error": NO_IMAGE} if index in bad else {"points": [point], "width": 4, "height": 3})
            for index in part
        ]
        name = f"{claimed.part:05d}-classified.json" if claimed.parts_total > 1 else "classified.json"
        document = msgspec.json.encode({"labels": [label], "images": said})
        output = keep(store, f"results/{claimed.job_id}/{claimed.token}/classified.json", name, document)
        failed = len(set(part) & set(bad))
        summary = {"classified": len(part) - failed, "failed": failed}
        failure = Failure("unsupported_picture", "image 0: no") if failed else None
        return Ending(Cause.SUCCEEDED, result=Result(outputs=[output], summary=summary), failure=failure)

    return good


def test_parts_that_have_ended_are_counted_and_no_others(submit, claim, settle, counts, good):
    job_id = submit(images=5, count=2)
    before = counts(job_id)
    first, second = claim(), claim()
    begun = counts(job_id)

    settle(second, good(second, 5, bad={3}))

    assert before == Counts(total=5, classified=0, failed=0, is_started=False)
    assert begun == Counts(total=5, classified=0, failed=0, is_started=True)
    assert counts(job_id) == Counts(total=5, classified=2, failed=1, is_started=True)
    settle(first, good(first, 5))
    assert counts(job_id) == Counts(total=5, classified=4, failed=1, is_started=True)


def test_images_come_in_the_order_in_which_they_were_asked(submit, claim, settle, found, good):
    job_id = submit(images=3, count=3)
    claims = [claim(), claim(), claim()]
    for claimed in (claims[2], claims[0]):
        settle(claimed, good(claimed, 3, bad={2}))
    so_far = found(job_id)
    settle(claims[1], Ending(Cause.ERROR, failure=Failure("internal", "a traceback, and where it was")))

    images = found(job_id)

    assert [one.index for one in so_far] == [0, 2]
    assert [(one.index, one.url) for one in images] == [(n, f"http://reef/{n}.jpg") for n in range(3)]
    assert [one.error for one in images] == [None, INTERNAL, Fault(**NO_IMAGE)]
    assert INTERNAL.message == "An internal error occurred; the job can be resubmitted."
    assert [len(one.points) for one in images] == [1, 0, 0]


def test_labels_are_told_as_they_are_called_now_and_as_then_when_they_are_gone(
    engine, people, reef, submit, claim, settle, found, good
):
    job_id = submit(images=1, count=1)
    claimed = claim()
    settle(claimed, good(claimed, 1))
    with write(engine) as db:
        labels.change(db, reef.id, reef.labels["Por"], people.ada, code="P. lob", name="Porites lobata")

    ((renamed,),) = [point.classes for point in found(job_id)[0].points]
    with write(engine) as db:
        labels.remove(db, reef.id, reef.labels["Por"], people.ada)
    ((gone,),) = [point.classes for point in found(job_id)[0].points]

    assert renamed == Scored(reef.labels["Por"], "P. lob", "Porites lobata", 0.75)
    assert gone == Scored(reef.labels["Por"], "Por (then)", "Por", 0.75)


def test_a_job_that_was_cancelled_says_so_of_every_image_that_it_left(
    engine, people, submit, claim, settle, counts, found, good
):
    job_id = submit(images=2, count=2)
    claimed = claim()
    with write(engine) as db:
        jobs.cancel(db, job_id, people.ada, 60.0)
    settle(claimed, good(claimed, 2))

    assert counts(job_id) == Counts(total=2, classified=1, failed=1, is_started=True)
    assert [one.error for one in found(job_id)] == [None, INTERNAL]


def test_an_answer_that_is_used_again_is_read_like_the_first(
    engine, people, submit, claim, settle, counts, found, good
):
    first = submit(images=2, count=2)
    for _ in range(2):
        claimed = claim()
        settle(claimed, good(claimed, 2))
    with write(engine) as db:
        before = jobs.get(db, first, None)
        new = NewJob(
            kind="classify",
            params=before.params,
            pipeline_version=1,
            cache_key="key",
            owner=people.ada,
            queue="cpu",
            parts=2,
        )
        again = jobs.submit_reused(db, new, before).id

    assert counts(again) == counts(first) == Counts(total=2, classified=2, failed=0, is_started=True)
    assert found(again) == found(first)


def test_frames_of_a_movie_are_counted_by_what_its_probe_found(
    engine, people, submit, claim, settle, counts, found
):
    facts = {"width": 64, "height": 48, "frames": 25}
    with write(engine) as db:
        movie = media.add(db, people.ada, sha256="0a" * 32, size=3, name="m.mp4", content_type="video/mp4")
        inputs = [Input("movie", movie.id, movie.sha256)]
        probe = NewJob(
            kind="probe",
            params="{}",
            pipeline_version=1,
            cache_key="p",
            owner=people.ada,
            queue="cpu",
            inputs=inputs,
        )
        jobs.submit(db, probe)
    settle(claim(), Ending(Cause.SUCCEEDED, result=Result(summary=facts)))
    sampling = {"every": 10, "start": 3, "end": None}
    job_id = submit(images=0, count=3, params={"movie": sampling}, inputs=inputs)
    with write(engine) as db:
        media.drop(db, [movie.id])

    settle(claim(), Ending(Cause.ERROR, failure=Failure("internal", "no")))

    assert counts(job_id) == Counts(total=3, classified=0, failed=1, is_started=True)
    assert [(one.index, one.frame, one.error) for one in found(job_id)] == [(0, 3, INTERNAL)]


def test_an_expired_result_is_gone(engine, submit, claim, settle, found, good):
    job_id = submit(images=1, count=1)
    claimed = claim()
    with write(engine) as db:
        leases.settle(db, claimed, good(claimed, 1), Terms(result_expiry_seconds=-1.0))
        jobs.expire_results(db)

    with pytest.raises(Gone):
        found(job_id)


def test_counts_never_fall_whatever_becomes_of_the_parts(submit, claim, settle, counts, found, good, engine):
    chance = random.Random(6)
    states = set()
    for _ in range(12):
        images = chance.randint(1, 9)
        job_id = submit(images, chance.randint(1, images))
        running, before = [], counts(job_id)
        while (claimed := claim()) is not None or running:
            if claimed is not None:
                running.append(claimed)
            if claimed is None or chance.random() < 0.5:
                one = running.pop(chance.randrange(len(running)))
                bad = {index for index in range(images) if chance.random() < 0.3}
                ending = chance.choice(
                    [
                        Ending(Cause.ERROR, failure=Failure("internal", "no"), retry=True),
                        Ending(Cause.OOM, failure=Failure("oom", "no"), retry=True),
                        Ending(Cause.HANDED_BACK, retry=True, free=True, delay_seconds=0.0),
                        Ending(Cause.ERROR, failure=Failure("bad", "no")),
                        None,
                        None,
                    ]
                )
                settle(one, ending or good(one, images, bad if chance.random() < 0.5 else ()))
            after = counts(job_id)
            assert after.total == images
            assert after.classified >= before.classified and after.failed >= before.failed
            assert after.is_started >= before.is_started
            before = after
        ended = found(job_id)
        with read(engine) as db:
            states |= set(db.execute(sa.select(parts.c.state).where(parts.c.job_id == job_id)).scalars())
        assert before.classified + before.failed == images
        assert [one.index for one in ended] == list(range(images))
        assert sum(one.error is None for one in ended) == before.classified
    assert states == {JobState.SUCCEEDED, JobState.PARTIAL, JobState.FAILED, JobState.QUARANTINED}
