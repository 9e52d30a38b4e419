"""What an MP4's sample entry (`stsd`) says of its track: codec, size, colours, the decoder's set-up bytes."""

import struct
from dataclasses import dataclass

from pipelines.video.boxes import Box, NotPlain, children
from pipelines.video.packet_index import Colours

_CODECS = {
    b"avc1": "h264",
    b"avc3": "h264",
    b"hvc1": "hevc",
    b"hev1": "hevc",
    b"av01": "av1",
    b"vp09": "vp9",
    b"mp4v": "mpeg4",
    b"jpeg": "mjpeg",
} | dict.fromkeys((b"apco", b"apcs", b"apcn", b"apch", b"ap4h", b"ap4x"), "prores")
_SETUP = {"h264": b"avcC", "hevc": b"hvcC", "av1": b"av1C", "mpeg4": b"esds"}
_ENTRY_BYTES = 78  # fixed fields before an entry's own boxes
_ESDS_MPEG4 = 0x20
_FULL, _LIMITED = 2, 1  # FFmpeg's numbers


@dataclass(frozen=True, slots=True)
class SampleEntry:
    codec: str
    tag: str
    width: int
    height: int
    extradata: bytes
    colours: Colours


def read_sample_entry(stsd: memoryview) -> SampleEntry:
    """Read the one entry of a table. Raises NotPlain where there are several, or of an unknown kind."""
    entries = list(children(stsd[8:]))
    if len(entries) != 1 or entries[0].kind not in _CODECS or len(entries[0].body) < _ENTRY_BYTES:
        raise NotPlain("several sample entries, or an unknown one")
    kind, body = entries[0]
    codec = _CODECS[kind]
    width, height = struct.unpack_from(">HH", body, 24)
    boxes = list(_boxes(body[_ENTRY_BYTES:]))
    if not width or not height or any(box.kind == b"glbl" for box in boxes):
        raise NotPlain("a track of no size, or with foreign set-up bytes")
    return SampleEntry(codec, kind.decode(), width, height, _extradata(codec, boxes), _colours(boxes))


def _boxes(body: memoryview) -> list[Box]:
    """Give an entry's boxes; QuickTime may end them by four zero bytes."""
    return list(
        children(
            body[:-4] if bytes(body[-4:]) == bytes(4) and len(body) % 4 == 0 and _is_ended(body) else body
        )
    )


def _is_ended(body: memoryview) -> bool:
    """Tell whether the boxes end four bytes before the body does."""
    at = 0
    while len(body) - at >= 8:
        at += max(8, int.from_bytes(body[at : at + 4], "big"))
    return len(body) - at == 4


def _extradata(codec: str, boxes: list[Box]) -> bytes:
    kind = _SETUP.get(codec)
    if kind is None:
        return b""
    found = [box.body for box in boxes if box.kind == kind]
    if len(found) != 1:
        raise NotPlain("no set-up bytes")
    return _esds(found[0]) if codec == "mpeg4" else bytes(found[0])


def _esds(body: memoryview) -> bytes:
    """Give the decoder-specific bytes of an elementary stream descriptor. Source: ISO 14496-1, 7.2.6."""
    tag, stream = _descriptor(body[4:])
    flags = stream[2]
    at = 3 + 2 * bool(flags & 0x80) + (1 + stream[3] if flags & 0x40 else 0) + 2 * bool(flags & 0x20)
    config_tag, config = _descriptor(stream[at:])
    if (tag, config_tag) != (3, 4) or config[0] != _ESDS_MPEG4:
        raise NotPlain("another codec in an MPEG-4 entry")
    setup_tag, setup = _descriptor(config[13:])
    if setup_tag != 5:
        raise NotPlain("no set-up bytes")
    return bytes(setup)


def _descriptor(body: memoryview) -> tuple[int, memoryview]:
    """Give a descriptor's tag and content; its length comes in groups of seven bits."""
    length = at = 0
    for at in range(1, min(5, len(body))):
        length = length << 7 | body[at] & 0x7F
        if not body[at] & 0x80:
            break
    if at == 0 or len(body) < at + 1 + length or length < 4:
        raise NotPlain("a descriptor that is cut short")
    return body[0], body[at + 1 : at + 1 + length]


def _colours(boxes: list[Box]) -> Colours:
    for kind, body in boxes:
        if kind == b"colr" and bytes(body[:4]) in {b"nclx", b"nclc"} and len(body) >= 10:
            primaries, transfer, matrix = struct.unpack_from(">HHH", body, 4)
            is_told = bytes(body[:4]) == b"nclx" and len(body) > 10
            span = (_FULL if body[10] & 0x80 else _LIMITED) if is_told else 0
            return Colours(primaries, transfer, matrix, span)
    return Colours()
