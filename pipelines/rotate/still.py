"""Turn a picture: by its EXIF, by the coefficients of a JPEG, or by its pixels; EXIF stays true to what is seen."""

from dataclasses import dataclass

from pipelines.errors import BadInput
from pipelines.rotate.exif_place import NoPlace, read_exif, write_exif
from pipelines.rotate.jpeg_transform import NotLossless, turn_jpeg
from pipelines.rotate.orientation import turn_of_exif, turned_exif
from pipelines.rotate.still_kind import SUFFIXES, StillKind
from pipelines.rotate.still_pixels import read_header, turn_pixels
from pipelines.rotate.values import Method, Rotated, Size, Turning
from pipelines.source import Source, open_source, size_bytes
from pipelines.video.turn import Turn

STILL_BYTES_LIMIT = 1 << 28  # a picture's file is held in memory, once or twice

_PROGRESSIVE = 0xC2  # marker of a JPEG's frame


@dataclass(frozen=True, slots=True)
class _Still:
    """A picture's file. exif: none where it has none. size: as stored. turn: from stored to shown."""

    kind: StillKind
    data: bytes
    exif: bytes
    size: Size
    turn: Turn


@dataclass(frozen=True, slots=True)
class _Made:
    data: bytes
    method: Method
    why: str
    bit_identical: bool
    lossless: bool


def rotate_still(source: Source, turning: Turning, method: Method, kind: StillKind) -> Rotated:
    """Turn a picture. Raises BadInput: too_large, too_many_pixels, damaged_picture, unsupported_picture."""
    still = _read(source, turning, kind)
    turning.tick(0, 1, "turning")
    made = _by_exif(still, turning) if method == "metadata" else _upright(still, turning)
    before = still.turn.size(*still.size)
    path = turning.folder / f"rotated{SUFFIXES[kind]}"
    path.write_bytes(made.data)
    turning.tick(1, 1, "turning")
    return Rotated(
        file=path.name,
        content_type=f"image/{kind}",
        method=made.method,
        why=made.why,
        before=before,
        after=turning.turn.size(*before),
        bit_identical=made.bit_identical,
        lossless=made.lossless,
    )


def _read(source: Source, turning: Turning, kind: StillKind) -> _Still:
    with open_source(source) as reader:
        size = size_bytes(reader)
        if size > turning.limits.still_bytes:
            raise BadInput(
                f"a picture of {size:,} bytes is over the limit of {turning.limits.still_bytes:,}",
                code="too_large",
            )
        data = reader.read(size)
    header = read_header(data, kind, turning.limits.pixels)
    try:
        exif = read_exif(kind, data)
    except NoPlace:
        exif = header.exif
    return _Still(kind, data, exif, header.size, turn_of_exif(exif))


def _by_exif(still: _Still, turning: Turning) -> _Made:
    """Say in EXIF how the picture is shown; turn the pixels where its kind has no EXIF."""
    exif = turned_exif(still.exif, still.turn.then(turning.turn))
    try:
        data = write_exif(still.kind, still.data, exif)
    except NoPlace as obstacle:
        made = _upright(still, turning)
        return _Made(made.data, made.method, f"{made.why}, for {obstacle}", made.bit_identical, made.lossless)
    return _Made(
        data, "metadata", "its EXIF orientation was set; the picture's data are as before", True, True
    )


def _upright(still: _Still, turning: Turning) -> _Made:
    """Turn the pixels, and say in EXIF that they are upright."""
    whole = still.turn.then(turning.turn)
    if whole.is_none and still.kind != "avif":
        data = _plain(still.kind, still.data)
        return _Made(data, "pixels", "its pixels stood so already; only its EXIF said otherwise", True, True)
    if still.kind != "jpeg":
        return _by_pixels(still, whole, turning, "its pixels were turned")
    try:
        data = turn_jpeg(still.data, whole, is_progressive=_is_progressive(still.data))
    except NotLossless as obstacle:
        return _by_pixels(still, whole, turning, f"its pixels were turned and encoded anew, for {obstacle}")
    return _Made(_plain("jpeg", data), "pixels", "its coefficients were turned, without loss", False, True)


def _by_pixels(still: _Still, turn: Turn, turning: Turning, why: str) -> _Made:
    exif = turned_exif(still.exif, Turn(), without_thumbnail=True) if still.exif else b""
    data, is_lossless = turn_pixels(still.data, still.kind, turn, exif, turning.encoding.quality)
    return _Made(data, "pixels", why, False, is_lossless)


def _plain(kind: StillKind, data: bytes) -> bytes:
    """Let a picture's EXIF say that it is upright, and forget its small copy; leave one without EXIF alone."""
    exif = read_exif(kind, data)
    if not exif:
        return data
    return write_exif(kind, data, turned_exif(exif, Turn(), without_thumbnail=kind != "tiff"))


def _is_progressive(data: bytes) -> bool:
    at = data.find(bytes([0xFF, _PROGRESSIVE]))
    return 0 <= at < data.find(b"\xff\xda")
