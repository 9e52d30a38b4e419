"""Tell a picture from a movie by its first bytes."""

from typing import Literal

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
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def still_kind(source: Source) -> StillKind | None:
    """Give the kind of picture that a file holds; None for a movie, an animated PNG among them, and what we do not know.

    Raises BadInput (unsupported_picture) for pictures that we cannot read.
    """
    with open_source(source) as reader:
        head = reader.read(_HEAD_BYTES)
    if head[4:8] == b"ftyp":
        return _of_brand(head[8:12])
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        if head[12:16] == b"VP8X" and head[20] & 2:
            raise BadInput("an animated WebP cannot be turned", code="unsupported_picture")
        return "webp"
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return None if b"acTL" in head[: head.find(b"IDAT")] else "png"
    if head[:4] in _TIFF:
        return "tiff"
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return "bmp"
    return {b"\xff\xd8\xff": "jpeg", b"GIF": "gif"}.get(head[:3])  # type: ignore[return-value] # literals


def _of_brand(brand: bytes) -> StillKind | None:
    if brand in _HEIC:
        raise BadInput(
            "a HEIC picture cannot be read here", code="unsupported_picture", hint="send it as JPEG or AVIF"
        )
    return "avif" if brand == b"avif" else None
