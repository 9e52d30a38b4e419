"""The params of kinds that tell what is seen at points of pictures: features, train, classify, vet."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Id = Annotated[int, Meta(ge=1, le=2**53)]
Pixel = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Frame = Annotated[int, Meta(ge=0, le=2**53)]
Cells = Annotated[int, Meta(ge=1, le=1000)]
Url = Annotated[str, Meta(max_length=8192)]
Name = Annotated[str, Meta(max_length=500)]
Text = Annotated[str, Meta(min_length=1, max_length=500)]
Number = Annotated[float, Meta(ge=-1e9, le=1e9)]


class Place(Struct, frozen=True, forbid_unknown_fields=True):
    """A pixel of a picture, counted from its top left one, which is (0, 0)."""

    row: Pixel
    column: Pixel


class Grid(Struct, frozen=True, forbid_unknown_fields=True):
    """Points over the whole picture, rows x columns of them.

    uniform: the middle of each cell; stratified: a pixel drawn from each cell; random: as many drawn from the whole picture.
    Equal seeds draw equal points.
    """

    rows: Cells
    columns: Cells
    method: Literal["uniform", "random", "stratified"] = "uniform"
    seed: Annotated[int, Meta(ge=0, le=2**53)] = 0


class ClassifyImage(Struct, frozen=True, forbid_unknown_fields=True):
    """A picture, by URL or as a medium of yours, and its points, listed or as a grid. name: what you call it."""

    url: Url | None = None
    media: Id | None = None
    points: Annotated[list[Place], Meta(min_length=1)] | None = None
    grid: Grid | None = None
    name: Name = ""


class MovieSampling(Struct, frozen=True, forbid_unknown_fields=True):
    """Every so many frames of a movie, from frame `start` up to but not including frame `end`."""

    every: Annotated[int, Meta(ge=1, le=2**53)]
    start: Frame = 0
    end: Annotated[int, Meta(ge=1, le=2**53)] | None = None


class ClassifyParams(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="classify"):
    """Tell by a classifier what is seen at points of pictures, or of every so many frames of the input `movie`.

    Rows and columns address the pixels of a picture as they are stored, whatever its EXIF says, and those of an upright
    frame. points, grid: of each frame of a movie. top: so many labels per point, the likeliest first. overlay: also draw
    each picture with its points.
    """

    classifier: Id
    images: list[ClassifyImage] = []
    movie: MovieSampling | None = None
    points: Annotated[list[Place], Meta(min_length=1)] | None = None
    grid: Grid | None = None
    top: Annotated[int, Meta(ge=1, le=100)] = 5
    overlay: bool = True

    def names_urls(self) -> bool:
        """Whether a picture is to be fetched: what stands there may change."""
        return any(image.url is not None for image in self.images)


class FeaturesParams(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="features"):
    """Compute and keep the features of a source's labelled points. It is ordered through the source.

    images: how many there are in the input `labels`. backbone: None is the one that is built in.
    """

    source: Id
    images: Annotated[int, Meta(ge=1)]
    backbone: Id | None = None


class TrainParams(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="train"):
    """Learn a classifier from a source's labelled points. It is ordered through the source.

    images: how many there are in the input `labels`. backbone: None is the one that is built in. calibrate: make scores
    fit how often they are right. balance: give rare labels as much weight as frequent ones.
    """

    source: Id
    images: Annotated[int, Meta(ge=1)]
    backbone: Id | None = None
    head: Literal["logistic", "mlp"] = "logistic"
    calibrate: bool = True
    balance: bool = False
    seed: Annotated[int, Meta(ge=0, le=2**32 - 1)] = 0


class NetworkManifest(Struct, frozen=True, forbid_unknown_fields=True):
    """How a patch becomes a network's input, `(value * scale - mean) / std` with values 0 to 255, and what comes out.

    patch_px: the side of what is cut round a point; it is resized to input_px. length: features, or labels, per patch.
    """

    name: Text
    length: Annotated[int, Meta(ge=1, le=65_536)]
    patch_px: Annotated[int, Meta(ge=1, le=1024)] = 224
    input_px: Annotated[int, Meta(ge=1, le=1024)] = 224
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    channels: Literal["RGB", "BGR"] = "RGB"
    scale: Number = 1 / 255
    mean: tuple[Number, Number, Number] = (0.0, 0.0, 0.0)
    std: tuple[Number, Number, Number] = (1.0, 1.0, 1.0)
    input_name: Text = "input"
    output_name: Text = "output"
    licence: Name = ""


class ModelLabel(Struct, frozen=True, forbid_unknown_fields=True):
    """What one of a classifier's probabilities is of."""

    id: Id
    code: Text
    name: Text


class VetParams(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="vet"):
    """Look into a network that was made elsewhere. It is ordered with the backbone or classifier that it is to be.

    labels: of a classifier, in the order of its output.
    """

    role: Literal["backbone", "classifier"]
    manifest: NetworkManifest
    labels: list[ModelLabel] = []
