"""What is to know of a photo, and small copies of it."""

import struct
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, cast

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError
from PIL.Image import DecompressionBombError, DecompressionBombWarning, Transpose

from pipelines.errors import BadInput
from pipelines.source import Source, open_source

FORMATS = ("JPEG", "PNG", "GIF")
SIDES_PX = (150, 300, 500)
QUALITY = 85
PIXELS_LIMIT = 100_000_000
_BACKGROUND = (255, 255, 255)  # behind what is transparent: a JPEG has no alpha
# EXIF 2.32, tag 274: how the stored picture is turned to stand upright.
_UPRIGHT = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
# What Pillow's readers raise at bytes that they did not expect.
_DAMAGE = (OSError, SyntaxError, ValueError, RuntimeError, LookupError, OverflowError, struct.error, EOFError)


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """One small copy: a JPEG that stands upright, with its size in pixels."""

    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Photo:
    """What was found. width, height: in pixels, as stored. orientation: EXIF's, 1 to 8. Degrees, north and east positive."""

    format: str
    width: int
    height: int
    orientation: int
    latitude: float | None
    longitude: float | None
    thumbnails: tuple[Thumbnail, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def develop_photo(
    source: Source,
    out_dir: Path,
    *,
    sides: Sequence[int] = SIDES_PX,
    quality: int = QUALITY,
    pixels_limit: int = PIXELS_LIMIT,
) -> Photo:
    """Look into a JPEG, PNG or GIF and write a thumbnail per side, the longer one in pixels, as `thumbnail-<side>.jpg`.

    Each is cut from the next larger one, none is larger than the photo. Of a GIF the first picture counts.
    Raises BadInput: unsupported_picture, too_many_pixels, damaged_picture.
    """
    with open_source(source) as reader, _opened(cast("IO[bytes]", reader)) as picture:
        width, height = picture.size
        if width * height > pixels_limit:
            raise BadInput(
                f"a photo of {width}x{height} has more than {pixels_limit:,} pixels", code="too_many_pixels"
            )
        exif = picture.getexif()
        orientation = _orientation(exif)
        latitude, longitude = _place(exif)
        image_format = picture.format or ""
        shown = _shown(picture, max(sides), orientation)
    thumbnails = tuple(_write_thumbnails(shown, out_dir, sides, quality))
    return Photo(image_format, width, height, orientation, latitude, longitude, thumbnails)


@contextmanager
def _opened(file: IO[bytes]) -> Iterator[Image.Image]:
    """Open a photo as what its bytes are, whatever it is called; what fails within is damage."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damage that Pillow can do without
            warnings.simplefilter("error", DecompressionBombWarning)
            try:
                picture = Image.open(file, formats=FORMATS)
            except UnidentifiedImageError as error:
                raise BadInput("this is no JPEG, PNG or GIF", code="unsupported_picture") from error
            with picture:
                yield picture
    except (DecompressionBombError, DecompressionBombWarning) as error:
        raise BadInput(f"the photo is too large: {error}", code="too_many_pixels") from error
    except _DAMAGE as error:
        raise BadInput("the photo is damaged", code="damaged_picture") from error


def _shown(picture: Image.Image, side: int, orientation: int) -> Image.Image:
    """Return the picture in RGB, upright, with no side longer than `side`."""
    picture.draft(None, (2 * side, 2 * side))  # a JPEG is then decoded at a fraction of its size
    picture.load()
    if picture.mode.startswith("I"):  # 16 bits: Pillow would cut instead of scale
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    if picture.has_transparency_data:
        with_alpha = picture.convert("RGBA")
        background = Image.new("RGB", picture.size, _BACKGROUND)
        background.paste(with_alpha, mask=with_alpha.getchannel("A"))
        picture = background
    small = picture.convert("RGB")
    small.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    turn = _UPRIGHT.get(orientation)
    return small if turn is None else small.transpose(turn)


def _write_thumbnails(
    picture: Image.Image, out_dir: Path, sides: Sequence[int], quality: int
) -> Iterator[Thumbnail]:
    """Write from the largest to the smallest; give them in the order of `sides`."""
    made = {}
    for side in sorted(sides, reverse=True):
        if max(picture.size) > side:
            picture = ImageOps.contain(picture, (side, side), Image.Resampling.LANCZOS)
        name = f"thumbnail-{side}.jpg"
        picture.save(out_dir / name, "JPEG", quality=quality, exif=b"")  # upright: it says nothing of a turn
        made[side] = Thumbnail(name, *picture.size)
    yield from (made[side] for side in sides)


def _orientation(exif: Image.Exif) -> int:
    value = exif.get(ExifTags.Base.Orientation)
    return value if isinstance(value, int) and value in _UPRIGHT else 1


def _place(exif: Image.Exif) -> tuple[float | None, float | None]:
    """Return latitude and longitude in degrees; none unless both are there, and on the globe."""
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    latitude = _degrees(gps, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, "S", 90.0)
    longitude = _degrees(gps, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, "W", 180.0)
    return (None, None) if latitude is None or longitude is None else (latitude, longitude)


def _degrees(gps: dict[int, Any], tag: int, reference: int, negative: str, limit: float) -> float | None:
    try:
        whole, minutes, seconds = (float(part) for part in gps[tag])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    degrees = whole + minutes / 60 + seconds / 3600
    if not 0 <= degrees <= limit:  # NaN, which a fraction 0/0 gives, is in no range either
        return None
    return -degrees if gps.get(reference) == negative else degrees
