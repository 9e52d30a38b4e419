"""What came of a track, counted while it runs."""

import heapq
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pipelines.errors import CannotDecode
from pipelines.track.columns import NAMES, Row
from pipelines.track.status import Status
from pipelines.track.tracker import FrameTrack

WORST_FRAMES = 5  # of a point that are told


@dataclass(frozen=True, slots=True)
class WorstFrame:
    """Where a person should look. score, err: as in the tables; None where not measured."""

    frame: int
    status: str
    score: float | None
    err: float | None


@dataclass(frozen=True, slots=True)
class PointSummary:
    """One point's way: on how many frames it was what, and its first and last place (x, y) in source pixels.

    worst: the frames on which its place is least to be trusted, the worst first; none where all is perfect.
    """

    label: str
    tracked: int
    uncertain: int
    lost: int
    occluded: int
    cut: int
    out_of_frame: int
    first_px: tuple[float, float]
    last_px: tuple[float, float]
    displacement_px: float
    worst: tuple[WorstFrame, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """What was tracked and written.

    frames, start, end: those followed, `end` not included; points also count the rows of an earlier track. partial: the
    movie broke at frame `broken_at`, for `reason`, and what came before was kept. files: names in the output folder.
    copied: frames of the traced movie that were taken from the earlier one.
    """

    frames: int
    start: int
    end: int
    width: int
    height: int
    points: tuple[PointSummary, ...]
    files: tuple[str, ...]
    partial: bool = False
    broken_at: int | None = None
    reason: str | None = None
    copied: int = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Tally:
    """Counts of a running track."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = labels
        self._counts = np.zeros((len(labels), len(Status)), np.int64)
        self._ends = np.full((2, len(labels), 2), np.nan)  # first and last known place
        self._first: FrameTrack | None = None
        self._last: FrameTrack | None = None
        self._bars = np.full(len(labels), np.inf)  # scores above are not among the worst
        self._worst: list[list[tuple[float, float, int, WorstFrame]]] = [[] for _ in labels]

    def add(self, track: FrameTrack) -> None:
        """Count one frame that was followed."""
        self._first = self._first or track
        self._last = track
        self.count(track)

    def count(self, row: Row) -> None:
        """Count one frame that was followed, now or earlier."""
        known = ~np.isnan(row.positions[:, 0])
        self._counts[known, row.status[known]] += 1
        fresh = known & np.isnan(self._ends[0, :, 0])
        self._ends[0, fresh] = row.positions[fresh]
        self._ends[1, known] = row.positions[known]
        is_doubtful = (row.score < 1) | (row.status != Status.TRACKED)
        score = np.where(np.isnan(row.score), 0, row.score)
        for place in np.flatnonzero(known & is_doubtful & (score <= self._bars)).tolist():
            self._judge(place, row, float(score[place]))

    def _judge(self, place: int, row: Row, score: float) -> None:
        """Keep a frame if it is among a point's worst: of the lowest score, then the largest error, then the first."""
        err = float(row.err[place])
        rank = (-score, 0.0 if math.isnan(err) else err, -row.index)
        kept = self._worst[place]
        if len(kept) == WORST_FRAMES and rank <= kept[0][:3]:
            return
        told = WorstFrame(row.index, NAMES[row.status[place]], _known(float(row.score[place])), _known(err))
        entry = (*rank, told)
        if len(kept) < WORST_FRAMES:
            heapq.heappush(kept, entry)
        else:
            heapq.heapreplace(kept, entry)
        if len(kept) == WORST_FRAMES:
            self._bars[place] = -kept[0][0]

    def summary(self, files: tuple[str, ...], broken: CannotDecode | None, *, copied: int = 0) -> Summary:
        """Give the counts; at least one frame has been added."""
        first, last = self._first, self._last
        if first is None or last is None:
            raise ValueError("no frame was added")
        height, width = first.frame.luma.shape
        return Summary(
            frames=last.index - first.index + 1,
            start=first.index,
            end=last.index + 1,
            width=width,
            height=height,
            points=tuple(self.point(row) for row in range(len(self._labels))),
            files=files,
            partial=broken is not None,
            broken_at=broken.frame if broken else None,
            reason=broken.message if broken else None,
            copied=copied,
        )

    def point(self, row: int) -> PointSummary:
        """Give the counts of a point."""
        start, end = self._ends[:, row].tolist()
        counts = {status.name.lower(): int(self._counts[row, status]) for status in Status}
        return PointSummary(
            label=self._labels[row],
            **counts,
            first_px=(start[0], start[1]),
            last_px=(end[0], end[1]),
            displacement_px=float(np.hypot(end[0] - start[0], end[1] - start[1])),
            worst=tuple(
                entry[3] for entry in sorted(self._worst[row], key=lambda entry: entry[:3], reverse=True)
            ),
        )


def _known(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)
