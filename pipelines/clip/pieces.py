"""Cut long ranges exactly on several workers: plan the pieces, make one, put all of them together."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from pipelines.clip.movie import Movie
from pipelines.clip.output import write
from pipelines.clip.plan import Cut, Encode, Planner
from pipelines.clip.report import name_of, told
from pipelines.clip.sound import sound_of, sound_track
from pipelines.clip.values import CRF, RANGES_LIMIT, Clipped, Range, Tick, check_ranges, ignore
from pipelines.errors import BadInput
from pipelines.source import Source
from pipelines.video.container import FRAMES_LIMIT, PIXELS_LIMIT
from pipelines.video.index import Index
from pipelines.video.join import fill, join_segments, open_output

_SOUND = "sound.mp4"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames `start` up to, not including, `end` of the range of this number."""

    range: int
    start: int
    end: int

    @property
    def file(self) -> str:
        """Name its file so that names in order are stretches in order."""
        return f"{self.range:05d}-{self.start:09d}.mp4"


@dataclass(frozen=True, slots=True)
class Piece:
    """What one worker does; a file for each stretch."""

    number: int
    stretches: tuple[Stretch, ...]


def plan_pieces(index: Index, ranges: Sequence[Range], count: int) -> list[Piece]:
    """Split ranges into so many pieces of about the same length, where GOPs begin if one begins near.

    The same arguments give the same pieces; a piece is empty where there are fewer frames than pieces.
    """
    offsets = np.cumsum([0, *(asked.end - asked.start for asked in ranges)])
    total = int(offsets[-1])
    near = _beginnings(index, ranges, offsets)
    ideal = [round(total * number / count) for number in range(1, count)]
    edges = [0, *(_snapped(place, near, total / count / 2) for place in ideal), total]
    return [
        Piece(number, _stretches(ranges, offsets, start, end))
        for number, (start, end) in enumerate(pairwise(sorted(edges)))
    ]


def _beginnings(
    index: Index, ranges: Sequence[Range], offsets: "np.ndarray[tuple[int], np.dtype[np.int64]]"
) -> list[int]:
    """Give where ranges and GOPs begin, in frames of all ranges laid one behind the other."""
    gops = np.unique(np.searchsorted(index.shown_pts, index.pts[index.keys]))
    places: set[int] = set()
    for asked, offset in zip(ranges, offsets.tolist(), strict=False):
        inside = gops[(gops > asked.start) & (gops < asked.end)]
        places |= {offset, *(inside - asked.start + offset).tolist()}
    return sorted(places)


def _snapped(place: int, near: Sequence[int], reach: float) -> int:
    best = min(near, key=lambda other: abs(other - place), default=place)
    return best if abs(best - place) <= reach else place


def _stretches(
    ranges: Sequence[Range], offsets: "np.ndarray[tuple[int], np.dtype[np.int64]]", start: int, end: int
) -> tuple[Stretch, ...]:
    found = []
    for number, (asked, offset) in enumerate(zip(ranges, offsets.tolist(), strict=False)):
        first, last = max(start, offset), min(end, offset + asked.end - asked.start)
        if first < last:
            found.append(Stretch(number, asked.start + first - offset, asked.start + last - offset))
    return tuple(found)


def cut_piece(
    source: Source,
    out_dir: Path,
    piece: Piece,
    *,
    index: Index,
    crf: int = CRF,
    pixels_limit: int = PIXELS_LIMIT,
    tick: Tick = ignore,
) -> list[Path]:
    """Encode a piece's stretches, pictures only, each to a file of its own. Raises as `cut` does."""
    total, done = sum(stretch.end - stretch.start for stretch in piece.stretches), 0

    def step() -> None:
        nonlocal done
        done += 1
        tick(done, total, "clip")

    with Movie(source, index, crf=crf, pixels_limit=pixels_limit) as movie:
        for stretch in piece.stretches:
            asked = Range(stretch.start, stretch.end)
            cut = Cut(asked, "exact", (Encode(stretch.start, stretch.end),))
            write(movie, [cut], out_dir / stretch.file, "mp4", audio=False, step=step)
    return [out_dir / stretch.file for stretch in piece.stretches]


def join_pieces(
    source: Source,
    out_dir: Path,
    ranges: Sequence[Range],
    pieces: Sequence[Piece],
    files: Sequence[Path],
    *,
    index: Index,
    joined: bool = False,
    audio: bool = True,
    ranges_limit: int = RANGES_LIMIT,
    frames_limit: int = FRAMES_LIMIT,
    pixels_limit: int = PIXELS_LIMIT,
    tick: Tick = ignore,
) -> Clipped:
    """Put the files of all pieces, in order, together to what `cut` with mode exact gives.

    Raises BadInput as `cut` does, and pieces_differ when there are more or fewer files than stretches.
    """
    check_ranges(ranges, index, ranges_limit=ranges_limit, frames_limit=frames_limit)
    stretches = [stretch for piece in pieces for stretch in piece.stretches]
    if len(stretches) != len(files):
        raise BadInput(f"{len(files)} files for {len(stretches)} stretches", code="pieces_differ")
    numbers = [list(range(len(ranges)))] if joined else [[number] for number in range(len(ranges))]
    made: list[str] = []
    clips = []
    with Movie(source, index, crf=CRF, pixels_limit=pixels_limit) as movie:
        planner = Planner(index, movie.is_entry, movie.is_fresh)
        for place, group in enumerate(numbers):
            inside = [(s, file) for s, file in zip(stretches, files, strict=True) if s.range in group]
            cuts = [planner.exact(ranges[number]) for number in group]
            name = f"{name_of(place, joined=joined)}.mp4"
            sound = _sound(movie, cuts, out_dir) if audio else None
            times = _times(movie, [stretch for stretch, _ in inside])
            join_segments([file for _, file in inside], out_dir / name, audio=sound, times=times)
            made.append(name)
            clips += told(movie, planner, name, cuts)
            tick(place + 1, len(numbers), "join")
    (out_dir / _SOUND).unlink(missing_ok=True)
    return Clipped(made, clips)


def _times(movie: Movie, stretches: Sequence[Stretch]) -> list[Fraction]:
    """Give when each stretch's first frame is shown, and when the last ends."""
    times = [Fraction(0)]
    for stretch in stretches:
        span = movie.span(stretch.start, stretch.end)
        times.append(times[-1] + span.end - span.start)
    return times


def _sound(movie: Movie, cuts: Sequence[Cut], out_dir: Path) -> Path | None:
    """Write the sound of a file's cuts; None where the movie has none."""
    if sound_of(movie.container) is None:
        return None
    spans = [movie.span(cut.first, cut.end) for cut in cuts]
    with open_output(out_dir / _SOUND, "mp4") as container:
        track = sound_track(movie.container, spans, container, "mp4")
        fill(container, [track] if track else [])
    return out_dir / _SOUND
