"""Which frames of a movie are meant: by number, by time, or spread evenly."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral

from pipelines.errors import BadInput
from pipelines.stills.order import Order
from pipelines.video.index import Index


@dataclass(frozen=True, slots=True)
class Selection:
    """The frames in the order of the request.

    starts: from when on each stands for the movie, in seconds: when it is shown, or, of frames spread
    evenly, when the span that it lies in the middle of begins.
    """

    numbers: tuple[int, ...]
    starts: tuple[float, ...]


def select(order: Order, index: Index, frames_limit: int) -> Selection:
    """Give the frames that are meant.

    Raises BadInput: bad_selection (not exactly one of frames, seconds, count; a frame that is given twice
    for a file each), too_many_frames, frame_outside (past the end, naming the true count).
    """
    field = _field(order)
    asked = len(order.frames) or len(order.seconds) or order.count or 0
    if asked > frames_limit:
        raise BadInput(f"{field}: {asked} frames; the limit is {frames_limit}", code="too_many_frames")
    if field == "count":
        return _spread(asked, index)
    numbers = _numbered(order.frames, index) if field == "frames" else _timed(order.seconds, index)
    if order.layout == "each":
        _check_distinct(numbers, field)
    return Selection(numbers, tuple(index.seconds(number) for number in numbers))


def duration_seconds(index: Index) -> float:
    """Give how long the movie is shown, its last frame included."""
    return index.seconds(index.frames - 1) + float(index.last_ticks * index.time_base)


def _field(order: Order) -> str:
    given = [name for name in ("frames", "seconds") if len(getattr(order, name))]
    given += ["count"] if order.count is not None else []
    if len(given) != 1:
        said = " and ".join(given) or "none of them"
        raise BadInput(f"give one of frames, seconds and count; {said} was given", code="bad_selection")
    return given[0]


def _spread(count: int, index: Index) -> Selection:
    """Cut the movie into equal spans and take the frame in the middle of each."""
    if not 1 <= count <= index.frames:
        raise BadInput(
            f"count {count} is not between 1 and the movie's {index.frames} frames", code="frame_outside"
        )
    firsts = [place * index.frames // count for place in range(count)]
    middles = [(2 * place + 1) * index.frames // (2 * count) for place in range(count)]
    return Selection(tuple(middles), tuple(index.seconds(first) for first in firsts))


def _numbered(frames: Sequence[int], index: Index) -> tuple[int, ...]:
    for place, number in enumerate(frames):
        if not isinstance(number, Integral) or not 0 <= number < index.frames:
            raise BadInput(
                f"frames[{place}]: there is no frame {number}; "
                f"the movie has {index.frames} frames (0 to {index.frames - 1})",
                code="frame_outside",
            )
    return tuple(int(number) for number in frames)


def _timed(seconds: Sequence[float], index: Index) -> tuple[int, ...]:
    end = duration_seconds(index)
    if not index.has_times:
        raise BadInput("the movie keeps no times: ask for frames by number", code="no_times")
    for place, instant in enumerate(seconds):
        if not (math.isfinite(instant) and 0 <= instant <= end):
            raise BadInput(
                f"seconds[{place}]: {instant:g} s is outside the movie, which lasts {end:g} s "
                f"({index.frames} frames)",
                code="frame_outside",
            )
    return tuple(index.frame_at(instant) for instant in seconds)


def _check_distinct(numbers: tuple[int, ...], field: str) -> None:
    place_by_number: dict[int, int] = {}
    for place, number in enumerate(numbers):
        earlier = place_by_number.setdefault(number, place)
        if earlier != place:
            raise BadInput(
                f"{field}[{earlier}] and {field}[{place}] are both frame {number}; a file each needs distinct ones",
                code="bad_selection",
            )
