"""Decode a picture, turn its pixels, and encode it again as what it was."""

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from PIL import Image, JpegImagePlugin
from PIL.Image import DecompressionBombError, DecompressionBombWarning, Transpose

from pipelines.errors import BadInput
from pipelines.rotate.orientation import turn_of_exif
from pipelines.rotate.planes import turn_samples
from pipelines.rotate.still_kind import StillKind
from pipelines.rotate.values import Size
from pipelines.video.turn import Turn

_ROTATE = {
    90: Transpose.ROTATE_270,
    180: Transpose.ROTATE_180,
    270: Transpose.ROTATE_90,
}  # Pillow's go anticlockwise
_FORMATS: dict[StillKind, str] = {
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WEBP",
    "tiff": "TIFF",
    "bmp": "BMP",
    "gif": "GIF",
    "avif": "AVIF",
}
_EXIF = b"Exif\0\0"
# What Pillow's many readers raise at bytes that they did not expect; UnidentifiedImageError is an OSError.
_DAMAGE = (OSError, SyntaxError, ValueError, RuntimeError, LookupError, OverflowError, struct.error, EOFError)
_PNG_DEEP_COLOURS = frozenset({2, 4, 6})  # colour types that Pillow cuts to eight bits
_TIFF_LOSSLESS = frozenset({"raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "group3", "group4"})
# ImageDescription, Make, Model, resolution, Software, DateTime, Artist, Copyright
_TIFF_TAGS = (270, 271, 272, 282, 283, 296, 305, 306, 315, 33432)


@dataclass(frozen=True, slots=True)
class Header:
    """What Pillow tells of a picture without decoding it. size: as stored. exif: of an AVIF, its own turn among it."""

    size: Size
    exif: bytes


def read_header(data: bytes, kind: StillKind, pixels_limit: int) -> Header:
    """Read a picture's header. Raises BadInput: too_many_pixels, damaged_picture, several_pages."""
    with _opened(data, kind) as picture:
        width, height = picture.size
        if width * height > pixels_limit:
            raise BadInput(
                f"a picture of {width}x{height} has more than {pixels_limit:,} pixels", code="too_many_pixels"
            )
        if getattr(picture, "n_frames", 1) > 1:
            raise BadInput("a file of several pictures cannot be turned", code="several_pages")
        if kind == "tiff":  # Pillow tells, and decodes, it upright
            width, height = turn_of_exif(data).size(width, height)
        exif = picture.info.get("exif", b"") if kind == "avif" else b""
        return Header((width, height), exif.removeprefix(_EXIF))


def turn_pixels(data: bytes, kind: StillKind, turn: Turn, exif: bytes, quality: int) -> tuple[bytes, bool]:
    """Give the turned picture with this EXIF, and whether every pixel has its value still. turn: from what is stored."""
    if kind == "png" and data[24] == 16 and data[25] in _PNG_DEEP_COLOURS:
        return _deep_png(data, turn), True
    with _opened(data, kind) as picture:
        picture.load()
        if kind == "tiff":
            turn = turn_of_exif(data).inverse.then(turn)
        options = _options(picture, data, kind, quality)
        if exif and kind != "tiff":
            options["exif"] = _EXIF + exif
        turned = picture.transpose(Transpose.FLIP_LEFT_RIGHT) if turn.mirrored else picture
        turned = turned.transpose(_ROTATE[turn.rotation]) if turn.rotation else turned
        file = io.BytesIO()
        turned.save(file, _FORMATS[kind], **options)
    return file.getvalue(), kind in {"png", "tiff", "bmp", "gif"} or bool(options.get("lossless"))


def _options(picture: Image.Image, data: bytes, kind: StillKind, quality: int) -> dict[str, Any]:
    """Give how it is saved: as it was, as far as Pillow can tell."""
    options: dict[str, Any] = {}
    if profile := picture.info.get("icc_profile"):
        options["icc_profile"] = profile
    match kind:
        case "jpeg":
            is_full = isinstance(picture, JpegImagePlugin.JpegImageFile) and not JpegImagePlugin.get_sampling(
                picture
            )
            return options | {"quality": quality, "subsampling": 0 if is_full else 2}
        case "webp":
            return options | (
                {"lossless": True, "exact": True} if b"VP8L" in data[:4096] else {"quality": quality}
            )
        case "avif":
            return options | {"quality": quality}
        case "tiff":
            return options | _tiff_options(picture)
        case "png" | "bmp" | "gif":
            return options


def _tiff_options(picture: Any) -> dict[str, Any]:
    compression = picture.info.get("compression", "raw")
    tags = {tag: picture.tag_v2[tag] for tag in _TIFF_TAGS if tag in picture.tag_v2}
    return {"compression": compression if compression in _TIFF_LOSSLESS else "tiff_lzw", "tiffinfo": tags}


def _deep_png(data: bytes, turn: Turn) -> bytes:
    """Turn a PNG of 16 bits a channel; of what else is in the file nothing is kept."""
    samples = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if samples is None:
        raise BadInput("the picture is damaged", code="damaged_picture")
    _, encoded = cv2.imencode(".png", turn_samples(samples, turn))
    return encoded.tobytes()


@contextmanager
def _opened(data: bytes, kind: StillKind) -> Iterator[Image.Image]:
    """Open a picture as the kind that its first bytes tell, and nothing else; what fails within is damage."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damage that Pillow can do without
            warnings.simplefilter("error", DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=[_FORMATS[kind]]) as picture:
                yield picture
    except (DecompressionBombError, DecompressionBombWarning) as error:
        raise BadInput(f"the picture is too large: {error}", code="too_many_pixels") from error
    except _DAMAGE as error:
        raise BadInput(
            "the picture is damaged, or of a kind that cannot be read", code="damaged_picture"
        ) from error
