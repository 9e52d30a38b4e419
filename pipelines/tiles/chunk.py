"""Chunks as bytes: raw for those that still grow, packed for those that rest."""

from collections.abc import Sequence
from struct import Struct

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.errors import BadInput
from pipelines.tiles.values import Floats, Ints, Samples, Texts, stamp

HEAD = Struct("<4sBxxxQQQ")  # magic, packed, entries, runs of seq, bytes of the body when not packed
NUMBERS, WORDS = b"DkN1", b"DkT1"
ZSTD = pa.Codec("zstd", 1)  # higher levels cost ten times as much for a tenth less


def encode_chunk(samples: Samples, *, packed: bool = False) -> bytes:
    """Give the bytes of a chunk; equal samples give equal bytes.

    Raw, 16 bytes per sample: t and v as they are, then the runs of `seq`. packed: t as differences of its bit
    patterns, both columns split by the significance of their bytes, then zstd: 2 to 12 bytes per sample.
    """
    t, v = np.ascontiguousarray(samples.t), np.ascontiguousarray(samples.v)
    columns = [_planes(_differences(t)), _planes(v.view(np.uint64))] if packed else [t.tobytes(), v.tobytes()]
    return _wrapped(NUMBERS, samples.seq, columns, packed=packed)


def decode_chunk(data: bytes) -> Samples:
    """Give the samples of a chunk; raw ones are views of `data`. Raises BadInput bad_chunk."""
    count, packed, seq, body = _opened(NUMBERS, data)
    if len(body) != 16 * count:
        raise _bad("its columns are cut off")
    if packed:
        t = np.cumsum(_joined_planes(body[: 8 * count]), dtype=np.uint64).view(np.float64)
        return Samples(t, _joined_planes(body[8 * count :]).view(np.float64), seq)
    columns = np.frombuffer(body, np.float64).reshape(2, count)
    return Samples(columns[0], columns[1], seq)


def encode_texts(texts: Texts) -> bytes:
    """Give the bytes of a chunk of texts, always packed."""
    columns = [_planes(_differences(np.ascontiguousarray(texts.t))), msgspec.msgpack.encode(list(texts.text))]
    return _wrapped(WORDS, texts.seq, columns, packed=True)


def decode_texts(data: bytes) -> Texts:
    """Give the texts of a chunk. Raises BadInput bad_chunk."""
    count, _, seq, body = _opened(WORDS, data)
    t = np.cumsum(_joined_planes(body[: 8 * count]), dtype=np.uint64).view(np.float64)
    try:
        words = msgspec.msgpack.decode(body[8 * count :], type=list[str | None])
    except msgspec.DecodeError as error:
        raise _bad(str(error)) from error
    if len(words) != count:
        raise _bad("its texts are cut off")
    text = np.empty(count, object)
    text[:] = words
    return Texts(t, text, seq)


def _wrapped(magic: bytes, seq: Ints, columns: Sequence[bytes], *, packed: bool) -> bytes:
    starts = np.flatnonzero(np.diff(seq, prepend=seq[:1] - 1)) if len(seq) else np.empty(0, np.int64)
    runs = np.stack([seq[starts], np.diff(starts, append=len(seq))]).astype(np.int64)
    body = b"".join([runs.tobytes(), *columns])
    head = HEAD.pack(magic, packed, len(seq), len(starts), len(body))
    return head + (ZSTD.compress(body, asbytes=True) if packed else body)


def _opened(magic: bytes, data: bytes) -> tuple[int, bool, Ints, memoryview]:
    if len(data) < HEAD.size or data[:4] != magic:
        raise _bad("it does not begin as one")
    _, packed, count, runs, size = HEAD.unpack_from(data)
    body = memoryview(data)[HEAD.size :]
    if packed:
        body = _unpacked(body, size)
    if len(body) != size or size < 16 * runs:
        raise _bad("it is cut off")
    values, lengths = np.frombuffer(body[: 16 * runs], np.int64).reshape(2, runs)
    if lengths.sum() != count:
        raise _bad("its runs are not as long as its columns")
    seq = stamp(int(values[0]), count) if runs == 1 else np.repeat(values, lengths)
    return count, bool(packed), seq, body[16 * runs :]


def _unpacked(body: memoryview, size: int) -> memoryview:
    try:
        return memoryview(ZSTD.decompress(body, decompressed_size=size))
    except (OSError, pa.ArrowInvalid) as error:
        raise _bad(str(error)) from error


def _differences(t: Floats) -> NDArray[np.uint64]:
    bits = t.view(np.uint64)
    return np.diff(bits, prepend=np.uint64(0))


def _planes(words: NDArray[np.uint64]) -> bytes:
    """Give all lowest bytes, then all second ones, and so on: alike bytes side by side pack better."""
    return words.view(np.uint8).reshape(-1, 8).T.tobytes()


def _joined_planes(data: memoryview) -> NDArray[np.uint64]:
    planes = np.frombuffer(data, np.uint8).reshape(8, -1)
    words = np.empty((planes.shape[1], 8), np.uint8)
    for place, plane in enumerate(planes):  # a third faster than to copy the transposed planes
        words[:, place] = plane
    return words.view(np.uint64).ravel()


def _bad(why: str) -> BadInput:
    return BadInput(f"this is not a chunk of a channel: {why}", code="bad_chunk")
