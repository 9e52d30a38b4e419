"""A movie's index as a small blob: a header of JSON, then each column as compressed differences."""

import json
import struct
import zlib
from dataclasses import asdict
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import BadInput
from pipelines.video.packet_index import Access, Colours, Index
from pipelines.video.turn import Turn

INDEX_VERSION = 1  # raise it when a reader of today would misread the blob, or an index means another thing
PACKETS_LIMIT = 20_000_000  # twice the frames that a server allows: hidden ones
_MAGIC = b"DRIX"
_COLUMNS = ("offset", "size", "pts", "dts")
_FLAGS = ("is_key", "is_hidden")
_PLAIN = (
    "codec",
    "container",
    "width",
    "height",
    "last_ticks",
    "access",
    "promised",
    "is_encrypted",
    "has_times",
    "is_exact",
    "tag",
)


def encode_index(index: Index) -> bytes:
    """Give an index as bytes: some four per packet; equal indexes give equal bytes."""
    header = {name: getattr(index, name) for name in _PLAIN}
    header |= {
        "packets": index.packets,
        "turn": asdict(index.turn),
        "colours": asdict(index.colours),
        "time_base": [index.time_base.numerator, index.time_base.denominator],
        "extradata": index.extradata.hex(),
    }
    gap = index.offset - np.concatenate([[0], (index.offset + index.size)[:-1]])
    columns = [gap, index.size, *(np.diff(getattr(index, name), prepend=0) for name in ("pts", "dts"))]
    flags = [np.packbits(getattr(index, name)).tobytes() for name in _FLAGS]
    parts = [json.dumps(header, sort_keys=True).encode(), *map(_shuffled, columns), *flags]
    body = b"".join(struct.pack("<I", len(part)) + part for part in parts)
    return _MAGIC + struct.pack("<I", INDEX_VERSION) + zlib.compress(body, 6)


def decode_index(data: bytes) -> Index:
    """Give back what `encode_index` was given. Raises BadInput (unknown_index): another version, or no index."""
    if data[:8] != _MAGIC + struct.pack("<I", INDEX_VERSION):
        raise BadInput("this is no index of a movie, or one of another version", code="unknown_index")
    try:
        return _decoded(_parts(data[8:]))
    except (zlib.error, struct.error, ValueError, LookupError, TypeError, ArithmeticError) as error:
        raise BadInput("this index of a movie is damaged", code="unknown_index") from error


def _parts(data: bytes) -> list[bytes]:
    unpacker = zlib.decompressobj()
    body = unpacker.decompress(data, PACKETS_LIMIT * 40)
    if not unpacker.eof:
        raise ValueError("cut short, or too large")
    parts = []
    while body:
        (length,) = struct.unpack_from("<I", body)
        parts.append(body[4 : 4 + length])
        body = body[4 + length :]
    return parts


def _decoded(parts: list[bytes]) -> Index:
    header: dict[str, Any] = json.loads(parts[0])
    count = header["packets"]
    gap, size, pts, dts = (_unshuffled(part, count) for part in parts[1:5])
    flags = [np.unpackbits(np.frombuffer(part, np.uint8), count=count).astype(bool) for part in parts[5:7]]
    fields = {name: header[name] for name in _PLAIN} | {
        "access": Access(header["access"]),
        "turn": Turn(**header["turn"]),
        "colours": Colours(**header["colours"]),
        "time_base": Fraction(*header["time_base"]),
        "extradata": bytes.fromhex(header["extradata"]),
    }
    return Index(
        offset=np.cumsum(gap + size) - size,
        size=size,
        pts=np.cumsum(pts),
        dts=np.cumsum(dts),
        is_key=flags[0],
        is_hidden=flags[1],
        **fields,
    )


def _shuffled(column: NDArray[np.int64]) -> bytes:
    """Give all lowest bytes, then all second ones, and so on: high bytes are mostly equal and pack to nothing."""
    return np.ascontiguousarray(column.astype("<i8").view(np.uint8).reshape(-1, 8).T).tobytes()


def _unshuffled(data: bytes, count: int) -> NDArray[np.int64]:
    planes = np.frombuffer(data, np.uint8).reshape(8, count)
    column: NDArray[np.int64] = np.ascontiguousarray(planes.T).view("<i8").ravel().astype(np.int64)
    return column
