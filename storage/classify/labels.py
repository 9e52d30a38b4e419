"""Labels of a source: what points can be named, each with a short code of its own; ids are never given again."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.exc import IntegrityError

from darkroom.errors import Conflict, Invalid, NotFound
from storage.classify import sources
from storage.classify.batches import in_batches
from storage.classify.names import CODE_CHARACTERS, check_name
from storage.classify.tables import classify_classifiers, classify_labels, classify_points
from storage.engine import now


class Label(Struct, frozen=True):
    """points: how many have this label."""

    id: int
    source: int
    name: str
    code: str
    created_at: float
    points: int = 0


class NewLabel(Struct, frozen=True):
    name: str
    code: str


class Called(Struct, frozen=True):
    """What a label is called, as it is kept beside a classifier."""

    id: int
    code: str
    name: str


def add(
    db: sa.Connection, source_id: int, user: int, new: Sequence[NewLabel], labels_limit: int
) -> list[Label]:
    """Add labels, all or none. Raises NotFound, Forbidden, Invalid, and Conflict when a code or name is taken."""
    sources.held(db, source_id, user)
    before = of_source(db, source_id)
    if len(before) + len(new) > labels_limit:
        raise Invalid(f"a source has at most {labels_limit} labels", where="/labels", limit=labels_limit)
    codes, names = {label.code for label in before}, {label.name for label in before}
    for number, label in enumerate(new):
        _check_free(label.code, codes, f"/labels/{number}/code", CODE_CHARACTERS)
        _check_free(label.name, names, f"/labels/{number}/name")
    insert = sa.insert(classify_labels).returning(*classify_labels.c, sort_by_parameter_order=True)
    given = [{"source": source_id, "name": label.name, "code": label.code} for label in new]
    at = db.execute(sa.select(now())).scalar_one()
    rows = db.execute(insert, [values | {"created_at": at} for values in given]) if given else ()
    return [msgspec.convert(row, Label, from_attributes=True) for row in rows]


def _check_free(text: str, taken: set[str], where: str, *limit: int) -> None:
    check_name(text, where, *limit)
    if text in taken:
        raise Conflict(f"{text!r} is taken by another label of this source", hint=f"see {where}")
    taken.add(text)


def of_source(db: sa.Connection, source_id: int) -> list[Label]:
    """Return the labels of a source by id, without counting their points."""
    query = sa.select(classify_labels).where(classify_labels.c.source == source_id)
    rows = db.execute(query.order_by(classify_labels.c.id))
    return [msgspec.convert(row, Label, from_attributes=True) for row in rows]


def find(db: sa.Connection, source_id: int, user: int) -> list[Label]:
    """Return the labels by id, with the numbers of their points. Raises NotFound."""
    sources.get(db, source_id, user)
    rows = db.execute(_counted(classify_labels.c.source == source_id).order_by(classify_labels.c.id))
    return [msgspec.convert(row, Label, from_attributes=True) for row in rows]


def get(db: sa.Connection, source_id: int, label_id: int, user: int) -> Label:
    """Return one label. Raises NotFound."""
    sources.get(db, source_id, user)
    mine = (classify_labels.c.source == source_id, classify_labels.c.id == label_id)
    row = db.execute(_counted(*mine)).one_or_none()
    if row is None:
        raise NotFound(f"there is no label {label_id} in this source")
    return msgspec.convert(row, Label, from_attributes=True)


def change(
    db: sa.Connection,
    source_id: int,
    label_id: int,
    user: int,
    *,
    name: str | None = None,
    code: str | None = None,
) -> Label:
    """Call a label something else; points and results keep to it. Raises NotFound, Forbidden, Invalid, Conflict."""
    sources.held(db, source_id, user)
    get(db, source_id, label_id, user)
    values: dict[str, Any] = {}
    if name is not None:
        values["name"] = check_name(name, "/name")
    if code is not None:
        values["code"] = check_name(code, "/code", CODE_CHARACTERS)
    if values:
        try:
            with db.begin_nested():
                db.execute(
                    sa.update(classify_labels).where(classify_labels.c.id == label_id).values(**values)
                )
        except IntegrityError as error:
            raise Conflict("this name or code is taken by another label of this source") from error
    return get(db, source_id, label_id, user)


def remove(db: sa.Connection, source_id: int, label_id: int, user: int) -> None:
    """Remove a label. Raises NotFound, Forbidden, and Conflict while points or a classifier use it."""
    sources.held(db, source_id, user)
    label = get(db, source_id, label_id, user)
    if label.points:
        raise Conflict(f"{label.points} points have the label {label.code!r}", hint="remove the points first")
    for classifier_id, encoded in db.execute(
        sa.select(classify_classifiers.c.id, classify_classifiers.c.labels).where(
            classify_classifiers.c.source == source_id, classify_classifiers.c.gone_at.is_(None)
        )
    ):
        if any(called.id == label_id for called in msgspec.json.decode(encoded, type=list[Called])):
            raise Conflict(
                f"classifier {classifier_id} knows the label {label.code!r}",
                hint="delete the classifier first",
            )
    db.execute(sa.delete(classify_labels).where(classify_labels.c.id == label_id))


def called_now(db: sa.Connection, label_ids: Iterable[int]) -> dict[int, Called]:
    """Return by id what those of these labels that exist are called at this moment."""
    found = {}
    for ids in in_batches(sorted(set(label_ids))):
        for row in db.execute(sa.select(classify_labels).where(classify_labels.c.id.in_(ids))):
            found[row.id] = Called(row.id, row.code, row.name)
    return found


def _counted(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    count = (
        sa.select(sa.func.count())
        .select_from(classify_points)
        .where(classify_points.c.label == classify_labels.c.id)
        .scalar_subquery()
    )
    return sa.select(classify_labels, count.label("points")).where(*conditions)
