"""What the sweep spares: blobs that something points to, whether an ended job or work that is still under way."""

import pytest
import sqlalchemy as sa

from darkroom.jobs import Cause, Output, Result
from storage import jobs, leases, media, rubbish, uploads, users
from storage.engine import write
from storage.jobs import NewJob
from storage.leases import Ending, Terms

TERMS = Terms()


@pytest.fixture
def owner(engine: sa.Engine) -> int:
    with write(engine) as db:
        return users.add(db, "ada")


def test_what_one_part_made_is_kept_while_another_part_still_runs(engine, owner):
    new = NewJob(
        kind="drill", params="{}", pipeline_version=1, cache_key="key", owner=owner, queue="quick", parts=2
    )
    with write(engine) as db:
        job_id = jobs.submit(db, new).id
        first = leases.claim(db, "quick", "worker", TERMS)
        assert first is not None
        made = Output("00000-a.csv", f"results/{job_id}/0-1-aaaaaaaa/a.csv", "00", 3, "text/csv")
        leases.settle(db, first, Ending(Cause.SUCCEEDED, result=Result(outputs=[made])), TERMS)

    abandoned = f"results/{job_id}/1-1-bbbbbbbb/a.csv"
    found = rubbish.orphans(engine, "results/", [made.key, abandoned])

    assert found == [abandoned]


def test_an_upload_that_is_being_completed_is_kept(engine, owner):
    with write(engine) as db:
        uploads.add(
            db,
            owner,
            key="incoming/mine",
            multipart_id="1",
            name="stem.mp4",
            content_type="video/mp4",
            size=3,
            part_size=5 << 20,
            sha256=None,
            lifetime_seconds=60.0,
        )

    found = rubbish.orphans(engine, "incoming/", ["incoming/mine", "incoming/nobodys"])

    assert found == ["incoming/nobodys"]


def test_an_index_is_kept_as_long_as_its_movie(engine, owner):
    kept, gone = "a" * 64, "b" * 64
    with write(engine) as db:
        media.add(db, owner, sha256=kept, size=3, name="stem.mp4", content_type="video/mp4")

    found = rubbish.orphans(engine, "index/", [media.index_key(kept, 1), media.index_key(gone, 1)])

    assert found == [f"index/{gone}-v1"]


def test_features_are_kept_as_long_as_their_image(engine, owner):
    kept, gone = "a" * 64, "b" * 64
    with write(engine) as db:
        media.add(db, owner, sha256=kept, size=3, name="a.jpg", content_type="image/jpeg")

    keys = [media.features_key("c" * 64, 1, sha256) for sha256 in (kept, gone)]
    found = rubbish.orphans(engine, "features/", keys)

    assert found == keys[1:]
