"""When each frame of a movie is shown, read from its packets without decoding any."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from pipelines.source import Source
from pipelines.video.container import FRAMES_LIMIT, PIXELS_LIMIT
from pipelines.video.index import Index, read_index
from pipelines.video.packet_index import mean_rate

_COARSE_TICKS = 4  # a clock of fewer ticks per frame hides no rounding: any unevenness is real


@dataclass(frozen=True, slots=True)
class Timeline:
    """The frames of a movie as its packets promise them.

    frames: how many can be read. promised: how many the container says there are; more than `frames` when
    the file is cut short. pts: (frames,) int64, ascending, in ticks of time_base; None where the container
    keeps no times. is_exact: a packet's time is its frame's. last_ticks: how long the last frame stays.
    """

    frames: int
    promised: int
    time_base: Fraction
    pts: NDArray[np.int64] | None
    is_exact: bool
    last_ticks: int
    is_encrypted: bool

    @property
    def is_truncated(self) -> bool:
        return self.promised > self.frames

    @property
    def has_variable_rate(self) -> bool:
        """Tell whether frames are unevenly spaced, beyond the rounding of the container's clock."""
        if self.pts is None or self.frames < 3:
            return False
        steps = np.diff(self.pts)
        return bool(np.ptp(steps) > (1 if steps.mean() >= _COARSE_TICKS else 0))

    @property
    def first_seconds(self) -> float | None:
        return None if self.pts is None else float(int(self.pts[0]) * self.time_base)

    @property
    def duration_seconds(self) -> float | None:
        if self.pts is None or not self.frames:
            return None
        return float((int(self.pts[-1] - self.pts[0]) + self.last_ticks) * self.time_base)

    @property
    def rate(self) -> Fraction:
        """Give the mean frames per second; 25 where nothing tells."""
        ticks = 0 if self.pts is None or not self.frames else int(self.pts[-1] - self.pts[0])
        return mean_rate(self.frames, ticks, self.time_base)

    def ticks(self, index: int) -> int:
        """Give when frame `index` is shown, in ticks since the movie's first frame."""
        if self.pts is None:
            return index * (self.last_ticks or 1)
        return int(self.pts[min(index, self.frames - 1)] - self.pts[0])

    def seconds(self, index: int) -> float:
        """Give when frame `index` is shown, in seconds since the movie's first frame."""
        return self.ticks(index) * self.time_base.numerator / self.time_base.denominator


def timeline_of(index: Index) -> Timeline:
    """Give the timeline that an index tells."""
    return Timeline(
        frames=index.frames,
        promised=index.promised,
        time_base=index.time_base,
        pts=index.shown_pts if index.has_times else None,
        is_exact=index.is_exact,
        last_ticks=index.last_ticks,
        is_encrypted=index.is_encrypted,
    )


def read_timeline(
    source: Source, *, pixels_limit: int = PIXELS_LIMIT, frames_limit: int = FRAMES_LIMIT
) -> Timeline:
    """Note when each frame of a movie is shown; see `read_index` for what is counted and what is refused."""
    return timeline_of(read_index(source, pixels_limit=pixels_limit, frames_limit=frames_limit))
