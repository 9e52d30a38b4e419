"""Tell what became of each range of a file."""

from collections.abc import Sequence

from pipelines.clip.movie import Movie
from pipelines.clip.plan import Cut, Planner
from pipelines.clip.values import Clip


def name_of(number: int, *, joined: bool) -> str:
    """Give the name of a file, without its ending."""
    return "clip" if joined else f"clip-{number:03d}"


def told(movie: Movie, planner: Planner, file: str, cuts: Sequence[Cut]) -> list[Clip]:
    """Describe the cuts of a file, in the order in which they are in it."""
    clips, at = [], 0
    for cut in cuts:
        clips.append(_clip(movie, planner, file, cut, at))
        at += cut.end - cut.first
    return clips


def _clip(movie: Movie, planner: Planner, file: str, cut: Cut, at: int) -> Clip:
    span = movie.span(cut.first, cut.end)
    starts, ends = planner.segments(cut.first, cut.end)
    frames = cut.end - cut.first
    return Clip(
        file=file,
        start=cut.asked.start,
        end=cut.asked.end,
        mode=cut.mode,
        why=cut.why,
        first=cut.first,
        last=cut.end - 1,
        at=at,
        frames=frames,
        seconds=float(span.end - span.start),
        encoded=frames - cut.copied,
        copied=cut.copied,
        segment_starts=starts,
        segment_ends=ends,
    )
