"""Bend a track through the places that a person has corrected: what comes from before and from behind is fused."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import BadInput
from pipelines.track.engines import Engine
from pipelines.track.points import Correction, Point, Size, checked_places
from pipelines.track.status import Status
from pipelines.video.decode import LumaFrame
from pipelines.video.picture import Plane

FRAMES_BYTES = 1 << 27  # of decoded luma that are held to be gone through backwards
_AGREE_PX = 3.0  # ways from before and from behind that are farther apart leave a doubt
_LEAST_SCORE = 0.01

Frames = Callable[[int, int], Iterator[LumaFrame]]  # (start, end): the frames from `start` to before `end`
Fused = tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.float32]]
Begin = Callable[[Plane, NDArray[np.float64]], Engine]


@dataclass(frozen=True, slots=True)
class Marks:
    """Corrections by frame: which points, by their numbers, and where (k, 2) float64 in source pixels."""

    places_by_frame: dict[int, dict[int, tuple[float, float]]]

    @property
    def last(self) -> int:
        return max(self.places_by_frame, default=-1)

    def put(self, engine: Engine, frame: int) -> None:
        """Mark what was corrected on a frame."""
        places = self.places_by_frame.get(frame, {})
        if places:
            engine.mark(np.array(list(places), np.int64), np.array(list(places.values()), np.float64))

    def frames_of(self, point: int) -> list[int]:
        """Give the frames on which a point was corrected, in order."""
        return sorted(frame for frame, places in self.places_by_frame.items() if point in places)


@dataclass(frozen=True, slots=True)
class Back:
    """Where points come from when one goes back from their corrections.

    places: (frames, n, 2) float32, NaN behind a point's last correction; scores: (frames, n) float32, 0 where lost;
    shares: (frames, n) float32, 0..1 of the way from the mark before to the mark behind, NaN where nobody comes from
    behind and on the marks themselves. The first row is frame `start`.
    """

    start: int
    places: NDArray[np.float32]
    scores: NDArray[np.float32]
    shares: NDArray[np.float32]


def check_frames(corrections: Sequence[Correction], labels: Sequence[str], start: int, stop: int) -> None:
    """Raise BadInput: correction_unknown_label, correction_outside_range, correction_twice."""
    seen: set[tuple[str, int]] = set()
    for label, frame, _, _ in corrections:
        if label not in labels:
            raise BadInput(
                f"no point has the label {label!r} of a correction", code="correction_unknown_label"
            )
        if not start <= frame < stop:
            raise BadInput(
                f"the correction of {label!r} on frame {frame} lies outside of the frames {start} to {stop - 1}",
                code="correction_outside_range",
            )
        if (label, frame) in seen:
            raise BadInput(f"{label!r} is corrected twice on frame {frame}", code="correction_twice")
        seen.add((label, frame))


def marks_of(
    corrections: Sequence[Correction], labels: Sequence[str], points_size: Size | None, size: Size
) -> Marks:
    """Give corrections as marks on a picture of `size`. Raises BadInput as `checked_places` does."""
    places_by_frame: dict[int, dict[int, tuple[float, float]]] = {}
    for label, frame, x, y in corrections:
        place = checked_places([Point(label, x, y)], points_size, size)[0]
        places_by_frame.setdefault(frame, {})[labels.index(label)] = (float(place[0]), float(place[1]))
    return Marks(places_by_frame)


def go_back(frames: Frames, begin: Begin, marks: Marks, back: Back, each: Callable[[int, int], None]) -> None:
    """Follow points from their corrections back to the mark before each, and fill the tables of `nothing_yet`.

    Memory is bounded by FRAMES_BYTES of pictures and by 16 bytes a frame and point. each: told (done, total).
    Raises CannotDecode as `luma_frames` does.
    """
    engine: Engine | None = None
    total, count = back.scores.shape
    for index, luma in _backwards(frames, back.start, back.start + total):
        if engine is None:
            engine = begin(luma, _last_places(marks, count))
        else:
            engine.advance(luma)
            marks.put(engine, index)
        row = index - back.start
        back.places[row] = np.where(np.isnan(back.shares[row])[:, None], np.nan, engine.places_px)
        back.scores[row] = np.where(engine.status <= Status.UNCERTAIN, engine.score, 0)
        each(total - row, total)


def fuse(back: Back, frame: int, engine: Engine) -> Fused:
    """Give places (n, 2), status (n,) and score (n,) on a frame from both ways.

    Each way weighs by its score, and by how near its mark is; where they disagree by some pixels the place is uncertain.
    """
    places, status, score = engine.places_px, engine.status, engine.score
    row = frame - back.start
    if not 0 <= row < len(back.places):
        return places, status, score
    behind, trust, share = back.places[row], back.scores[row], back.shares[row]
    ahead = np.where(status <= Status.UNCERTAIN, np.maximum(score, _LEAST_SCORE), 0)
    weight = np.where(trust > 0, share * np.maximum(trust, _LEAST_SCORE), 0)
    weight = np.nan_to_num(weight / np.maximum(weight + (1 - share) * ahead, 1e-9), nan=0.0)
    fused = np.where(weight[:, None] > 0, places + weight[:, None] * (behind - places), places)
    apart = np.nan_to_num(np.hypot(*(behind - places).T), nan=0.0)
    is_open = (weight > 0) & (weight < 1) & (apart > _AGREE_PX)
    state = np.where(weight > 0, np.where(is_open, Status.UNCERTAIN, Status.TRACKED), status)
    both = np.where(weight > 0, weight * trust + (1 - weight) * score, score) * np.where(is_open, 0.5, 1)
    return fused.astype(np.float32), state.astype(np.uint8), both.astype(np.float32)


def nothing_yet(marks: Marks, start: int, count: int) -> Back:
    """Give empty tables for `go_back`, from frame `start` to the last correction, for so many points."""
    total = max(0, marks.last - start + 1)
    shares = np.full((total, count), np.nan, np.float32)
    for point in range(count if total else 0):
        edges = [start, *(frame for frame in marks.frames_of(point) if frame > start)]
        for begin, end in pairwise(edges):
            shares[begin - start : end - start + 1, point] = np.linspace(0, 1, end - begin + 1)
        for edge in edges:
            shares[edge - start, point] = np.nan  # the mark itself is certain
    return Back(
        start, np.full((total, count, 2), np.nan, np.float32), np.zeros((total, count), np.float32), shares
    )


def _last_places(marks: Marks, count: int) -> NDArray[np.float64]:
    """Give each point's last correction: where one begins that is not marked yet does not matter."""
    places = np.zeros((count, 2))
    for point in range(count):
        for frame in marks.frames_of(point)[-1:]:
            places[point] = marks.places_by_frame[frame][point]
    return places


def _backwards(frames: Frames, start: int, stop: int) -> Iterator[tuple[int, Plane]]:
    """Give frames from the one before `stop` down to `start`, decoded in runs that fit into memory."""
    if start >= stop:
        return
    first = next(iter(frames(start, start + 1)))
    length = max(1, FRAMES_BYTES // first.luma.size)
    for end in range(stop, start, -length):
        run = [(f.index, np.array(f.luma, order="C")) for f in frames(max(start, end - length), end)]
        yield from reversed(run)
