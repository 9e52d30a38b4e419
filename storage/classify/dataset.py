"""The dataset of a source: its labelled points as they are at one moment, as the document that classifiers learn from."""

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from darkroom.errors import Invalid
from storage.classify import labels
from storage.classify.labels import Called
from storage.classify.points import by_bytes
from storage.classify.tables import classify_images, classify_points
from storage.engine import is_postgres

VERSION = 1
PIECE = 10_000  # rows in memory while the document is made


class Dataset(Struct, frozen=True):
    """document: canonical JSON, as `pipelines.classify.dataset` reads it; labels: those that points have."""

    document: bytes
    labels: list[Called]
    images: int
    points: int


class _Image(Struct):
    sha256: str
    name: str
    rows: list[int]
    columns: list[int]
    labels: list[int]


def take(db: sa.Connection, source_id: int, points_limit: int) -> Dataset:
    """Return all labels of a source, and its images that have points, by digest and name, points by row and column.

    `db` is used for nothing before. Raises Invalid when there is too little to learn from, or more than `points_limit`.
    """
    if is_postgres(db):  # one moment for all questions, as SQLite has it anyhow
        db.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    known = [Called(label.id, label.code, label.name) for label in labels.of_source(db, source_id)]
    count = _count(db, source_id)
    if count > points_limit:
        raise Invalid(
            f"this source has {count} labelled points; a classifier is trained from at most {points_limit}",
            limit=points_limit,
        )
    images, used, pictures = _encode_images(db, source_id)
    _check(pictures, used)
    head = msgspec.json.encode({"version": VERSION, "labels": known}).removesuffix(b"}")
    document = b"".join((head, b',"images":[', b",".join(images), b"]}"))
    return Dataset(document, [label for label in known if label.id in used], len(images), count)


def _count(db: sa.Connection, source_id: int) -> int:
    query = (
        sa.select(sa.func.count())
        .select_from(classify_points)
        .join(classify_images, classify_images.c.id == classify_points.c.image)
        .where(classify_images.c.source == source_id)
    )
    counted: int = db.execute(query).scalar_one()
    return counted


def _encode_images(db: sa.Connection, source_id: int) -> tuple[list[bytes], set[int], set[str]]:
    """Return the images as JSON, the ids of labels that are used, and the digests of the pictures that are shown."""
    encoded: list[bytes] = []
    used: set[int] = set()
    pictures: set[str] = set()
    current, image = 0, _Image("", "", [], [], [])
    for row in db.execution_options(yield_per=PIECE).execute(_points(db, source_id)):
        if row.id != current:
            if current:
                encoded.append(msgspec.json.encode(image))
            current, image = row.id, _Image(row.sha256, row.name, [], [], [])
        image.rows.append(row.at_row)
        image.columns.append(row.at_column)
        image.labels.append(row.label)
        used.add(row.label)
        pictures.add(row.sha256)
    if current:
        encoded.append(msgspec.json.encode(image))
    return encoded, used, pictures


def _points(db: sa.Connection, source_id: int) -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(
            classify_images.c.id,
            classify_images.c.sha256,
            classify_images.c.name,
            classify_points.c.at_row,
            classify_points.c.at_column,
            classify_points.c.label,
        )
        .join(classify_points, classify_points.c.image == classify_images.c.id)
        .where(classify_images.c.source == source_id)
        .order_by(
            classify_images.c.sha256,
            by_bytes(db, classify_images.c.name),
            classify_points.c.at_row,
            classify_points.c.at_column,
        )
    )


def _check(pictures: set[str], used: set[int]) -> None:
    if not used:
        raise Invalid("this source has no labelled points to learn from")
    if len(used) < 2:
        raise Invalid("all points have the same label; a classifier tells two or more apart", limit=2)
    if len(pictures) < 2:
        raise Invalid("only one image has points; a classifier is tested on images it has not seen", limit=2)
