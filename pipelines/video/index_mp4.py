"""Index a plain MP4 or MOV from its `moov` alone; what is not plain is left to the demuxer."""

import struct
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from pipelines.source import Ranges
from pipelines.video.boxes import NotPlain, children, every, only, optional, read_moov
from pipelines.video.packet_index import Access, Index
from pipelines.video.sample_entry import SampleEntry, read_sample_entry
from pipelines.video.sample_table import Samples, check_counts, read_samples
from pipelines.video.turn import Turn

CONTAINER = "mov,mp4,m4a,3gp,3g2,mj2"
_ODD_IN_MOOV = (b"mvex", b"cmov", b"rmra")  # fragments, compressed, references to other files
_ODD_IN_STBL = (b"stz2", b"stps", b"sgpd", b"senc", b"saiz")  # rare tables that change sizes, keys or bytes
_FOREVER = 1 << 62


def index_mp4(ranges: Ranges, frames_limit: int) -> Index:
    """Give the index of the first picture track. Raises NotPlain where a demuxer has to look.

    Raises BadInput (too_many_frames) where a demuxer would take gigabytes for what a table claims.
    """
    moov = read_moov(ranges)
    check_counts(moov, frames_limit)
    if any(box.kind in _ODD_IN_MOOV for box in children(moov)):
        raise NotPlain("fragments or references")
    trak = _picture_track(moov)
    stbl = only(trak, b"mdia", b"minf", b"stbl")
    if any(box.kind in _ODD_IN_STBL for box in children(stbl)):
        raise NotPlain("a rare table")
    entry = read_sample_entry(only(stbl, b"stsd"))
    samples = read_samples(stbl, frames_limit)
    if not len(samples.size) or samples.size.min() < 1:
        raise NotPlain("no samples, or empty ones")
    shown = _edited(trak, samples, _timescale(moov, b"mvhd"), _timescale(only(trak, b"mdia"), b"mdhd"))
    return _cut(_described(moov, trak, entry, shown), ranges.size)


def _picture_track(moov: memoryview) -> memoryview:
    """Give the track that FFmpeg takes for the first picture stream."""
    tracks = every(moov, b"trak")
    pictures = [track for track in tracks if _handler(track) == b"vide"]
    if not pictures or (len(pictures) > 1 and any(every(track, b"tref") for track in tracks)):
        raise NotPlain("no picture track, or one of chapter pictures")
    return pictures[0]


def _handler(trak: memoryview) -> bytes:
    return bytes(only(trak, b"mdia", b"hdlr")[8:12])


def _timescale(parent: memoryview, kind: bytes) -> int:
    """Give the ticks per second of a header box, `mvhd` or `mdhd`."""
    box = only(parent, kind)
    at = 20 if box[0] == 1 else 12
    scale = int.from_bytes(box[at : at + 4], "big")
    if not 0 < scale < 1 << 31:
        raise NotPlain("a clock of no ticks")
    return scale


def _described(
    moov: memoryview, trak: memoryview, entry: SampleEntry, shown: tuple[Samples, NDArray[np.bool_]]
) -> Index:
    samples, is_hidden = shown
    return Index(
        codec=entry.codec,
        container=CONTAINER,
        width=entry.width,
        height=entry.height,
        turn=_turn(only(trak, b"tkhd"), only(moov, b"mvhd")),
        time_base=Fraction(1, _timescale(only(trak, b"mdia"), b"mdhd")),
        extradata=entry.extradata,
        offset=samples.offset,
        size=samples.size,
        pts=samples.pts,
        dts=samples.dts,
        last_ticks=int(next((step for step in samples.duration[::-1] if step), 0)),
        is_key=samples.is_key,
        is_hidden=is_hidden,
        access=Access.DIRECT,
        promised=int((~is_hidden).sum()),
        tag=entry.tag,
        colours=entry.colours,
    )


def _turn(tkhd: memoryview, mvhd: memoryview) -> Turn:
    """Read how the track is turned, and then the whole presentation (ISO 14496-12, 8.3.2 and 8.2.2)."""
    track = _matrix(tkhd, 52 if tkhd[0] == 1 else 40)
    movie = _matrix(mvhd, 48 if mvhd[0] == 1 else 36)
    return track.then(movie)


def _matrix(box: memoryview, at: int) -> Turn:
    if len(box) < at + 36:
        raise NotPlain("a header without its matrix")
    a, b, _, c, d, *_ = struct.unpack_from(">9i", box, at)
    return Turn.of_matrix(a, b, c, d)


def _edited(
    trak: memoryview, samples: Samples, movie_scale: int, scale: int
) -> tuple[Samples, NDArray[np.bool_]]:
    """Apply an edit list of at most one pause and one stretch of the media at its own speed.

    As FFmpeg does: frames outside are hidden, and the first one shown stands at the end of the pause.
    """
    edts = optional(trak, b"edts")
    edits = _edits(edts) if edts is not None else []
    if not edits:
        return samples, np.zeros(len(samples.pts), bool)
    pause = _rescaled(edits.pop(0)[0], scale, movie_scale) if edits[0][1] == -1 else 0
    if len(edits) != 1 or edits[0][1] < 0 or edits[0][0] <= 0:
        raise NotPlain("an edit list of several stretches")
    length, start = _rescaled(edits[0][0], scale, movie_scale), edits[0][1]
    is_hidden = (samples.pts < start) | (samples.pts >= start + length)
    if is_hidden.all():
        raise NotPlain("an edit list that shows nothing")
    shift = pause - int(samples.pts[~is_hidden].min())
    return replace(samples, pts=samples.pts + shift, dts=samples.dts + shift), is_hidden


def _edits(edts: memoryview) -> list[tuple[int, int]]:
    """Give (length in ticks of the movie's clock, first tick of the media, -1 for a pause) of each edit."""
    elst = only(edts, b"elst")
    width, form = (20, ">QqI") if elst[0] == 1 else (12, ">IiI")
    count = int.from_bytes(elst[4:8], "big")
    if len(elst) < 8 + count * width:
        raise NotPlain("an edit list shorter than it says")
    rows = list(struct.iter_unpack(form, elst[8 : 8 + count * width]))
    if any(rate != 1 << 16 or length > _FOREVER for length, _, rate in rows):
        raise NotPlain("an edit at another speed")
    return [(length, start) for length, start, _ in rows]


def _rescaled(ticks: int, scale: int, movie_scale: int) -> int:
    """Bring ticks from the movie's clock to the track's, rounded to the nearest as FFmpeg does."""
    return (ticks * scale * 2 + movie_scale) // (movie_scale * 2)


def _cut(index: Index, size_bytes: int) -> Index:
    """Leave out what lies behind the file's end, and all that is stored after it."""
    missing = index.offset + index.size > size_bytes
    if not missing.any():
        return index
    kept = slice(0, int(missing.argmax()))
    columns = ("offset", "size", "pts", "dts", "is_key", "is_hidden")
    return replace(index, **{name: getattr(index, name)[kept] for name in columns})
