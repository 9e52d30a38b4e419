"""Decide, before anything is decoded, what a transcode will make: the same on every worker for the same movie and settings."""

from dataclasses import dataclass

from pipelines.errors import BadInput, CannotDecode
from pipelines.source import Source
from pipelines.transcode.ladder import plan_sizes
from pipelines.transcode.look import Look, look_at, why_not_safe
from pipelines.transcode.schedule import (
    Chunk,
    Clock,
    Numbers,
    clock_of,
    keyframes,
    longest_seconds,
    plan_segments,
)
from pipelines.transcode.settings import GOP_SECONDS, Settings
from pipelines.video.container import FRAMES_LIMIT, PIXELS_LIMIT, open_movie
from pipelines.video.index import Index, read_index


@dataclass(frozen=True, slots=True)
class Rung:
    """One size to be made. is_copied: the source's own pictures are taken as they are; `why` says why or why not."""

    width: int
    height: int
    is_copied: bool
    why: str

    @property
    def name(self) -> str:
        return f"{self.height}p"


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All that follows from a movie and the settings. starts: the frames with which segments begin."""

    index: Index
    look: Look
    clock: Clock
    rungs: tuple[Rung, ...]
    starts: Numbers
    settings: Settings

    @property
    def encoded(self) -> tuple[Rung, ...]:
        return tuple(rung for rung in self.rungs if not rung.is_copied)

    @property
    def whole(self) -> Chunk:
        return Chunk(0, self.index.frames)


def plan_movie(
    source: Source,
    settings: Settings,
    index: Index | None = None,
    *,
    pixels_limit: int = PIXELS_LIMIT,
    frames_limit: int = FRAMES_LIMIT,
) -> Plan:
    """Plan a transcode. index: when it was read before.

    Raises BadInput as `read_index` does, and encrypted, not_a_movie (a picture), unknown_colours; CannotDecode naming
    the first missing frame of a movie that is cut short.
    """
    index = index or read_index(source, pixels_limit=pixels_limit, frames_limit=frames_limit)
    _check(index)
    with open_movie(source, pixels_limit=pixels_limit) as (_, stream):
        look = look_at(stream, index)
    clock = clock_of(index)
    sizes = plan_sizes(look.shown, settings.heights)
    why, starts = _copying(look, index, clock, settings)
    rungs = []
    for width, height in sizes:
        is_same = (width, height) == (look.width, look.height)
        reason = why or ("browsers play it as it is" if is_same else "it has another size")
        rungs.append(Rung(width, height, is_same and why is None, reason))
    if settings.packaging != "hls" or not any(rung.is_copied for rung in rungs):
        starts = plan_segments(clock, settings.gop_seconds)
    return Plan(index, look, clock, tuple(rungs), starts, settings)


def _check(index: Index) -> None:
    if index.is_encrypted:
        raise BadInput("the movie is encrypted", code="encrypted")
    if index.container.endswith("_pipe"):
        raise BadInput("this is a picture, not a movie", code="not_a_movie")
    if not index.width or not index.height:
        raise BadInput("nothing tells how large the movie's pictures are", code="undecodable")
    if index.is_truncated:
        raise CannotDecode(
            f"the movie is cut short: frame {index.frames} of {index.promised} is missing", frame=index.frames
        )


def _copying(look: Look, index: Index, clock: Clock, settings: Settings) -> tuple[str | None, Numbers]:
    """Say why no rung may be a copy (None when one may), and where its segments could begin: at its own keyframes."""
    starts = plan_segments(clock, settings.gop_seconds, among=keyframes(index))
    why = why_not_safe(look, index)
    longest = longest_seconds(clock, starts)
    if why is None and settings.packaging == "hls" and longest > GOP_SECONDS[1]:
        why = f"its keyframes are up to {longest:.1f} s apart, too far for segments"
    return why, starts
