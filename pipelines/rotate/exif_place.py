"""Where EXIF lies in the bytes of a JPEG, PNG, WebP or TIFF, and how it is put there; the picture's data stay as they are."""

import struct
import zlib
from collections.abc import Callable, Iterator

from pipelines.rotate.still_kind import StillKind

_EXIF = b"Exif\0\0"
_SEGMENT_LIMIT = 65_533 - len(_EXIF)
_WEBP_EXIF, _WEBP_ALPHA = 0x08, 0x10
_VP8_SIZE, _VP8L_SIZE = 6, 1  # where the sides stand in a frame's bytes


class NoPlace(Exception):
    """Says that a file has no room for EXIF, or is damaged."""


def read_exif(kind: StillKind, data: bytes) -> bytes:
    """Give the EXIF of a picture; none where there is none. Raises NoPlace for a kind without EXIF, and damage."""
    return bytes(_of_kind(kind)(data, None)[0])


def write_exif(kind: StillKind, data: bytes, exif: bytes) -> bytes:
    """Give the picture with other EXIF. Raises NoPlace."""
    return _of_kind(kind)(data, exif)[1]


_Way = Callable[
    [bytes, bytes | None], tuple[bytes, bytes]
]  # the EXIF that was there, the picture with the new


def _of_kind(kind: StillKind) -> _Way:
    ways: dict[StillKind, _Way] = {"jpeg": _jpeg, "png": _png, "webp": _webp, "tiff": _tiff}
    if kind not in ways:
        raise NoPlace(f"files of kind {kind} have no place for an orientation")
    return _guarded(ways[kind])


def _guarded(way: _Way) -> _Way:
    def guarded(data: bytes, exif: bytes | None) -> tuple[bytes, bytes]:
        try:
            return way(data, exif)
        except (struct.error, IndexError) as error:
            raise NoPlace("the picture is damaged") from error

    return guarded


def _tiff(data: bytes, exif: bytes | None) -> tuple[bytes, bytes]:
    return data, exif or data


def _jpeg(data: bytes, exif: bytes | None) -> tuple[bytes, bytes]:
    place, found = 2, (0, 0)
    for kind, start, end in _segments(data):
        if kind == 0xE0 and start == 2:
            place = end
        if kind == 0xE1 and data[start + 4 : start + 10] == _EXIF:
            found = start, end
            break
    old = data[found[0] + 10 : found[1]]
    if exif is None:
        return old, data
    if len(exif) > _SEGMENT_LIMIT:
        raise NoPlace("its EXIF is as long as it can be")
    segment = struct.pack(">HH", 0xFFE1, 2 + len(_EXIF) + len(exif)) + _EXIF + exif
    start, end = found if found[1] else (place, place)
    return old, data[:start] + segment + data[end:]


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Give (marker, start, end) of a JPEG's segments before its picture."""
    at = 2
    while data[at] == 0xFF and data[at + 1] != 0xDA:
        if data[at + 1] == 0xFF:  # padding
            at += 1
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        yield data[at + 1], at, at + 2 + length
        at += 2 + length


def _png(data: bytes, exif: bytes | None) -> tuple[bytes, bytes]:
    at, old, place = 8, b"", (0, 0)
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"eXIf":
            old, place = data[at + 8 : at + 8 + length], (at, at + 12 + length)
        if kind == b"IDAT" and not place[1]:
            place = (at, at)
        at += 12 + length
    if exif is None:
        return old, data
    body = b"eXIf" + exif
    chunk = struct.pack(">I", len(exif)) + body + struct.pack(">I", zlib.crc32(body))
    return old, data[: place[0]] + chunk + data[place[1] :]


def _webp(data: bytes, exif: bytes | None) -> tuple[bytes, bytes]:
    chunks = list(_chunks(data))
    old = next((body for kind, body in chunks if kind == b"EXIF"), b"").removeprefix(_EXIF)
    if exif is None:
        return old, data
    if chunks[0][0] != b"VP8X":
        chunks.insert(0, (b"VP8X", _extended(*chunks[0])))
    flags = chunks[0][1]
    chunks[0] = b"VP8X", bytes([flags[0] | _WEBP_EXIF]) + flags[1:]
    kept = [chunk for chunk in chunks if chunk[0] != b"EXIF"]
    xmp = [chunk for chunk in kept if chunk[0] == b"XMP "]  # stands behind EXIF
    written = [chunk for chunk in kept if chunk[0] != b"XMP "] + [(b"EXIF", exif), *xmp]
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(part)) + part + bytes(len(part) % 2) for kind, part in written
    )
    return old, b"RIFF" + struct.pack("<I", len(body)) + body


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _extended(kind: bytes, frame: bytes) -> bytes:
    """Give the extended header that a simple WebP lacks. Source: WebP container specification, "Extended File Format"."""
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", frame, _VP8L_SIZE)
        width, height, flags = bits & 0x3FFF, bits >> 14 & 0x3FFF, _WEBP_ALPHA * (bits >> 28 & 1)
    else:
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", frame, _VP8_SIZE))
        width, height, flags = width - 1, height - 1, 0
    return struct.pack("<I", flags) + struct.pack("<I", width)[:3] + struct.pack("<I", height)[:3]
