"""What is asked of a clip, and what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pipelines.errors import BadInput
from pipelines.video.index import Index

Mode = Literal["copy", "exact", "smart"]
Tick = Callable[[int, int, str], None]

RANGES_LIMIT = 1000
CRF = 16  # of x264: no difference is seen, some 45 dB
THREADS = 2  # of decoder and encoder; a fixed number, for the encoder's bytes depend on it


def ignore(done: int, total: int, phase: str = "") -> None:
    """Take a tick that nobody waits for."""


@dataclass(frozen=True, slots=True)
class Range:
    """Frames from `start` up to but not including `end`, counted from the movie's first shown frame."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Clip:
    """What a range became.

    file: where it is. mode: how it was really made, and why not as asked. first, last: the frames that are there, in
    the movie's numbering, both inclusive; `copy` gives more than was asked for. at: the place of the first of them
    in the file. encoded, copied: how many frames were encoded anew and how many taken over bit by bit.
    segment_starts, segment_ends: first and last frame of each of the movie's GOPs that hold frames of it.
    """

    file: str
    start: int
    end: int
    mode: Mode
    why: str | None
    first: int
    last: int
    at: int
    frames: int
    seconds: float
    encoded: int
    copied: int
    segment_starts: list[int]
    segment_ends: list[int]


@dataclass(frozen=True, slots=True)
class Clipped:
    """All that was made. files: names in the folder; clips: one per range, in the order of the ranges."""

    files: list[str]
    clips: list[Clip]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def check_ranges(ranges: Sequence[Range], index: Index, *, ranges_limit: int, frames_limit: int) -> None:
    """Raise BadInput: no_ranges, too_many_ranges, empty_range, frame_past_end (naming the true count), too_many_frames."""
    if not ranges:
        raise BadInput("no range is given", code="no_ranges")
    if len(ranges) > ranges_limit:
        raise BadInput(f"{len(ranges):,} ranges; the limit is {ranges_limit:,}", code="too_many_ranges")
    for number, piece in enumerate(ranges):
        if not 0 <= piece.start < piece.end:
            raise BadInput(
                f"range {number} holds no frame: it goes from {piece.start} up to, not including, {piece.end}",
                code="empty_range",
            )
        if piece.end > index.frames:
            raise BadInput(
                f"range {number} ends at {piece.end}: the movie has {index.frames} frames",
                code="frame_past_end",
            )
    frames = sum(piece.end - piece.start for piece in ranges)
    if frames > frames_limit:
        raise BadInput(f"{frames:,} frames in all; the limit is {frames_limit:,}", code="too_many_frames")
