"""The pixels of a still picture, as they are stored in its file."""

import struct
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, cast

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.Image import DecompressionBombError

from pipelines.classify.jpeg import ends_grey, is_sound
from pipelines.errors import BadInput
from pipelines.source import Source, open_source, size_bytes

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")
BYTES_LIMIT = 30 * 2**20
PIXELS_LIMIT = 64_000_000
SIDE_LIMIT_PX = 30_000
# How files begin whose format is read here: if one cannot be opened, it is damaged, not of another kind.
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N")
# Modes whose values have a known place between black and white, which "I" and "F" have not.
_MODES = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", *_SIXTEEN_BITS)
# What Pillow's readers raise at bytes that they did not expect.
_DAMAGE = (OSError, SyntaxError, ValueError, RuntimeError, LookupError, OverflowError, struct.error, EOFError)
# Above so many pixels none is held twice, not even for a moment, at the price of slower cutting.
_ONCE_FROM = 32_000_000
_STRIP = 64  # rows that are converted at once, so that no second picture stands in memory

cv2.setNumThreads(1)  # workers share their cores by process, not by thread


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture. pixels: (height, width, 3) uint8, RGB, rows and columns as stored: no turn of EXIF's is made.

    Those of a large picture may be read only, and lie four bytes apart.
    """

    pixels: NDArray[np.uint8]
    width: int
    height: int
    format: str


def read_picture(
    source: Source,
    *,
    bytes_limit: int = BYTES_LIMIT,
    pixels_limit: int = PIXELS_LIMIT,
    side_limit: int = SIDE_LIMIT_PX,
) -> Picture:
    """Decode a JPEG, PNG, WebP, TIFF or BMP file, whatever it is called; of several pictures the first.

    Alpha is dropped, 16 bits are scaled to 8. The size is read from the header before anything is decoded.
    Raises BadInput: too_large, unsupported_picture, too_many_pixels, damaged_picture; and MemoryError.
    """
    with open_source(source) as reader:
        if size_bytes(reader) > bytes_limit:
            raise _over(f"{bytes_limit} bytes", code="too_large")
        file = cast("IO[bytes]", reader)
        return _guarded(lambda: _read(file, pixels_limit, side_limit), pixels_limit)


def _guarded(read: Callable[[], Picture], pixels_limit: int) -> Picture:
    """Whatever fails within a file that is one of ours is damage."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # damage that Pillow can do without, and sizes below its own limit
            return read()
    except DecompressionBombError as error:
        raise _over(f"{pixels_limit} pixels", code="too_many_pixels") from error
    except (*_DAMAGE, cv2.error) as error:
        if isinstance(error, cv2.error) and error.code == cv2.Error.StsNoMem:
            raise MemoryError("memory is short for a picture") from error
        raise _damaged() from error


def _read(file: IO[bytes], pixels_limit: int, side_limit: int) -> Picture:
    with _opened(file) as picture:
        width, height = picture.size
        if max(width, height) > side_limit:
            raise _over(f"{side_limit} pixels a side", code="too_many_pixels")
        if width * height > pixels_limit:
            raise _over(f"{pixels_limit} pixels", code="too_many_pixels")
        if picture.mode not in _MODES:
            raise _unsupported()
        name = picture.format or ""
        is_large = width * height > _ONCE_FROM
        is_jpeg = name in {"JPEG", "MPO"} and picture.mode in {"L", "RGB"}
        if is_large and picture.mode == "RGB":
            pixels = _viewed(picture)
        elif not is_large and is_jpeg:
            pixels = _decoded_jpeg(file, picture.size)
        else:
            pixels = _converted(picture)
        if is_jpeg and ends_grey(pixels) and not is_sound(_whole(file)):
            raise _damaged()
    return Picture(pixels, width, height, "JPEG" if name == "MPO" else name)


def _opened(file: IO[bytes]) -> Image.Image:
    try:
        return Image.open(file, formats=FORMATS)
    except UnidentifiedImageError as error:
        file.seek(0)
        raise _damaged() if _is_ours(file.read(12)) else _unsupported() from error


def _is_ours(head: bytes) -> bool:
    is_webp = head[:4] == b"RIFF" and head[8:] == b"WEBP"
    return is_webp or head.startswith(_BEGINNINGS)


def _decoded_jpeg(file: IO[bytes], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Decode by OpenCV: the same pixels as Pillow's, without the time that unpacking its four bytes per pixel takes.

    It gives nothing at all for a file that ends too early, which is as it should be.
    """
    content = np.frombuffer(_whole(file), np.uint8)
    pixels: Any = cv2.imdecode(content, cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None or pixels.shape != (size[1], size[0], 3):
        raise _damaged()
    return cast("NDArray[np.uint8]", pixels)


def _whole(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _viewed(picture: Image.Image) -> NDArray[np.uint8]:
    """Decode into Pillow's own memory, four bytes per pixel, and look at three of them there: nothing is copied."""
    memory: Any = Image.core  # type: ignore[attr-defined]
    memory.set_use_block_allocator(1)  # one block, without which there is no array to look at
    try:
        picture.load()
    finally:
        memory.set_use_block_allocator(0)
    values = pa.array(picture).flatten().to_numpy(zero_copy_only=True)
    pixels: NDArray[np.uint8] = values.reshape(picture.height, picture.width, 4)[..., :3]
    return pixels


def _converted(picture: Image.Image) -> NDArray[np.uint8]:
    picture.load()
    width, height = picture.size
    pixels = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _STRIP):
        bottom = min(top + _STRIP, height)
        strip = picture.crop((0, top, width, bottom))
        is_deep = picture.mode in _SIXTEEN_BITS
        pixels[top:bottom] = _eight_bits(strip) if is_deep else np.asarray(strip.convert("RGB"))
    return pixels


def _eight_bits(strip: Image.Image) -> NDArray[np.uint8]:
    """Scale grey of 16 bits by its upper byte, as libpng does, into three equal channels: Pillow would clip it."""
    grey = (np.asarray(strip).astype(np.uint16) >> 8).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _over(limit: str, *, code: str) -> BadInput:
    return BadInput(f"This image is larger than the limit of {limit}.", code=code)


def _unsupported() -> BadInput:
    return BadInput("This file is not a supported image.", code="unsupported_picture")


def _damaged() -> BadInput:
    return BadInput("The image is damaged or incomplete.", code="damaged_picture")
