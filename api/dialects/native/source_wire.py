"""The native JSON of sources, field for field: label sets, images, labelled points, and who may see and change them."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from api.dialects.native.wire import Id, PageQuery, Time

ONE_LINE = r"^[^\x00-\x1f\x7f]*$(?!\n)"  # (?!\n): Python's $ also stands before a last newline
SourceName = Annotated[str, Meta(min_length=1, max_length=200, pattern=ONE_LINE)]
LabelName = Annotated[str, Meta(min_length=1, max_length=200, pattern=ONE_LINE, description="Porites lobata")]
LabelCode = Annotated[str, Meta(min_length=1, max_length=50, pattern=ONE_LINE, description="short: Por_lob")]
ImageName = Annotated[str, Meta(min_length=1, max_length=500, pattern=ONE_LINE, description="reef_001.jpg")]
Description = Annotated[str, Meta(max_length=10_000)]
Place = Annotated[int, Meta(ge=0, le=1_000_000, description="in stored pixels, from 0")]
LISTED_LIMIT = 10_000  # of labels or images in one body


# ---- what comes in


class SourceOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new source. is_public: anybody here may look at it, and use what was trained on it."""

    name: SourceName
    description: Description = ""
    is_public: bool = False


class SourceChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    name: SourceName | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    is_public: bool | UnsetType = UNSET


class LabelOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new label. code: the name if not said."""

    name: LabelName
    code: LabelCode | None = None


class LabelsOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """New labels: all of them, or none."""

    labels: Annotated[list[LabelOrder], Meta(min_length=1, max_length=LISTED_LIMIT)]


class LabelChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is; points and results keep to the label, whatever it is called."""

    name: LabelName | UnsetType = UNSET
    code: LabelCode | UnsetType = UNSET


class ImageOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An image: a medium of yours. name: as points name it; that of the medium if not said."""

    media: Id
    name: ImageName | None = None


class ImagesOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """New images: all of them, or none."""

    images: Annotated[list[ImageOrder], Meta(min_length=1, max_length=LISTED_LIMIT)]


class PointOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A labelled point. image: its name; label: its code."""

    image: ImageName
    row: Place
    column: Place
    label: LabelCode


class PointsOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Labelled points: all of them, or none."""

    points: Annotated[list[PointOrder], Meta(min_length=1)]


class PointsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """replace: a point that is there with another label takes the new one; without it, that is refused."""

    replace: bool = False


class PointsListQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """image: only those of the image of this name. format: `csv` gives all of them in one go."""

    image: ImageName | None = None
    format: Literal["json", "csv"] | None = None


class PointsDeleteQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """image: only those of the image of this name."""

    image: ImageName | None = None


class MemberOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """may_edit: may change labels, images and points, and train."""

    may_edit: bool = False


# ---- what goes out


class Person(Struct, frozen=True, kw_only=True):
    id: int
    name: str


class Source(Struct, frozen=True, kw_only=True):
    """One source: a set of labels, images, and points on them. may_edit: whether you may change it."""

    id: int
    name: str
    description: str
    owner: Person
    is_public: bool
    may_edit: bool
    labels: int
    images: int
    points: int
    created_at: Time
    links: dict[str, str]


class SourcePage(Struct, frozen=True, kw_only=True):
    sources: list[Source]
    next_cursor: str | None = None


class Label(Struct, frozen=True, kw_only=True):
    """points: how many have this label."""

    id: int
    name: str
    code: str
    points: int
    created_at: Time


class Labels(Struct, frozen=True, kw_only=True):
    labels: list[Label]


class SourceImage(Struct, frozen=True, kw_only=True):
    """points: how many are labelled on it."""

    id: int
    name: str
    media: int
    sha256: str
    points: int
    created_at: Time


class SourceImages(Struct, frozen=True, kw_only=True):
    images: list[SourceImage]


class SourceImagePage(Struct, frozen=True, kw_only=True):
    images: list[SourceImage]
    next_cursor: str | None = None


class LabelledPoint(Struct, frozen=True, kw_only=True):
    """image: the name of its image; label: the code of its label."""

    id: int
    image: str
    row: int
    column: int
    label: str


class PointPage(Struct, frozen=True, kw_only=True):
    points: list[LabelledPoint]
    next_cursor: str | None = None


class PointsImported(Struct, frozen=True, kw_only=True):
    """added: new points; replaced: those that took another label; unchanged: those that were there as they are.

    unlabelled: lines of a CSV without a label, which were passed over.
    """

    added: int
    replaced: int
    unchanged: int
    unlabelled: int = 0


class PointsDeleted(Struct, frozen=True, kw_only=True):
    deleted: int


class Member(Struct, frozen=True, kw_only=True):
    id: int
    name: str
    may_edit: bool


class Members(Struct, frozen=True, kw_only=True):
    members: list[Member]
