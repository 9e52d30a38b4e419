"""The native JSON of classifiers, field for field: what is trained, imported, and found by it."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from api.dialects.native.source_wire import LabelCode, SourceName
from api.dialects.native.wire import Id, Time
from darkroom.jobs import Failure
from darkroom.params_classify import NetworkManifest

Threshold = Annotated[float, Meta(ge=0, le=1)]


# ---- what comes in


class FeaturesOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Compute the features of all points. backbone: the built-in one if not said."""

    backbone: Id | None = None


class TrainOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Train a classifier on all labelled points as they are now.

    backbone: the built-in one if not said. head: multinomial logistic regression, or a multilayer perceptron. calibrate:
    fit the scores to how often they are right. balance: let rare labels weigh as much as frequent ones.
    """

    name: SourceName | None = None
    backbone: Id | None = None
    head: Literal["logistic", "mlp"] = "logistic"
    calibrate: bool = True
    balance: bool = False
    seed: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0


class ClassifierOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A classifier that was trained elsewhere: an ONNX file that gives one probability per label.

    labels: those of the source, in the order of the network's outputs, by their codes.
    """

    name: SourceName
    media: Id
    manifest: NetworkManifest
    labels: Annotated[list[LabelCode], Meta(min_length=2)]


class ClassifierChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is. threshold: the score below which a person is to look; null takes it away."""

    name: SourceName | UnsetType = UNSET
    threshold: Threshold | UnsetType | None = UNSET


class BackboneOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A network that gives features: an ONNX file among your media, and how it wants to be fed."""

    name: SourceName
    media: Id
    manifest: NetworkManifest


class ClassificationsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """format: `csv` gives one line per point."""

    format: Literal["json", "csv"] | None = None


# ---- what goes out


class LabelFigures(Struct, frozen=True, kw_only=True):
    """support: points that people gave this label, on so many images. is_evaluated: whether it has points in two folds.

    cover: the mean share of an image's points that has it, by people, and by the classifier; cover_error: how far these
    are apart, on average over images. null: not defined, as the precision of a label that was never given.
    """

    id: int
    code: str
    name: str
    support: int
    images: int
    is_evaluated: bool
    precision: float | None
    recall: float | None
    f1: float | None
    cover: float
    estimated_cover: float
    cover_error: float


class Confusion(Struct, frozen=True, kw_only=True):
    """counts: how many points of the label of the row were taken for that of the column."""

    labels: list[int]
    counts: list[list[int]]


class Coverage(Struct, frozen=True, kw_only=True):
    """Of the points whose score is at least the threshold: their share, and how many of them are right."""

    threshold: float
    coverage: float
    accuracy: float | None


class Evaluation(Struct, frozen=True, kw_only=True):
    """How a classifier did on images that it had not learned from: out of fold, folds split by image."""

    points: int
    images: int
    folds: int
    accuracy: float
    balanced_accuracy: float | None
    macro_f1: float | None
    kappa: float | None
    top_accuracy: dict[str, float]
    calibration_error: float
    coverage: list[Coverage]
    suggested_threshold: float
    labels: list[LabelFigures]
    confusion: Confusion


class KnownLabel(Struct, frozen=True, kw_only=True):
    id: int
    code: str
    name: str


class Classifier(Struct, frozen=True, kw_only=True):
    """One classifier. state: it can be used once it is `ready`. labels: those that it tells apart, as they were called when
    it was ordered. figures: what its evaluation found, split by image. backbone: null is the built-in one, or that of a
    classifier that was trained elsewhere. failure: why it was not made. job: what makes it, which only who it is of (of a
    training the owner of the source) may look at.
    """

    id: int
    source: int
    name: str
    state: Literal["training", "ready", "failed"]
    labels: list[KnownLabel]
    backbone: int | None
    figures: dict[str, Any] | None
    threshold: float | None
    sha256: str | None
    job: int
    failure: Failure | None
    created_at: Time
    ready_at: Time | None
    links: dict[str, str]


class ClassifierPage(Struct, frozen=True, kw_only=True):
    classifiers: list[Classifier]
    next_cursor: str | None = None


class Backbone(Struct, frozen=True, kw_only=True):
    """One backbone. state: it can be used once it is `ready`. figures: what was found when it was looked into."""

    id: int
    name: str
    state: Literal["vetting", "ready", "failed"]
    figures: dict[str, Any] | None
    media: int | None
    sha256: str
    manifest: NetworkManifest
    job: int
    failure: Failure | None
    created_at: Time
    links: dict[str, str]


class BackbonePage(Struct, frozen=True, kw_only=True):
    backbones: list[Backbone]
    next_cursor: str | None = None


class ClassLabel(Struct, frozen=True, kw_only=True):
    """One of the labels of a point, and how sure of it the classifier is: scores of all labels sum to 1."""

    label_id: int
    code: str
    name: str
    score: float


class ClassifiedPoint(Struct, frozen=True, kw_only=True):
    """classes: the likeliest first, the `top` of them."""

    row: int
    column: int
    classes: list[ClassLabel]


class ImageFault(Struct, frozen=True, kw_only=True):
    code: str
    message: str


class ClassifiedImage(Struct, frozen=True, kw_only=True):
    """One image: its points, or the fault for which it has none.

    index: its place in the order. name: as ordered, else that of its medium. url or media: as ordered; frame and seconds: of a movie's picture.
    """

    index: int
    name: str
    url: str | None = None
    media: int | None = None
    frame: int | None = None
    seconds: float | None = None
    sha256: str | None = None
    width: int | None = None
    height: int | None = None
    points: list[ClassifiedPoint] = []
    error: ImageFault | None = None


class Classifications(Struct, frozen=True, kw_only=True):
    """What a classify job has found so far, in the order in which it was asked.

    complete: the job has ended, and no more will come. total: images in all; classified, failed: how many of them have
    ended so.
    """

    job: int
    complete: bool
    total: int
    classified: int
    failed: int
    images: list[ClassifiedImage]
