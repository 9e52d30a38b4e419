"""One frozen Struct per job kind; a request's params become one of these or are refused with the field's name."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from darkroom.params_classify import ClassifyParams, FeaturesParams, TrainParams, VetParams
from darkroom.params_streams import AggregateParams, CompactParams

Label = Annotated[str, Meta(min_length=1, max_length=100)]
Finite = Annotated[float, Meta(ge=-1e9, le=1e9)]


class Point(Struct, frozen=True, forbid_unknown_fields=True):
    """A named place on the picture: (x, y) in pixels, origin top left, x to the right, y down."""

    label: Label
    x: Finite
    y: Finite


class PictureSize(Struct, frozen=True, forbid_unknown_fields=True):
    """The size in pixels of the picture on which points were marked."""

    width: Annotated[int, Meta(ge=1, le=1_000_000)]
    height: Annotated[int, Meta(ge=1, le=1_000_000)]


class ProbeParams(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="probe"):
    """Look into a movie: container, codec, size, rotation, rate, true frame count, audio, colour."""


FrameNumber = Annotated[int, Meta(ge=0, le=2**53)]
Rotation = Literal[0, 90, 180, 270]
FramesPerMinute = Annotated[float, Meta(gt=0, le=6000)]  # at which a time lapse was taken
Comment = Annotated[str, Meta(max_length=10_000)]
Colour = Annotated[str, Meta(pattern="^#[0-9a-fA-F]{6}$")]
Side = Annotated[int, Meta(ge=1, le=65_535)]
Quality = Annotated[int, Meta(ge=1, le=100)]


class Correction(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a person saw a point on a later frame: the track goes through there. Pixels are those of the points."""

    label: Label
    frame: FrameNumber
    x: Finite
    y: Finite


class Drawing(Struct, frozen=True, forbid_unknown_fields=True):
    """How the traced movie is drawn.

    style: our rings, or the filled circles of Plant Tracer. names, scale_bar, clock: whether each is drawn; a scale bar
    needs two points that are named as a ruler's. fps: so many frames a second in place of the source's own times. size:
    of the source, or scaled so that the longer side has 640 px. first: the frame that the movie begins with, of those
    that are tracked or that an earlier track has. comment: a text that the file carries. colours: by label of a point, in
    place of the style's own; in the style of Plant Tracer, rulers stay red and an Apex orange.
    """

    style: Literal["darkroom", "planttracer"] = "darkroom"
    names: bool = True
    scale_bar: bool = True
    clock: bool = True
    fps: Annotated[float, Meta(gt=0, le=240)] | None = None
    size: Literal["source", "analysis"] = "source"
    first: FrameNumber | None = None
    comment: Comment = ""
    colours: dict[Label, Colour] = {}


TrackOutput = Literal["csv", "parquet", "xlsx", "movie", "zip", "analysis", "plot"]


class TrackParams(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="track"):
    """Follow points through a movie, from frame `start` up to but not including frame `end`.

    points are marked on frame `start`, in source pixels of the upright picture, or in pixels of a picture
    of `points_size`, from which they are scaled. Results are in source pixels.
    mode: `precise` holds on to what was marked; `baseline` follows from frame to frame as Plant Tracer does.
    corrections bend the track on both their sides. stabilise takes the camera's shake out, told by the rulers or the
    background. rotation: clockwise degrees on top of the movie's own; all places are on the picture so turned.
    frames_per_minute: for the times and rates of the analysis.
    """

    points: Annotated[list[Point], Meta(min_length=1)]
    points_size: PictureSize | None = None
    start: Annotated[int, Meta(ge=0)] = 0
    end: Annotated[int, Meta(ge=1)] | None = None
    mode: Literal["precise", "baseline"] = "precise"
    corrections: list[Correction] = []
    stabilise: Literal["none", "rulers", "background"] = "none"
    rotation: Rotation = 0
    outputs: Annotated[list[TrackOutput], Meta(min_length=1)] = field(
        default_factory=lambda: ["csv", "parquet", "movie", "analysis"]
    )
    drawing: Drawing = Drawing()
    frames_per_minute: FramesPerMinute | None = None
    keep_partial: bool = False  # when decoding breaks: keep what was computed and end as `partial`


class ArchiveParams(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="archive"):
    """Put every frame of a movie as a JPEG into one ZIP, `frame_0000.jpeg` first.

    longest_side: to which pictures are scaled, in pixels. rotation: clockwise degrees on top of the movie's own.
    comment: a text that each picture carries.
    """

    longest_side: Annotated[int, Meta(ge=16, le=16_384)] = 640
    rotation: Rotation = 0
    quality: Quality = 90
    comment: Comment = ""
    keep_partial: bool = False  # when decoding breaks: keep the frames before it and end as `partial`


class Smoothing(Struct, frozen=True, forbid_unknown_fields=True):
    """How places are smoothed: a polynomial of `order` fitted to `window` frames round each, or their mean, or not."""

    method: Literal["savitzky-golay", "moving-average", "none"] = "savitzky-golay"
    window: Annotated[int, Meta(ge=3, le=1001)] = 11
    order: Annotated[int, Meta(ge=1, le=5)] = 2


AnalysisOutput = Literal["json", "xlsx", "csv", "plot"]
FieldName = Annotated[str, Meta(min_length=1, max_length=100)]
FieldText = Annotated[str, Meta(max_length=1000)]


class AnalysisParams(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="analysis"):
    """Work out growth, rates and periods from a track that was made before, a `track.csv` or `track.parquet`.

    frames_per_minute: without it, times are those of the track. size: of the picture, which `bottom-left` as an origin
    needs. scale: displacements use the ruler as it is on the first frame, or on each. whole_pixels: the workbook has pixels
    rounded to whole ones. metadata: fields of the workbook's sheet `Metadata`, which come before ours or overrule them.
    """

    frames_per_minute: FramesPerMinute | None = None
    smoothing: Smoothing = Smoothing()
    size: PictureSize | None = None
    origin: Literal["top-left", "bottom-left"] = "top-left"
    scale: Literal["first", "frame"] = "first"
    whole_pixels: bool = False
    metadata: Annotated[dict[FieldName, FieldText | float | bool | None], Meta(max_length=50)] = {}
    outputs: Annotated[list[AnalysisOutput], Meta(min_length=1)] = field(
        default_factory=lambda: ["json", "xlsx"]
    )


class Roi(Struct, frozen=True, forbid_unknown_fields=True):
    """A region of the upright picture, in its pixels: left and top edge, width and height."""

    x: Annotated[int, Meta(ge=0)]
    y: Annotated[int, Meta(ge=0)]
    width: Annotated[int, Meta(ge=1)]
    height: Annotated[int, Meta(ge=1)]


Instant = Annotated[float, Meta(ge=0, le=1e9)]
FrameLayout = Literal["each", "montage", "contact", "sprites", "animation"]
ImageFormat = Literal["jpeg", "png", "webp", "avif", "gif"]


class FramesParams(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="frames"):
    """Take frames out of a movie, named by number (`frames`), by time (`seconds`), or spread evenly (`count`).

    rois: one for all, or one per frame, cut from the upright picture before scaling. width, height: what each frame is
    scaled to; one of them keeps the aspect. layout: a file each; one grid (`montage`); a grid with times (`contact`);
    `sprites` with a WebVTT; one `animation` of `fps` frames a second, or in the movie's own time. columns, rows: of a grid.
    upright: as the movie says it is to be shown; false: as stored. rotation: a further turn clockwise, after which rois,
    width and height are meant.
    """

    frames: Annotated[list[FrameNumber], Meta(min_length=1)] | None = None
    seconds: Annotated[list[Instant], Meta(min_length=1)] | None = None
    count: Annotated[int, Meta(ge=1)] | None = None
    layout: FrameLayout = "each"
    format: ImageFormat = "jpeg"
    quality: Quality = 90
    rois: list[Roi] = []
    width: Side | None = None
    height: Side | None = None
    columns: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    rows: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    fps: Annotated[float, Meta(gt=0, le=100)] | None = None
    upright: bool = True
    rotation: Literal[0, 90, 180, 270] = 0


class ThumbnailParams(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="thumbnail"):
    """Make one small picture of a movie: at a time, or of the frame that shows most among a few keyframes."""

    seconds: Instant | None = None
    width: Side = 320
    height: Side | None = None
    format: Literal["jpeg", "png", "webp", "avif"] = "jpeg"
    quality: Quality = 80
    upright: bool = True


class FrameRange(Struct, frozen=True, forbid_unknown_fields=True):
    """Frames from `start` up to but not including `end`."""

    start: FrameNumber
    end: Annotated[int, Meta(ge=1, le=2**53)]


class ClipParams(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="clip"):
    """Cut ranges out of a movie: a file each, or all joined into one.

    mode `copy` gives the whole groups of pictures that hold a range, bit by bit, and says which; `exact` encodes exactly the
    range anew; `smart` encodes only the incomplete groups at its ends anew and copies the rest, and falls back to
    `exact`, saying why, where the codec forbids it.
    """

    ranges: Annotated[list[FrameRange], Meta(min_length=1)]
    mode: Literal["copy", "exact", "smart"] = "smart"
    joined: bool = False
    audio: bool = True


class RotateParams(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="rotate"):
    """Turn a movie or picture: first flip it as it is shown now, then turn it clockwise by `rotation` degrees.

    method `metadata` writes how it is to be shown and leaves the pictures as they are; `pixels` turns the pictures.
    """

    rotation: Rotation = 0
    flip: Literal["none", "horizontal", "vertical"] = "none"
    method: Literal["metadata", "pixels"] = "metadata"


class TranscodeParams(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="transcode"):
    """Make a movie that every browser plays, in one size per height that does not exceed the source's.

    packaging `mp4` has its index in front, `fmp4` comes in fragments, `hls` adds playlists. Rotation is baked in, HDR
    becomes SDR, and what is fit for the web already is copied. crf: x264's constant rate factor, lower is better.
    """

    heights: Annotated[list[Annotated[int, Meta(ge=16, le=4320)]], Meta(min_length=1, max_length=8)] = field(
        default_factory=lambda: [480, 720, 1080]
    )
    packaging: Literal["mp4", "fmp4", "hls"] = "mp4"
    crf: Annotated[int, Meta(ge=0, le=51)] = 23
    preset: Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"] = "veryfast"
    audio: bool = True
    poster: bool = True
    encoder: Literal["auto", "x264"] = "auto"


class PhotoParams(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="photo"):
    """Look into a JPEG, PNG or GIF: size, EXIF orientation and place; make an upright JPEG per side, the longer one in px."""

    sides: Annotated[list[Annotated[int, Meta(ge=16, le=4096)]], Meta(min_length=1, max_length=10)] = field(
        default_factory=lambda: [150, 300, 500]
    )
    quality: Quality = 85


class DrillParams(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="drill"):
    """Rehearse: take `seconds`, then do as `ending` says. Off unless DARKROOM_DRILLS is true.

    joins: one part more, that puts together what the others made and says of how many pieces it is.
    """

    seconds: Annotated[float, Meta(ge=0, le=86400)] = 0.0
    ending: Literal["succeed", "fail", "raise", "spin", "stall", "exhaust", "abort"] = "succeed"
    output_bytes: Annotated[int, Meta(ge=0, le=1 << 30)] = 0
    parts: Annotated[int, Meta(ge=1, le=1000)] = 1
    joins: bool = False
    queue: Literal["quick", "cpu", "io", "gpu"] = "quick"


Params = (
    ProbeParams
    | TrackParams
    | ArchiveParams
    | AnalysisParams
    | FramesParams
    | ThumbnailParams
    | ClipParams
    | RotateParams
    | TranscodeParams
    | PhotoParams
    | AggregateParams
    | CompactParams
    | FeaturesParams
    | TrainParams
    | ClassifyParams
    | VetParams
    | DrillParams
)
