"""Which packets no other picture needs: they are left undecoded when only others are wanted."""

from collections.abc import Callable, Iterator

from pipelines.video.packet_index import INTRA

Judge = Callable[[bytes | memoryview], bool]

_H264_SLICES = range(1, 6)
_H264_IDR = 5
_HEVC_SLICES = range(32)
_HEVC_ENTRY = range(16, 24)  # IRAP
_HEVC_VPS = 32
_B_VOP = 2
_VOP = b"\x00\x00\x01\xb6"


def disposable(codec: str, extradata: bytes) -> Judge:
    """Give a judge of packets: true only where it is certain that no other picture refers to this one.

    H.264: nal_ref_idc is 0 (7.4.1). HEVC: a sub-layer non-reference picture (table 7-1) of the highest
    temporal layer. MPEG-4 part 2: a B-VOP alone in its packet. Codecs without references: always. Others: never.
    """
    if codec in INTRA:
        return lambda _: True
    width = _length_size(codec, extradata)
    if codec == "h264":
        return lambda data: _is_free_h264(data, width)
    if codec == "hevc" and (layers := _temporal_layers(extradata, width)):
        return lambda data: _is_free_hevc(data, width, layers)
    if codec == "mpeg4":
        return _is_free_mpeg4
    return lambda _: False


def entry_point(codec: str, extradata: bytes) -> Judge:
    """Give a judge of keyframes: true where nothing behind it can refer to anything before it, but leading pictures."""
    width = _length_size(codec, extradata)
    if codec == "h264":
        return lambda data: any(nal[0] & 31 == _H264_IDR for nal in _nals(data, width))
    if codec == "hevc":
        return lambda data: any(nal[0] >> 1 & 63 in _HEVC_ENTRY for nal in _nals(data, width))
    return lambda _: True


def _length_size(codec: str, extradata: bytes) -> int:
    """Give how many bytes tell a NAL unit's length; 0 where start codes part them (Annex B)."""
    if codec == "h264" and len(extradata) > 4 and extradata[0] == 1:
        return (extradata[4] & 3) + 1
    if codec == "hevc" and len(extradata) > 22 and extradata[:3] not in {b"\0\0\0", b"\0\0\1"}:
        return (extradata[21] & 3) + 1
    return 0


def _nals(data: bytes | memoryview, width: int) -> Iterator[memoryview]:
    """Give the beginnings of a packet's NAL units: at least two bytes each, at most a few more."""
    return _measured(memoryview(data), width) if width else _delimited(bytes(data))


def _measured(data: memoryview, width: int) -> Iterator[memoryview]:
    at = 0
    while at + width + 2 <= len(data):
        length = int.from_bytes(data[at : at + width], "big")
        yield data[at + width : at + width + 16]
        at += width + length


def _delimited(data: bytes) -> Iterator[memoryview]:
    at = data.find(b"\0\0\1")
    while 0 <= at <= len(data) - 5:
        yield memoryview(data)[at + 3 : at + 19]
        at = data.find(b"\0\0\1", at + 3)


def _is_free_h264(data: bytes | memoryview, width: int) -> bool:
    slices = [nal[0] >> 5 & 3 for nal in _nals(data, width) if nal[0] & 31 in _H264_SLICES]
    return bool(slices) and not any(slices)


def _is_free_hevc(data: bytes | memoryview, width: int, layers: int) -> bool:
    slices = [(nal[0] >> 1 & 63, (nal[1] & 7) - 1) for nal in _nals(data, width)]
    slices = [(kind, layer) for kind, layer in slices if kind in _HEVC_SLICES]
    return bool(slices) and all(kind < 16 and kind % 2 == 0 and layer == layers - 1 for kind, layer in slices)


def _temporal_layers(extradata: bytes, width: int) -> int:
    """Give vps_max_sub_layers_minus1 + 1 (7.3.2.1); 0 where no parameter set is at hand."""
    nals = _hvcc_nals(extradata) if width else _delimited(extradata)
    found = [nal for nal in nals if nal[0] >> 1 & 63 == _HEVC_VPS and len(nal) > 3]
    return (found[0][3] >> 1 & 7) + 1 if found else 0


def _hvcc_nals(extradata: bytes) -> Iterator[memoryview]:
    """Give the parameter sets of an hvcC record. Source: ISO 14496-15, 8.3.3.1."""
    view, at = memoryview(extradata), 23
    for _ in range(view[22]):
        count = int.from_bytes(view[at + 1 : at + 3], "big")
        at += 3
        for _ in range(count):
            length = int.from_bytes(view[at : at + 2], "big")
            if length >= 2 and at + 2 + length <= len(view):
                yield view[at + 2 : at + 2 + length]
            at += 2 + length


def _is_free_mpeg4(data: bytes | memoryview) -> bool:
    data = bytes(data)
    at = data.find(_VOP)
    return 0 <= at < len(data) - 4 and data[at + 4] >> 6 == _B_VOP and data.find(_VOP, at + 4) < 0
