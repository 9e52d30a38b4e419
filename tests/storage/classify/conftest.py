"""A source with labels, images and a few people: its owner, a member who looks, one who changes, and a stranger."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec import Struct

from darkroom.jobs import Cause, Failure, Output, Result
from darkroom.settings import Settings
from storage import blobs as blob_store
from storage import jobs, leases, media, users
from storage.blobs import Blobs
from storage.classify import annotations, images, labels, members, sources
from storage.classify.annotation_csv import read as read_csv
from storage.classify.annotations import Imported
from storage.classify.images import NewImage
from storage.classify.labels import NewLabel
from storage.engine import read, write
from storage.jobs import Job
from storage.leases import Ending, Terms
from workers.bell import SqlBell
from workers.enqueue import Counter

TERMS = Terms(lease_seconds=30.0, retry_seconds=0.0, retry_limit_seconds=0.0)
CODES = ("Sand", "Por", "Acr")


class Reef(Struct, frozen=True):
    """A source as the tests know it: labels by code, images by name."""

    id: int
    labels: dict[str, int]
    images: dict[str, int]
    media: dict[str, int]


class People(Struct, frozen=True):
    ada: int  # the owner
    bob: int  # a member who looks
    cyd: int  # a member who changes
    eve: int  # a stranger


@pytest.fixture
def people(engine: sa.Engine) -> People:
    with write(engine) as db:
        return People(*(users.add(db, name) for name in ("ada", "bob", "cyd", "eve")))


@pytest.fixture
def reef(engine: sa.Engine, people: People) -> Reef:
    """A source of Ada's: labels Sand, Por, Acr; images a.jpg, b.jpg, c.jpg."""
    with write(engine) as db:
        source = sources.add(db, people.ada, name="Reef")
        members.put(db, source.id, people.ada, people.bob, may_edit=False)
        members.put(db, source.id, people.ada, people.cyd, may_edit=True)
        new = [NewLabel(name=f"{code} (all)", code=code) for code in CODES]
        added = labels.add(db, source.id, people.ada, new, labels_limit=10)
        records = [_medium(db, people.ada, name) for name in ("a.jpg", "b.jpg", "c.jpg")]
        made = images.add(db, source.id, people.ada, [NewImage(one.id) for one in records], images_limit=10)
    return Reef(
        source.id,
        {label.code: label.id for label in added},
        {image.name: image.id for image in made},
        {record.name: record.id for record in records},
    )


def _medium(db: sa.Connection, owner: int, name: str) -> media.Media:
    sha256 = f"{ord(name[0]):02x}" * 32
    return media.add(db, owner, sha256=sha256, size=3, name=name, content_type="image/jpeg")


@pytest.fixture
def take_in(engine: sa.Engine, people: People, reef: Reef) -> Callable[..., Imported]:
    """Takes the lines of a CSV into the reef."""

    def take(
        *lines: str, user: int | None = None, replace: bool = False, points_limit: int = 100
    ) -> Imported:
        table = read_csv("\n".join(["Name,Row,Column,Label code", *lines]).encode(), 100_000)
        with write(engine) as db:
            return annotations.take_in(
                db,
                reef.id,
                user or people.ada,
                table.annotations,
                table.refuse,
                replace=replace,
                points_limit=points_limit,
            )

    return take


@pytest.fixture
def labelled(take_in: Callable[..., Imported]) -> Imported:
    """The reef with points of two labels on two images."""
    return take_in("b.jpg,7,8,Por", "a.jpg,5,6,Sand", "a.jpg,3,4,Por")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=str(tmp_path), public_url="http://darkroom.test")


@pytest.fixture
def store(settings: Settings) -> Blobs:
    made = blob_store.connect(settings)
    made.prepare()
    return made


@pytest.fixture
def counter(engine: sa.Engine, settings: Settings) -> Counter:
    return Counter(SqlBell(engine), settings, "native")


@pytest.fixture
def claim(engine: sa.Engine) -> Callable[[int], leases.Claim]:
    """Claims a part of this job."""

    def claim(job_id: int) -> leases.Claim:
        with write(engine) as db:
            queue = jobs.get(db, job_id, None).queue
            claimed = leases.claim(db, queue, "worker", TERMS)
            assert claimed is not None and claimed.job_id == job_id
            return claimed

    return claim


@pytest.fixture
def end(engine: sa.Engine, store: Blobs, claim: Callable[[int], leases.Claim]) -> Callable[..., Job]:
    """Ends a job of one part: with files and a summary, or with a failure; gives it as it then stands."""

    def end(
        job_id: int,
        files: dict[str, bytes] | None = None,
        summary: dict[str, object] | None = None,
        failure: Failure | None = None,
    ) -> Job:
        claimed = claim(job_id)
        outputs = [
            keep(store, f"results/{job_id}/0-1-{claimed.token}/{name}", name, data)
            for name, data in (files or {}).items()
        ]
        result = Result(outputs=outputs, summary=summary or {})
        good = Ending(Cause.SUCCEEDED, result=result)
        with write(engine) as db:
            leases.settle(
                db, claimed, good if failure is None else Ending(Cause.ERROR, failure=failure), TERMS
            )
            return jobs.get(db, job_id, None)

    return end


def keep(store: Blobs, key: str, name: str, data: bytes) -> Output:
    blob = store.put(key, io.BytesIO(data))
    return Output(name, blob.key, blob.sha256, blob.size, blob.content_type)


@pytest.fixture
def media_names(engine: sa.Engine) -> Callable[[int], list[str]]:
    """Gives the names of an owner's media, oldest first."""

    def names(owner: int) -> list[str]:
        with read(engine) as db:
            return [record.name for record in reversed(media.find(db, owner, limit=100))]

    return names
