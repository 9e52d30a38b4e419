"""Draw where points are, were and what they are called onto a copy of each frame."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.track.canvas import Canvas, picture_size
from pipelines.track.pen import Colour, Place, colour_of, ring, word, word_size
from pipelines.track.points import Size, rescale
from pipelines.track.status import Status
from pipelines.track.tracker import FrameTrack
from pipelines.track.trail import Trail
from pipelines.video.picture import Plane

PALETTE = tuple(
    colour_of(*rgb)
    for rgb in (
        (255, 165, 0),  # orange: an Apex in Plant Tracer
        (0, 200, 255),
        (255, 60, 200),
        (150, 255, 60),
        (255, 230, 40),
        (60, 255, 200),
        (255, 80, 60),
        (180, 130, 255),
    )
)
_LETTERS = 24  # of a label that are written


class Overlay:
    """A picture on which one movie's points are drawn frame by frame; see `draw`."""

    def __init__(self, labels: Sequence[str], size: Size) -> None:
        self._size = size
        self.canvas = Canvas(picture_size(size))
        self._labels = [label[:_LETTERS] for label in labels]
        zoom = max(self.canvas.picture_size) / 640
        self._radius = 7 * max(0.5, zoom)
        self._thickness = max(1, round(2 * zoom))
        self._letters = 0.45 * max(0.8, zoom)
        self._trail = Trail(self.canvas.planes, self._thickness)
        self._last: list[Place] | None = None

    def draw(self, track: FrameTrack) -> Plane:
        """Give the frame with markers, paths since the first frame, labels and the frame's number.

        Planar Y, U, V (height * 3 / 2, width) uint8, limited range; overwritten by the next call.
        """
        places = self._places(track.positions)
        self.canvas.show(track.frame.picture, track.frame.turn)
        for index, (before, now) in enumerate(zip(self._last or places, places, strict=True)):
            self._trail.extend(before, now, _colour(index))
        self._last = places
        self._trail.lay_on(self.canvas.planes)
        for index, place in enumerate(places):
            self._mark(index, place, Status(int(track.status[index])))
        self._number(track.index)
        return self.canvas.i420

    def _places(self, positions: NDArray[np.float32]) -> list[Place]:
        scaled = rescale(positions.astype(np.float64), self._size, self.canvas.picture_size)
        return [(float(x), float(y)) for x, y in scaled]

    def _mark(self, index: int, place: Place, status: Status) -> None:
        if status is Status.OUT_OF_FRAME:
            return
        planes = self.canvas.planes
        ring(planes, place, self._radius, _colour(index), self._thickness)
        text = self._labels[index] + (" (lost)" if status is Status.LOST else "")
        gap = self._radius + 4
        _, height = word_size(text, self._letters)
        word(planes, (round(place[0] + gap), round(place[1] - gap - height / 2)), text, self._letters)

    def _number(self, index: int) -> None:
        text = f"frame {index}"
        width, _ = word_size(text, self._letters)
        word(self.canvas.planes, (self.canvas.width - width - 6, 6), text, self._letters)


def _colour(index: int) -> Colour:
    return PALETTE[index % len(PALETTE)]
