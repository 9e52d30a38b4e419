"""What may be asked of a movie's frames, and what comes of it."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pipelines.errors import BadInput
from pipelines.stills.image import check_quality
from pipelines.stills.region import Roi

Tick = Callable[[int, int, str], None]  # (done, total, phase); may raise to stop the work
Layout = Literal["each", "montage", "contact", "sprites", "animation"]
Format = Literal["jpeg", "png", "webp", "avif", "gif"]

ANIMATED = ("gif", "webp")
FPS_LIMIT = 100.0


@dataclass(frozen=True, slots=True)
class Order:
    """Which frames, and how they are given out. Exactly one of frames, seconds and count.

    frames: numbers, from 0. seconds: since the first frame is shown. count: so many, spread evenly.
    layout: a file each; one grid (`montage`); a grid with times (`contact`); `sprites` with a WebVTT; one
    `animation`. quality: 1..100. rois: none, one for all, or one per frame, in pixels of the picture before
    scaling. width, height: what each frame is scaled to. columns, rows: of a grid or a sheet. fps: of an
    animation, None for the movie's own time. upright: as the movie says, else as stored. title: heads a contact sheet.
    rotation: a further turn clockwise in degrees; regions and sizes are those of the turned picture.
    """

    frames: Sequence[int] = ()
    seconds: Sequence[float] = ()
    count: int | None = None
    layout: Layout = "each"
    image_format: Format = "jpeg"
    quality: int = 90
    rois: Sequence[Roi] = ()
    width: int | None = None
    height: int | None = None
    columns: int | None = None
    rows: int | None = None
    fps: float | None = None
    upright: bool = True
    title: str | None = None
    rotation: Literal[0, 90, 180, 270] = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one order may ask for: frames, pixels of one picture that is made, and of all of them together."""

    frames: int = 1000
    picture_pixels: int = 100_000_000
    all_pixels: int = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame that was asked for, and when it is shown, in seconds since the movie's first."""

    number: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Extracted:
    """What an order has come to.

    files: (name, content type). frames: in the order of the request. damaged: numbers of the frames that
    cannot be decoded. width, height: of each frame as it is given out.
    """

    files: tuple[tuple[str, str], ...]
    frames: tuple[Shown, ...]
    damaged: tuple[int, ...]
    width: int
    height: int

    def as_dict(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        return asdict(self)


def check_order(order: Order) -> None:
    """Raise BadInput when what is asked for contradicts itself; which frames there are is not looked at."""
    check_quality(order.quality)
    animated = order.layout == "animation"
    if animated and order.image_format not in ANIMATED:
        raise BadInput(f"an animation is a gif or webp, not {order.image_format}", code="bad_format")
    if not animated and order.image_format == "gif":
        raise BadInput("a gif is made of layout 'animation' only", code="bad_format")
    if order.fps is not None and not 0 < order.fps <= FPS_LIMIT:
        raise BadInput(f"fps {order.fps:g} is not above 0 and at most {FPS_LIMIT:g}", code="bad_fps")
