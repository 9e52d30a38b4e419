"""The sample table of an MP4 track (`stbl`), unrolled into one row per sample. Source: ISO 14496-12, 8.6 to 8.7."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import BadInput
from pipelines.video.boxes import NotPlain, every, only, optional

Longs = NDArray[np.int64]
_SHIFT_LIMIT = 1 << 28  # beyond it FFmpeg takes a composition offset for an error
SOUND_LIMIT = 4_000_000  # packets: a day of AAC at 48 kHz
_STEP_LIMIT = 1 << 31  # and a duration for a negative one


@dataclass(frozen=True, slots=True)
class Samples:
    """offset, size in bytes; dts, pts in ticks before any edit; duration in ticks; all (samples,)."""

    offset: Longs
    size: Longs
    dts: Longs
    pts: Longs
    duration: Longs
    is_key: NDArray[np.bool_]


def read_samples(stbl: memoryview, samples_limit: int) -> Samples:
    """Unroll a sample table. Raises NotPlain where its parts contradict each other."""
    size = _sizes(stbl, samples_limit)
    count = len(size)
    duration = _runs(only(stbl, b"stts"), count)
    if count and (duration.min() < 0 or duration.max() >= _STEP_LIMIT):
        raise NotPlain("a duration out of bounds")
    dts = np.cumsum(duration) - duration
    shift = optional(stbl, b"ctts")
    pts = dts if shift is None else dts + _shifts(shift, count)
    dts = dts - max(0, int((dts - pts).max(initial=0)))  # nothing is decoded later than it is shown
    return Samples(_offsets(stbl, size), size, dts, pts, duration, _keys(stbl, count))


def check_counts(moov: memoryview, samples_limit: int) -> None:
    """Refuse a track that claims more samples than are allowed: FFmpeg takes memory for them before it looks for any.

    Sound may have some more, and QuickTime's PCM, whose samples take one tick each, any number: FFmpeg goes by chunks.
    """
    for trak in every(moov, b"trak"):
        is_sound = bytes(only(trak, b"mdia", b"hdlr")[8:12]) == b"soun"
        stbl = only(trak, b"mdia", b"minf", b"stbl")
        for box in every(stbl, b"stsz"):
            claimed = _number(box, 8)
            limit = max(samples_limit, SOUND_LIMIT) if is_sound else samples_limit
            if claimed > limit and not (is_sound and _ticks_singly(stbl)):
                raise BadInput(
                    f"a track claims {claimed:,} frames; the limit is {limit:,}", code="too_many_frames"
                )


def _ticks_singly(stbl: memoryview) -> bool:
    steps = only(stbl, b"stts")
    return _number(steps, 4) == 1 and _number(steps, 12) == 1


def _table(box: memoryview, at: int, dtype: str, columns: int, count: int) -> NDArray[np.int64]:
    """Give `count` rows of big-endian numbers as (count, columns) int64."""
    width = np.dtype(dtype).itemsize * columns
    if at + count * width > len(box):
        raise NotPlain("a table is shorter than it says")
    flat = np.frombuffer(box, dtype, count * columns, at)
    return flat.astype(np.int64).reshape(count, columns)


def _number(box: memoryview, at: int) -> int:
    if len(box) < at + 4:
        raise NotPlain("a box is too short")
    return int.from_bytes(box[at : at + 4], "big")


def _sizes(stbl: memoryview, samples_limit: int) -> Longs:
    box = only(stbl, b"stsz")
    same, count = _number(box, 4), _number(box, 8)
    if count > samples_limit:
        raise NotPlain("more samples than are allowed")
    return np.full(count, same, np.int64) if same else _table(box, 12, ">u4", 1, count)[:, 0]


def _runs(box: memoryview, count: int, dtype: str = ">u4") -> Longs:
    """Unroll pairs of (how many samples, value)."""
    rows = _table(box, 8, dtype, 2, _number(box, 4))
    if rows[:, 0].sum() != count or (len(rows) and rows[:, 0].min() < 0):
        raise NotPlain("a table of runs does not match the number of samples")
    return np.repeat(rows[:, 1], rows[:, 0])


def _shifts(box: memoryview, count: int) -> Longs:
    shifts = _runs(box, count, ">i4")  # negative ones are found in version 0, too
    if count and np.abs(shifts).max() > _SHIFT_LIMIT:
        raise NotPlain("a composition offset out of bounds")
    return shifts


def _offsets(stbl: memoryview, size: Longs) -> Longs:
    """Place samples into chunks, one behind the other."""
    chunks = _chunks(stbl)
    rows = _table(box := only(stbl, b"stsc"), 8, ">u4", 3, _number(box, 4))
    first, per_chunk, entry = rows.T
    edges = np.append(first, len(chunks) + 1)
    if not len(rows) or first[0] != 1 or np.diff(edges).min() <= 0 or not (entry == 1).all():
        raise NotPlain("chunks out of order, or of several kinds")
    held = np.repeat(per_chunk, np.diff(edges))
    if held.sum() != len(size) or held.min() < 1:
        raise NotPlain("chunks do not hold all samples")
    before = np.cumsum(size) - size
    starts = before[np.cumsum(held) - held]
    offsets: Longs = before + np.repeat(chunks - starts, held)
    return offsets


def _chunks(stbl: memoryview) -> Longs:
    if wide := every(stbl, b"co64"):
        chunks = _table(wide[0], 8, ">i8", 1, _number(wide[0], 4))[:, 0]
    else:
        box = only(stbl, b"stco")
        chunks = _table(box, 8, ">u4", 1, _number(box, 4))[:, 0]
    if not len(chunks) or chunks.min() < 0:
        raise NotPlain("no chunks, or one before the file")
    return chunks


def _keys(stbl: memoryview, count: int) -> NDArray[np.bool_]:
    """Tell sync samples; a track without `stss` has no others."""
    box = optional(stbl, b"stss")
    if box is None:
        return np.ones(count, bool)
    numbers = _table(box, 8, ">u4", 1, _number(box, 4))[:, 0]
    if not len(numbers) or numbers.min() < 1 or numbers.max() > count or (np.diff(numbers) <= 0).any():
        raise NotPlain("sync samples out of order")
    keys = np.zeros(count, bool)
    keys[numbers - 1] = True
    return keys
