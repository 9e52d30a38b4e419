"""Into how many parts the work on a long movie splits, from what its probe found alone."""

import math

from msgspec import Struct

from darkroom.facts import Facts, MovieFacts
from darkroom.params import ClipParams, TranscodeParams
from darkroom.settings import Settings

FRAMES_PER_PART = 10  # at least: a part of fewer is not worth its start, however long they are shown


class Parts(Struct, frozen=True):
    """Into how many parts work splits. joins: the last of them puts together what the others made.

    shares: what each part has to do, as its progress will count it, where that is known before.
    """

    total: int = 1
    joins: bool = False
    shares: tuple[int, ...] = ()


def split_clip(params: ClipParams, facts: Facts, settings: Settings) -> Parts:
    """Split what is encoded anew as a whole; copying is done sooner than it is handed round."""
    if params.mode != "exact":
        return Parts()
    movie = facts["movie"]
    frames = sum(piece.end - piece.start for piece in params.ranges)
    return _chunks(_seconds(movie) * frames / movie.frames, frames, settings)


def split_transcode(params: TranscodeParams, facts: Facts, settings: Settings) -> Parts:
    """Split a long movie by its time."""
    movie = facts["movie"]
    return _chunks(_seconds(movie), movie.frames, settings)


def _seconds(movie: MovieFacts) -> float:
    return movie.duration_seconds or 0.0


def _chunks(seconds: float, frames: int, settings: Settings) -> Parts:
    """Return a part per chunk and one that joins them; less than two chunks are one part."""
    chunks = math.floor(seconds / settings.chunk_seconds)
    chunks = min(chunks, frames // FRAMES_PER_PART, settings.parts_limit - 1)
    return Parts(chunks + 1, joins=True) if chunks >= 2 else Parts()
