"""Tell from a container's own size field whether the end of the file is missing."""

from pipelines.source import Reader, size_bytes

_MATROSKA = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"
_HEAD_BYTES = 4096  # the segment begins right behind a header of some forty bytes


def is_cut_short(reader: Reader) -> bool:
    """Compare what an AVI's or a Matroska's header announces with the bytes there are.

    Other containers are never called cut here: an MP4 tells by its sample table.
    """
    size = size_bytes(reader)
    head = reader.read(_HEAD_BYTES)
    if head[:4] == b"RIFF":
        return int.from_bytes(head[4:8], "little") + 8 > size
    if head[:4] == _MATROSKA:
        return _segment_end(head) > size
    return False


def _segment_end(head: bytes) -> int:
    """Give the byte behind a Matroska segment, 0 when it does not say (a live recording)."""
    start = head.find(_SEGMENT) + len(_SEGMENT)
    if start < len(_SEGMENT) or start >= len(head):
        return 0
    length = 9 - head[start].bit_length()  # EBML: leading zero bits of the first byte say how many follow
    value = int.from_bytes(head[start : start + length], "big") & ((1 << 7 * length) - 1)
    is_unknown = value == (1 << 7 * length) - 1
    return 0 if is_unknown else start + length + value
