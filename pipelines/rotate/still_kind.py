"""Tell a picture from a movie by its first bytes."""

import re
from typing import IO, Literal, cast

from PIL import Image
from PIL.Image import DecompressionBombError, DecompressionBombWarning

from pipelines.errors import BadInput
from pipelines.source import Source, open_source

StillKind = Literal["jpeg", "png", "webp", "tiff", "bmp", "gif", "avif"]

SUFFIXES: dict[StillKind, str] = {
    "jpeg": ".jpg",
    "png": ".png",
    "webp": ".webp",
    "tiff": ".tif",
    "bmp": ".bmp",
    "gif": ".gif",
    "avif": ".avif",
}
_HEAD_BYTES = 1 << 12
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"mif1")
_PATTERNS: dict[StillKind, re.Pattern[bytes]] = {
    "jpeg": re.compile(rb"\xff\xd8\xff"),
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "tiff": re.compile(rb"II[*+]\0|MM\0[*+]"),
    "bmp": re.compile(rb"BM....\0\0\0\0", re.DOTALL),
    "gif": re.compile(rb"GIF8[79]a"),
}


def still_kind(source: Source) -> StillKind | None:
    """Give the kind of picture that a file holds; None for a movie, an animated PNG or GIF among them, and what we do not know.

    Raises BadInput (unsupported_picture) for pictures that we cannot read.
    """
    with open_source(source) as reader:
        head = reader.read(_HEAD_BYTES)
    if head[4:8] == b"ftyp":
        return _of_brand(head[8:12])
    kind = next((kind for kind, pattern in _PATTERNS.items() if pattern.match(head)), None)
    match kind:
        case "gif" if _is_animated(source):
            return None
        case "png" if b"acTL" in head[: head.find(b"IDAT")]:
            return None
        case "webp" if head[12:16] == b"VP8X" and head[20] & 2:
            raise BadInput("an animated WebP cannot be turned", code="unsupported_picture")
    return kind


def _is_animated(source: Source) -> bool:
    """Count the frames of a GIF. One that is damaged is left to a movie's reader, a bomb to whoever reads its header."""
    try:
        with open_source(source) as reader, Image.open(cast("IO[bytes]", reader), formats=["GIF"]) as picture:
            return bool(getattr(picture, "is_animated", False))
    except (DecompressionBombError, DecompressionBombWarning):
        return False
    except (OSError, SyntaxError, ValueError, EOFError):
        return True


def _of_brand(brand: bytes) -> StillKind | None:
    if brand in _HEIC:
        raise BadInput(
            "a HEIC picture cannot be read here", code="unsupported_picture", hint="send it as JPEG or AVIF"
        )
    return "avif" if brand == b"avif" else None
