"""What an earlier track says of the frames before those that are followed now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipelines.track.record import FrameRow, Tracks, read_tracks
from pipelines.track.status import Status
from pipelines.video.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Past:
    """The earlier track up to frame `start`, and from which frame on points are drawn.

    tracks: its points are those followed now, in their order; None when there was no earlier track.
    """

    tracks: Tracks | None
    first: int
    start: int
    points: int

    def rows(self) -> Iterator[FrameRow]:
        """Give the rows as their table had them."""
        return iter(()) if self.tracks is None else self.tracks.rows()

    def lead(self, timeline: Timeline) -> Iterator[FrameRow]:
        """Give a row for every frame from `first` up to `start`; points without a row have no place."""
        told = self.rows()
        row = next(told, None)
        for index in range(self.first, self.start):
            while row is not None and row.index < index:
                row = next(told, None)
            is_told = row is not None and row.index == index
            yield self._at(index, timeline, row if is_told else None)

    def _at(self, index: int, timeline: Timeline, row: FrameRow | None) -> FrameRow:
        """Give a frame's row with the movie's own time, which a table rounds."""
        nowhere = np.full(self.points, np.nan)
        places = np.full((self.points, 2), np.nan) if row is None else row.positions
        status = np.full(self.points, Status.LOST, np.uint8) if row is None else row.status
        return FrameRow(index, timeline.seconds(index), places, status, nowhere, nowhere, None)


def read_past(table: Path | None, labels: Sequence[str], start: int, first: int | None) -> Past:
    """Read an earlier table, if there is one, up to frame `start`.

    first: the frame with which the traced movie begins; None for the first that the table has, or `start`.
    Raises BadInput as `read_tracks` does.
    """
    tracks = None if table is None else read_tracks(table).before(start).arranged(labels)
    if first is None:
        first = int(tracks.frames[0]) if tracks is not None and len(tracks.frames) else start
    return Past(tracks, first, start, len(labels))
