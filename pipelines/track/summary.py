"""What came of a track, counted while it runs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pipelines.errors import CannotDecode
from pipelines.track.status import Status
from pipelines.track.tracker import FrameTrack


@dataclass(frozen=True, slots=True)
class PointSummary:
    """One point's way: on how many frames it was what, and its first and last place (x, y) in source pixels."""

    label: str
    tracked: int
    lost: int
    out_of_frame: int
    first_px: tuple[float, float]
    last_px: tuple[float, float]
    displacement_px: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What was tracked and written.

    start, end: frames tracked, `end` not included. partial: the movie broke at frame `broken_at`, for
    `reason`, and what came before was kept. files: names in the output folder.
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

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Tally:
    """Counts of a running track."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = labels
        self._counts = np.zeros((len(labels), len(Status)), np.int64)
        self._first: FrameTrack | None = None
        self._last: FrameTrack | None = None

    def add(self, track: FrameTrack) -> None:
        """Count one frame."""
        self._first = self._first or track
        self._last = track
        self._counts[np.arange(len(self._labels)), track.status] += 1

    def summary(self, files: tuple[str, ...], broken: CannotDecode | None) -> Summary:
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
            points=tuple(self._point(row, first, last) for row in range(len(self._labels))),
            files=files,
            partial=broken is not None,
            broken_at=broken.frame if broken else None,
            reason=broken.message if broken else None,
        )

    def _point(self, row: int, first: FrameTrack, last: FrameTrack) -> PointSummary:
        start, end = (track.positions[row].astype(np.float64) for track in (first, last))
        counts = self._counts[row].tolist()
        return PointSummary(
            label=self._labels[row],
            tracked=counts[Status.TRACKED],
            lost=counts[Status.LOST],
            out_of_frame=counts[Status.OUT_OF_FRAME],
            first_px=(float(start[0]), float(start[1])),
            last_px=(float(end[0]), float(end[1])),
            displacement_px=float(np.hypot(*(end - start))),
        )
