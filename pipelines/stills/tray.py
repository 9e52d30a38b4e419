"""The frames of one order, decoded in the cheapest order, then cut, scaled and turned as asked."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from pipelines.errors import BadInput
from pipelines.stills.order import Order, Tick
from pipelines.stills.region import Bgr, Roi, check_roi, crop
from pipelines.stills.scale import Size, fit, scale, scaled_size
from pipelines.stills.selection import Selection
from pipelines.stills.small import can_shrink, shrink
from pipelines.video.frames import Frames, Picture
from pipelines.video.index import Index
from pipelines.video.turn import Turn

WINDOW_BYTES = 32 << 20  # of developed pictures that wait for their turn


class Tray:
    """Gives the pictures of an order by their places in the request; damaged frames are left out, and noted."""

    def __init__(self, frames: Frames, order: Order, selection: Selection, tick: Tick | None) -> None:
        """Raise BadInput for a region outside the picture, and for a count of regions that does not fit."""
        self.damaged: set[int] = set()
        self.numbers = selection.numbers
        self.index = frames.index
        self._frames, self._order, self._tick = frames, order, tick
        self._done: set[int] = set()
        self._total = len(set(self.numbers))
        self._shown = shown_size(frames.index, order)
        self._sizes = _sizes(self._shown, order, len(self.numbers))

    def __len__(self) -> int:
        """Count the places."""
        return len(self.numbers)

    def size(self, place: int) -> Size:
        """Give (width, height) of the developed picture."""
        return self._sizes[place if len(self._sizes) > 1 else 0]

    @property
    def pixels(self) -> int:
        """Count the pixels of all developed pictures."""
        return sum(width * height for width, height in map(self.size, range(len(self))))

    def pictures(self, places: Iterable[int]) -> Iterator[tuple[Picture, list[int]]]:
        """Decode each frame once, with all its places; what follows from it is counted as done."""
        places_by_number: dict[int, list[int]] = {}
        for place in places:
            places_by_number.setdefault(self.numbers[place], []).append(place)
        damaged: list[int] = []
        for picture in self._frames.pictures(places_by_number, damaged):
            yield picture, places_by_number[picture.number]
            self._count(picture.number)
        self.damaged.update(damaged)

    def cells(self, places: Iterable[int]) -> Iterator[tuple[int, Bgr]]:
        """Give (place, developed picture) as they are decoded."""
        for picture, shown_at in self.pictures(places):
            for place in shown_at:
                yield place, self.develop(picture, place)

    def in_order(self) -> Iterator[Bgr]:
        """Give all developed pictures in the order of the request, in the first one's size.

        WINDOW_BYTES of them are held at most. Where a frame is damaged the picture before it stays; before the first there is black.
        """
        width, height = self.size(0)
        last: Bgr = np.zeros((height, width, 3), np.uint8)
        step = max(1, WINDOW_BYTES // last.nbytes)
        for start in range(0, len(self), step):
            places = range(start, min(start + step, len(self)))
            cell_by_place = {place: fit(cell, (width, height)) for place, cell in self.cells(places)}
            for place in places:
                last = cell_by_place.pop(place, last)
                yield last

    def develop(self, picture: Picture, place: int) -> Bgr:
        """Give a picture as it was ordered; safe to call from several threads at once."""
        size, roi = self.size(place), self.roi(place)
        turn = _turn(picture.turn, self._order)
        is_usual = turn.size(picture.frame.width, picture.frame.height) == self._shown
        stored = turn.inverse.size(*size)
        if roi is None and is_usual and can_shrink(picture.frame, stored):
            return turn.apply(shrink(picture.frame, stored))
        whole = turn.apply(picture.bgr(upright=False))
        if not is_usual:  # a movie may change its size midway
            whole = fit(whole, self._shown)
        return scale(whole if roi is None else crop(whole, roi, f"rois[{place}]"), size)

    def roi(self, place: int) -> Roi | None:
        """Give the region that is cut out of the frame at a place."""
        return _roi(self._order.rois, place)

    def _count(self, number: int) -> None:
        self._done.add(number)
        if self._tick is not None:
            self._tick(len(self._done), self._total, "developing")


def _roi(rois: Sequence[Roi], place: int) -> Roi | None:
    if not rois:
        return None
    return rois[place if len(rois) > 1 else 0]


def shown_size(index: Index, order: Order) -> Size:
    """Give (width, height) of a whole frame as it is ordered, before it is cut and scaled."""
    return _turn(index.turn, order).size(index.width, index.height)


def _turn(stored: Turn, order: Order) -> Turn:
    """Give the turn from a picture as stored to how it is ordered."""
    return (stored if order.upright else Turn()).then(Turn(order.rotation))


def _sizes(shown: Size, order: Order, count: int) -> list[Size]:
    """Give the size of each developed picture, or the one size of all of them."""
    rois = order.rois
    if len(rois) not in {0, 1, count}:
        raise BadInput(f"{len(rois)} rois for {count} frames: give one, or one per frame", code="bad_rois")
    for place, roi in enumerate(rois):
        check_roi(roi, *shown, f"rois[{place}]")
    cut = [(roi.width, roi.height) for roi in rois] or [shown]
    return [scaled_size(size, order.width, order.height) for size in cut]
