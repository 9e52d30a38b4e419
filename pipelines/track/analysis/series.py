"""A track as series over real time: place and speed of each point where it was found."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.track.analysis.motion import velocity
from pipelines.track.analysis.quality import used_frames
from pipelines.track.record import Tracks

SECONDS_PER_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Series:
    """One point where it was found: all (m,) float64.

    seconds: real time. x, y: pixels, origin top left, y down, without the camera's shake where that was taken out.
    speed: pixels per second, by central differences; NaN on a frame that stands alone.
    """

    label: str
    seconds: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    speed: NDArray[np.float64]


def series(tracks: Tracks, *, start: float = 0.0, frames_per_minute: float | None = None) -> Iterator[Series]:
    """Give each point's, in the order of the table.

    start: seconds that are added, the time of frame 0. frames_per_minute: how many frames stand for a minute of real
    time; without it the movie's own time is that.
    """
    elapsed = (
        tracks.seconds
        if frames_per_minute is None
        else tracks.frames * SECONDS_PER_MINUTE / frames_per_minute
    )
    places = tracks.places if tracks.stable is None else tracks.stable
    is_used = used_frames(tracks, places)
    used = np.where(is_used[..., None], places, np.nan)
    speeds = np.hypot(*np.moveaxis(velocity(used, tracks.frames, elapsed), -1, 0))
    for point, label in enumerate(tracks.labels):
        at = is_used[:, point]
        x, y = used[at, point].T
        yield Series(label, elapsed[at] + start, x, y, speeds[at, point])
