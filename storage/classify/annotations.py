"""Labelled points taken in, all of them or none: checked against the source, then written in one go."""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from darkroom.errors import Invalid
from storage.classify import images, labels, sources
from storage.classify.annotation_csv import Annotation
from storage.classify.batches import in_batches
from storage.classify.tables import classify_points
from storage.engine import now

# Makes the error for the annotation of a number: which of `image`, `row`, `column`, `label` is wrong, and why.
Refuse = Callable[[int, str, str], Invalid]

Place = tuple[int, int, int]  # image, row, column


class Imported(Struct, frozen=True):
    """How many points are new, took another label, and were there before."""

    added: int
    replaced: int
    unchanged: int


class _Plan(Struct):
    new: list[dict[str, int]]
    changed: list[dict[str, int]]
    unchanged: int = 0


def take_in(
    db: sa.Connection,
    source_id: int,
    user: int,
    annotations: Sequence[Annotation],
    refuse: Refuse,
    *,
    replace: bool,
    points_limit: int,
) -> Imported:
    """Write points down. replace: one that is there with another label takes the new one, else that is refused.

    points_limit: of one image. Raises NotFound, Forbidden, and what `refuse` makes of an image or label that is not in
    the source, a point that is there twice, one that has another label, or one too many for its image.
    """
    sources.held(db, source_id, user)
    labelled = _resolve(db, source_id, annotations, refuse)
    there = _there(db, sorted({place[0] for place in labelled}))
    plan = _plan(annotations, labelled, there, refuse, replace=replace)
    _check_room(labelled, there, annotations, refuse, points_limit)
    _write(db, plan)
    return Imported(len(plan.new), len(plan.changed), plan.unchanged)


def _resolve(
    db: sa.Connection, source_id: int, annotations: Sequence[Annotation], refuse: Refuse
) -> dict[Place, int]:
    """Return the label of each place, in the order of the annotations."""
    image_by_name = images.ids_by_name(db, source_id, [one.image for one in annotations])
    known = labels.of_source(db, source_id)
    label_by_name: dict[str | int, int] = {label.code: label.id for label in known}
    label_by_name |= {label.id: label.id for label in known}
    labelled: dict[Place, int] = {}
    for one in annotations:
        image = image_by_name.get(one.image)
        if image is None:
            raise refuse(one.number, "image", f"there is no image {one.image!r} in this source")
        label = label_by_name.get(one.label)
        if label is None:
            raise refuse(one.number, "label", f"there is no label {one.label!r} in this source")
        place = (image, one.row, one.column)
        if place in labelled:
            raise refuse(one.number, "row", f"this point of {one.image!r} is there twice")
        labelled[place] = label
    return labelled


def _there(db: sa.Connection, image_ids: list[int]) -> dict[Place, tuple[int, int]]:
    """Return (id, label) of each point that the images have."""
    found = {}
    for some in in_batches(image_ids):
        for row in db.execute(sa.select(classify_points).where(classify_points.c.image.in_(some))):
            found[row.image, row.at_row, row.at_column] = (row.id, row.label)
    return found


def _plan(
    annotations: Sequence[Annotation],
    labelled: dict[Place, int],
    there: dict[Place, tuple[int, int]],
    refuse: Refuse,
    *,
    replace: bool,
) -> _Plan:
    plan = _Plan([], [])
    for one, (place, label) in zip(annotations, labelled.items(), strict=True):
        before = there.get(place)
        if before is None:
            image, row, column = place
            plan.new.append({"image": image, "at_row": row, "at_column": column, "label": label})
        elif before[1] == label:
            plan.unchanged += 1
        elif replace:
            plan.changed.append({"of_point": before[0], "new_label": label})
        else:
            reason = f"the point ({one.row}, {one.column}) of {one.image!r} has another label already"
            raise refuse(one.number, "label", reason)
    return plan


def _check_room(
    labelled: dict[Place, int],
    there: dict[Place, tuple[int, int]],
    annotations: Sequence[Annotation],
    refuse: Refuse,
    points_limit: int,
) -> None:
    count_by_image: dict[int, int] = {}
    for place in there:
        count_by_image[place[0]] = count_by_image.get(place[0], 0) + 1
    for one, place in zip(annotations, labelled, strict=True):
        if place in there:
            continue
        count = count_by_image.get(place[0], 0) + 1
        if count > points_limit:
            reason = f"image {one.image!r} would have more than {points_limit} points"
            raise refuse(one.number, "image", reason)
        count_by_image[place[0]] = count


def _write(db: sa.Connection, plan: _Plan) -> None:
    at = db.execute(sa.select(now())).scalar_one()
    insert = sa.insert(classify_points)
    for some in in_batches(plan.new, 10_000):
        given: list[dict[str, Any]] = [point | {"created_at": at} for point in some]
        db.execute(insert, given)
    if plan.changed:
        update = sa.update(classify_points).where(classify_points.c.id == sa.bindparam("of_point"))
        db.execute(update.values(label=sa.bindparam("new_label")), plan.changed)
