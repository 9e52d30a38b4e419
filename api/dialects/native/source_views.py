"""From the house's words of sources to the native wire; pure."""

from api.dialects.native import source_wire
from api.times import at
from storage.classify.images import Image
from storage.classify.labels import Label
from storage.classify.points import Point
from storage.classify.sources import Counts, Source


def source_view(source: Source, owner: str, counts: Counts) -> source_wire.Source:
    """Return a source as the one who asked may see it. owner: the owner's name."""
    here = f"/v1/sources/{source.id}"
    parts = ("labels", "images", "points", "members", "classifiers")
    return source_wire.Source(
        id=source.id,
        name=source.name,
        description=source.description,
        owner=source_wire.Person(id=source.owner, name=owner),
        is_public=source.is_public,
        may_edit=source.may_edit,
        labels=counts.labels,
        images=counts.images,
        points=counts.points,
        created_at=at(source.created_at),
        links={"self": here} | {part: f"{here}/{part}" for part in parts},
    )


def label_view(label: Label) -> source_wire.Label:
    return source_wire.Label(
        id=label.id, name=label.name, code=label.code, points=label.points, created_at=at(label.created_at)
    )


def image_view(image: Image) -> source_wire.SourceImage:
    return source_wire.SourceImage(
        id=image.id,
        name=image.name,
        media=image.media_id,
        sha256=image.sha256,
        points=image.points,
        created_at=at(image.created_at),
    )


def point_view(point: Point) -> source_wire.LabelledPoint:
    return source_wire.LabelledPoint(
        id=point.id, image=point.image, row=point.row, column=point.column, label=point.code
    )
