"""Draw where points are, were and what they are called onto a copy of each frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from pipelines.track.canvas import Planes, even, picture_size, planes_of
from pipelines.track.captions import ScaleBar, elapsed, scale_bar
from pipelines.track.columns import Row
from pipelines.track.drawing import RED, Drawing, colours
from pipelines.track.flow import analysis_size
from pipelines.track.pen import BT601, Colour, Place, colour_of, cross, disc, line, ring, word, word_size
from pipelines.track.points import Size, rescale
from pipelines.track.proof import PLACES_PER_PX
from pipelines.track.status import Status
from pipelines.track.trail import Trail
from pipelines.video.picture import Plane

_LETTERS = 24  # of a label that are written
_GONE = frozenset({Status.LOST, Status.OCCLUDED, Status.CUT})  # such a point is not where it is drawn
_NUMBER_FONT, _NUMBER_SCALE = cv2.FONT_HERSHEY_DUPLEX, 0.75  # Plant Tracer's
_NUMBER_SIGNS = {"darkroom": "frame {}", "planttracer": "{}"}
_FLAGS = {Status.UNCERTAIN: "?", Status.LOST: "(lost)", Status.OCCLUDED: "(hidden)", Status.CUT: "(cut)"}
_BLACK, _WHITE = Colour(16, 128, 128), Colour(235, 128, 128)


def drawn_size(drawing: Drawing, size: Size) -> Size:
    """Give the (width, height) of the pictures that are drawn on, for a source of `size`."""
    return analysis_size(size) if drawing.size == "analysis" else picture_size(size)


@dataclass(frozen=True, slots=True)
class Scene:
    """What a movie's pictures have in common.

    size: of the source. matrix: ITU-T H.273, of the pictures. mm_per_px: of the source, when it has a ruler.
    frames_per_minute: in which the movie was taken, if not as it is shown.
    """

    labels: tuple[str, ...]
    size: Size
    matrix: int = BT601
    mm_per_px: float | None = None
    frames_per_minute: float | None = None


class Overlay:
    """Draws one movie's points frame by frame; see `draw`."""

    def __init__(self, scene: Scene, drawing: Drawing) -> None:
        self.size = drawn_size(drawing, scene.size)
        self._scene = scene
        self._drawing = drawing
        self._is_ours = drawing.style == "darkroom"
        self._colours = [colour_of(rgb, scene.matrix) for rgb in colours(drawing, scene.labels)]
        self._red = colour_of(RED, scene.matrix)
        zoom = max(self.size) / 640
        self._radius = 7 * max(0.5, zoom) if self._is_ours else 6 * zoom
        self._thickness = max(1, round(2 * zoom))
        self._letters = 0.45 * max(0.8, zoom)
        width, height = even(self.size)
        layer = planes_of(np.empty((height * 3 // 2, width), np.uint8))
        self._trail = Trail(layer, self._thickness, is_soft=self._is_ours)
        self._bar: ScaleBar | None = None
        if drawing.scale_bar and scene.mm_per_px is not None:
            self._bar = scale_bar(scene.mm_per_px * max(scene.size) / max(self.size), self.size[0])
        self._first: Row | None = None
        self._last: Sequence[Place | None] = [None] * len(scene.labels)

    def advance(self, row: Row) -> list[Place | None]:
        """Lengthen the paths to a frame; give the points on the picture, None for one that is nowhere."""
        self._first = self._first or row
        places = self._places(row)
        for index, (before, now) in enumerate(zip(self._last, places, strict=True)):
            if now is not None:
                self._trail.extend(before or now, now, self._colours[index])
        gone = [self._is_ours and Status(int(status)) in _GONE for status in row.status]
        self._last = [None if away else place for away, place in zip(gone, places, strict=True)]
        return places

    def draw(self, picture: Plane, row: Row) -> Plane:
        """Give the picture with markers, paths since the first frame, and words.

        Planar Y, U, V (height * 3 / 2, width) uint8, limited range; the picture itself is not drawn on.
        """
        drawn = picture.copy()
        planes = planes_of(drawn)
        places = self.advance(row)
        self._trail.lay_on(planes)
        for index, place in enumerate(places):
            if place is not None:
                self._mark(planes, index, place, Status(int(row.status[index])))
        self._caption(planes, row)
        return drawn

    def _places(self, row: Row) -> list[Place | None]:
        told = np.rint(row.positions.astype(np.float64) * PLACES_PER_PX) / PLACES_PER_PX
        scaled = rescale(told, self._scene.size, self.size).tolist()
        return [(x, y) if x == x else None for x, y in scaled]  # noqa: PLR0124 - NaN is not itself

    def _mark(self, planes: Planes, index: int, place: Place, status: Status) -> None:
        if status is Status.OUT_OF_FRAME:
            return
        colour = self._colours[index]
        if not self._is_ours:
            disc(planes, place, self._radius, colour)
        elif status in _GONE:
            cross(planes, place, self._radius, colour, self._thickness)
        else:
            ring(planes, place, self._radius, colour, self._thickness)
        text = self._scene.labels[index][:_LETTERS] if self._drawing.names else ""
        text = f"{text} {_FLAGS.get(status, '')}".strip() if self._is_ours else text
        if text:
            self._name(planes, place, text)

    def _name(self, planes: Planes, place: Place, text: str) -> None:
        gap = self._radius + 4
        height = word_size(text, self._letters)[1]
        word(planes, (round(place[0] + gap), round(place[1] - gap - height / 2)), text, self._letters)

    def _caption(self, planes: Planes, row: Row) -> None:
        """Write the frame's number and the time at the top right, and the scale bar at the bottom left."""
        text = _NUMBER_SIGNS[self._drawing.style].format(row.index)
        right, below = planes[0].shape[1] - 6, 6
        if self._is_ours:
            width, height = word_size(text, self._letters)
            word(planes, (right - width, below), text, self._letters)
        else:
            width, height = word_size(text, _NUMBER_SCALE, _NUMBER_FONT)
            corner = (right - width, below)
            word(planes, corner, text, _NUMBER_SCALE, ground=self._red, font=_NUMBER_FONT)
        if self._drawing.clock and self._first is not None:
            text = elapsed(self._first, row, self._scene.frames_per_minute)
            word(planes, (right - word_size(text, self._letters)[0], below + height + 2), text, self._letters)
        if self._bar is not None:
            self._measure(planes, self._bar)

    def _measure(self, planes: Planes, bar: ScaleBar) -> None:
        height = planes[0].shape[0]
        left, y, tick = 12.0, height - 14.0, 4.0 * self._thickness
        right = left + bar.length_px
        strokes = [
            ((left, y), (right, y)),
            ((left, y - tick), (left, y + tick)),
            ((right, y - tick), (right, y + tick)),
        ]
        for colour, extra in ((_BLACK, 2), (_WHITE, 0)):
            for ends in strokes:
                line(planes, ends, colour, self._thickness + extra)
        rise = word_size(bar.text, self._letters)[1]
        word(planes, (round(left), round(y - tick - rise - 2)), bar.text, self._letters)
