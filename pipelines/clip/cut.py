"""Cut ranges out of a movie, into a file each or into one."""

from collections.abc import Sequence
from pathlib import Path

from pipelines.clip.movie import Movie
from pipelines.clip.output import Altered, mp4_takes, write
from pipelines.clip.plan import Copy, Cut, Encode, Planner
from pipelines.clip.report import name_of, told
from pipelines.clip.values import (
    CRF,
    RANGES_LIMIT,
    Clipped,
    Mode,
    Range,
    Tick,
    check_ranges,
    ignore,
)
from pipelines.errors import BadInput
from pipelines.source import Source
from pipelines.video.container import FRAMES_LIMIT, PIXELS_LIMIT
from pipelines.video.index import Index, read_index
from pipelines.video.join import Packaging

_ALTERED = "the movie's parameter sets change on the way"
_MIXED = "another range of the same file has to be encoded"


def cut(
    source: Source,
    out_dir: Path,
    ranges: Sequence[Range],
    *,
    mode: Mode = "smart",
    joined: bool = False,
    audio: bool = True,
    index: Index | None = None,
    crf: int = CRF,
    ranges_limit: int = RANGES_LIMIT,
    pixels_limit: int = PIXELS_LIMIT,
    frames_limit: int = FRAMES_LIMIT,
    tick: Tick = ignore,
) -> Clipped:
    """Write each range to `clip-000.mp4` and so on, or all of them to `clip.mp4`; tell what each became.

    copy: the whole GOPs that hold the range, bit by bit, whatever the codec (`.mkv` where an MP4 cannot hold it).
    exact: just the frames, encoded anew with x264. smart: just the frames, of which only those before the first
    keyframe and behind the last whole group are encoded; H.264 only. What cannot be done as asked is done exactly.
    Frames keep their times and the movie its rotation (as metadata), colours and shape of pixel. Sound begins with
    the first frame and does not drift.
    Raises BadInput as `read_index` and `check_ranges`, encrypted, cannot_hold; CannotDecode naming the frame.
    """
    index = index or read_index(source, pixels_limit=pixels_limit, frames_limit=frames_limit)
    check_ranges(ranges, index, ranges_limit=ranges_limit, frames_limit=frames_limit)
    if index.is_encrypted:
        raise BadInput("the movie is encrypted", code="encrypted")
    with Movie(source, index, crf=crf, pixels_limit=pixels_limit) as movie:
        job = _Job(movie, out_dir, audio=audio, tick=tick)
        return job.run(ranges, mode, joined=joined)


class _Job:
    """The writing of all files of one order."""

    def __init__(self, movie: Movie, out_dir: Path, *, audio: bool, tick: Tick) -> None:
        self._movie, self._out_dir, self._audio, self._tick = movie, out_dir, audio, tick
        self._planner = Planner(movie.order or movie.index, movie.is_entry, movie.is_fresh)
        self._done = self._total = 0

    def run(self, ranges: Sequence[Range], mode: Mode, *, joined: bool) -> Clipped:
        """Write all files."""
        cuts = [self._plan(asked, mode, follows=joined and number > 0) for number, asked in enumerate(ranges)]
        groups = [cuts] if joined else [[one] for one in cuts]
        self._total = sum(piece.end - piece.first for piece in cuts)
        files, clips = [], []
        for number, group in enumerate(groups):
            file, made = self._write(name_of(number, joined=joined), self._compatible(group))
            files.append(file)
            clips += told(self._movie, self._planner, file, made)
        return Clipped(files, clips)

    def _plan(self, asked: Range, mode: Mode, *, follows: bool) -> Cut:
        planner, movie = self._planner, self._movie
        if mode == "exact":
            return planner.exact(asked)
        if movie.order is None:
            return planner.exact(asked, "the container does not keep the order of its pictures")
        if mode == "copy":
            return planner.copy(asked, follows=follows)
        if movie.obstacle:
            return planner.exact(asked, movie.obstacle)
        return planner.smart(asked)

    def _compatible(self, cuts: list[Cut]) -> list[Cut]:
        """Give cuts that can be in one file: what is encoded goes between copied pictures only where nothing forbids it."""
        runs = [run for cut in cuts for run in cut.runs]
        is_mixed = any(isinstance(run, Copy) for run in runs) and any(isinstance(run, Encode) for run in runs)
        if is_mixed and self._movie.obstacle:
            return self._all_exact(cuts, _MIXED)
        return cuts

    def _all_exact(self, cuts: list[Cut], why: str) -> list[Cut]:
        return [self._planner.exact(cut.asked, cut.why or why) for cut in cuts]

    def _write(self, name: str, cuts: list[Cut]) -> tuple[str, list[Cut]]:
        packaging = self._packaging(cuts)
        file, done = f"{name}.{packaging}", self._done
        try:
            write(self._movie, cuts, self._out_dir / file, packaging, audio=self._audio, step=self._step)
        except Altered:
            self._done = done
            return self._write(name, self._all_exact(cuts, _ALTERED))
        return file, cuts

    def _packaging(self, cuts: list[Cut]) -> Packaging:
        return "mkv" if any(cut.copied for cut in cuts) and not mp4_takes(self._movie.index.codec) else "mp4"

    def _step(self) -> None:
        self._done += 1
        self._tick(min(self._done, self._total), self._total, "clip")
