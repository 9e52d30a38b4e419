"""Follow points by anchored windows: predict, find, prove, and tell what was lost."""

import numpy as np
from numpy.typing import NDArray

from pipelines.track.points import Size, inside
from pipelines.track.precise.anchors import Anchors, Match, Pose
from pipelines.track.precise.cover import is_covered
from pipelines.track.precise.scene import is_same_scene, thumbnail
from pipelines.track.precise.search import search, turned_window
from pipelines.track.score import anchor_score
from pipelines.track.status import Status
from pipelines.track.strips import Kernel, carry
from pipelines.track.windows import as_complex, as_places, normalised, sample
from pipelines.video.picture import Plane

Numbers = NDArray[np.int64]

_CHECK = Kernel(
    window=15, levels=0, iterations=10, epsilon=0.01
)  # the way back: it begins where it should end
_CHAIN = Kernel(
    window=21, levels=3, iterations=20, epsilon=0.01
)  # from frame to frame, where the anchor fails
_HOLDS = 0.82  # of the likeness that a point usually has: under it, it is another thing
_FOUND_AGAIN = 0.88  # the same for a point that was lost
_LEAST = 0.4  # likeness under which nothing is proven
_LOWEST_USUAL = 0.6  # of a point's first likeness: so far its usual one may sink
_FORGETS = 0.05  # share of each new likeness in the usual one
_AT_REST_PX = 0.5  # a longer last step has not arrived
_FLAT = 1.0  # deviation of luma: a window with less shows nothing
_LONGEST_TURN = 0.12  # change of scale or rotation (radians) in one frame; more where a point is very alike
_VERY_ALIKE = 0.95  # of the usual likeness
_BACK_PX = 0.7  # how far the way back of a chain that is to be believed may miss
_CHAINED = 0.8  # likeness to the frame before, of a chain that is to be believed
_RENEWED_EVERY = 8  # frames; the slow window takes in some of what is seen
_RENEWED_BY = 0.15
_FADES = 0.95  # of the usual likeness: under it the slow window takes in more, on every frame
_FADING_BY = 0.3
_LONGEST_DROP = 0.06  # of likeness in one frame that may be a thing that changes, not one that is covered
_RETURNS_EVERY = 10  # frames; the seed corrects what the slow window has gathered
_RETURN_PX = 2.0  # longest correction
_LEAVES_PX = 0.1  # a frame: slower points do not leave
_CUT_SHARE = 0.6  # of the points that are lost at once when the scene is cut
_SEEKS = 6  # lost points that are looked for on one frame
_LOST_AFTER = 150  # frames: what was covered for longer is called lost


class Precise:
    """Points on a running movie, in pixels of the source; see `Flow` for the same face.

    Each point has two windows: its seed, as marked, and a slow one that takes in how it changes. The slow one is
    found on each frame (source: Matthews, Ishikawa & Baker 2004, template update with drift correction), the seed
    corrects it wherever it still fits.
    """

    def __init__(self, first: Plane, places_px: NDArray[np.float64]) -> None:
        height, width = first.shape
        self._size: Size = (width, height)
        count = len(places_px)
        side = window_side(self._size)
        self._seeds, self._slow = Anchors(count, side), Anchors(count, side)
        self._luma = np.array(first, order="C")
        self._centres = np.zeros(count, np.complex64)
        self._turns = np.ones(count, np.complex64)
        self._speeds = np.zeros(count, np.complex64)
        self._first = np.full(count, np.nan, np.float32)
        self._usual = np.full(count, np.nan, np.float32)
        self._likeness = np.ones(count, np.float32)
        self._dropped = np.zeros(count, np.float32)
        self._lost_for = np.zeros(count, np.int64)
        self._scene = thumbnail(self._luma)
        self._frame = 0
        self.status = np.full(count, Status.TRACKED, np.uint8)
        self.err = np.zeros(count, np.float32)
        self.score = np.ones(count, np.float32)
        self.mark(np.arange(count), places_px)

    @property
    def places_px(self) -> NDArray[np.float32]:
        """Give the points (n, 2) float32 in pixels of the source picture."""
        return as_places(self._centres)

    def mark(self, which: Numbers, places_px: NDArray[np.float64]) -> None:
        """Put some points, by their numbers, where a person says they are on the frame at hand."""
        self._centres[which] = as_complex(places_px)
        self._turns[which], self._speeds[which] = 1, 0
        self._first[which] = self._usual[which] = np.nan
        self._lost_for[which] = 0
        seen = self._seeds.look(self._luma, self._pose(which))
        self._seeds.set(which, seen)
        self._slow.set(which, seen)
        self.status[which], self.err[which], self.score[which] = Status.TRACKED, 0, 1

    def advance(self, luma: Plane) -> None:
        """Find the points on the next frame; sets `status` (n,) uint8, `err` (n,) and `score` (n,) float32."""
        before, self._luma = self._luma, np.array(luma, order="C")
        self._frame += 1
        self.status, old = self.status.copy(), self._centres.copy()
        held = np.flatnonzero(self._is_held)
        lost = np.flatnonzero(~self._is_held)
        if len(held):
            self._keep(before, held)
        if len(lost):
            self._seek_all(lost)
        self._lost_for[~self._is_held] += 1
        self._maintain()
        self._judge(before, old)

    @property
    def _is_held(self) -> NDArray[np.bool_]:
        return np.less_equal(self.status, Status.UNCERTAIN, dtype=np.bool_)

    def _pose(self, which: Numbers) -> Pose:
        return Pose(self._centres[which], self._turns[which])

    def _keep(self, before: Plane, which: Numbers) -> None:
        """Find points that were held on the frame before."""
        match = self._slow.refine(self._luma, self._predicted(which), which)
        good = self._proves(match, which, _HOLDS)
        self._accept(which[good], match, good)
        bad = which[~good]
        if len(bad) == 0:
            return
        if len(bad) >= _CUT_SHARE * len(which) and self._is_cut(before):
            self._lose(which, Status.CUT)
            return
        self._rescue(before, bad)

    def _predicted(self, which: Numbers) -> Pose:
        """Go on as before, or rest: whichever looks more alike. A time-lapse may show a frame twice."""
        centres, turns = self._pose(which)
        speeds = self._speeds[which]
        if np.abs(speeds).max() < 0.5:
            return Pose(centres, turns)
        both = Pose(np.concatenate([centres, centres + speeds]), np.concatenate([turns, turns]))
        rest, go = self._slow.likeness(self._luma, both, np.concatenate([which, which])).reshape(2, -1)
        return Pose(np.where(go > rest, centres + speeds, centres), turns)

    def _proves(self, match: Match, which: Numbers, share: float) -> NDArray[np.bool_]:
        """Tell which matches are the points themselves: as alike as usual, at rest, and not torn."""
        wanted = np.nan_to_num(share * self._usual[which], nan=_LEAST + 0.1)
        torn = np.abs(match.pose.turns / self._turns[which] - 1)
        proven: NDArray[np.bool_] = np.asarray(match.likeness >= np.maximum(wanted, _LEAST))
        is_like = match.likeness >= _VERY_ALIKE * self._usual[which]
        proven &= (match.step < _AT_REST_PX) & (torn < np.where(is_like, 2.5 * _LONGEST_TURN, _LONGEST_TURN))
        proven &= self._slow.spread[which] > _FLAT
        return proven & inside(as_places(match.pose.centres), self._size)

    def _accept(self, which: Numbers, match: Match, good: NDArray[np.bool_]) -> None:
        self._move(which, match.pose.centres[good])
        self._turns[which] = match.pose.turns[good]
        seen = match.likeness[good]
        self._dropped[which] = self._likeness[which] - seen
        self._likeness[which] = seen
        self._first[which] = np.where(np.isnan(self._first[which]), seen, self._first[which])
        usual = np.where(np.isnan(self._usual[which]), seen, self._usual[which])
        usual = usual + _FORGETS * (seen - usual)
        self._usual[which] = np.maximum(usual, _LOWEST_USUAL * self._first[which])
        self.status[which] = Status.TRACKED

    def _move(self, which: Numbers, centres: NDArray[np.complex64]) -> None:
        """Put points at new places; a point that was lost has no speed."""
        steps = centres - self._centres[which]
        self._speeds[which] = np.where(self._lost_for[which] > 0, 0, steps)
        self._centres[which] = centres
        self._lost_for[which] = 0

    def _is_cut(self, before: Plane) -> bool:
        self._scene = thumbnail(before)
        return not is_same_scene(self._scene, thumbnail(self._luma))

    def _rescue(self, before: Plane, which: Numbers) -> None:
        """Try the way from the frame before, then a wider search; what has changed is followed, the rest is lost."""
        places = as_places(self._centres[which])
        found, is_found = carry(before, self._luma, places, None, _CHAIN)
        back, is_back = carry(self._luma, before, found, places, _CHAIN)
        chained = is_found & is_back & (np.hypot(*(back - places).T) < _BACK_PX) & inside(found, self._size)
        start = Pose(np.where(chained, as_complex(found), self._centres[which]), self._turns[which])
        match = self._slow.refine(self._luma, start, which)
        good = self._proves(match, which, _HOLDS)
        self._accept(which[good], match, good)
        for row in np.flatnonzero(~good):
            radius = int(self._slow.side + 2 * abs(self._speeds[which[row]]))
            if not self._seek(int(which[row]), radius, _HOLDS):
                self._follow_or_lose(before, int(which[row]), bool(chained[row]), complex(start.centres[row]))

    def _follow_or_lose(self, before: Plane, point: int, is_chained: bool, place: complex) -> None:
        """Believe the way from the frame before where a thing has changed as a whole, not where one came before it."""
        which = np.array([point])
        there = Pose(np.array([place], np.complex64), self._turns[which])
        if is_chained and self._is_changed(before, which, there):
            self._move(which, there.centres)
            self._slow.set(which, self._slow.look(self._luma, there))
            self._usual[which] = self._first[which]
            self.status[point] = Status.UNCERTAIN
            return
        self._lose(which, self._reason(point))

    def _is_changed(self, before: Plane, which: Numbers, there: Pose) -> bool:
        slow = self._slow
        now, _ = normalised(sample(self._luma, *there, slow.pixels), slow.weight)
        then, _ = normalised(sample(before, *self._pose(which), slow.pixels), slow.weight)
        likeness = float(((now * then) @ slow.weight)[0])
        is_alike = likeness > _CHAINED * np.nan_to_num(self._usual[which[0]], nan=1)
        return is_alike and not is_covered(then[0], now[0], slow.side)

    def _reason(self, point: int) -> Status:
        """Say why a point that was held is so no more."""
        if self._is_leaving(complex(self._centres[point]), complex(self._speeds[point])):
            return Status.OUT_OF_FRAME
        was_fine = self._likeness[point] >= 0.9 * np.nan_to_num(self._usual[point], nan=1)
        return Status.OCCLUDED if was_fine else Status.LOST

    def _is_leaving(self, place: complex, speed: complex) -> bool:
        """Tell whether a window that touches the picture's edge moves outwards."""
        margin = self._slow.side / 2 + 1
        width, height = self._size
        across = (place.real < margin and speed.real < 0) or (place.real > width - margin and speed.real > 0)
        along = (place.imag < margin and speed.imag < 0) or (place.imag > height - margin and speed.imag > 0)
        return (across or along) and abs(speed) > _LEAVES_PX

    def _lose(self, which: Numbers, status: Status) -> None:
        self.status[which] = status

    def _seek_all(self, which: Numbers) -> None:
        """Look for lost points, a few on each frame, in a neighbourhood that grows with the time they are lost."""
        cut = which[self.status[which] == Status.CUT]
        if len(cut) and is_same_scene(self._scene, thumbnail(self._luma)):
            self.status[cut] = Status.LOST
        which = which[self.status[which] != Status.CUT]
        late = which[(self._lost_for[which] > _LOST_AFTER) & (self.status[which] == Status.OCCLUDED)]
        self.status[late] = Status.LOST
        turn = self._frame * _SEEKS
        for point in np.roll(which, -turn % max(1, len(which)))[:_SEEKS].tolist():
            radius = self._slow.side + 2 * int(self._lost_for[point])
            self._seek(point, min(radius, max(self._size) // 6), _FOUND_AGAIN)

    def _seek(self, point: int, radius: int, share: float) -> bool:
        """Search for one point by its slow window or, on every other try, its seed; tells whether it was proven."""
        which = np.array([point])
        anchors = self._seeds if self._lost_for[point] % 2 else self._slow
        window = turned_window(anchors.windows[point], anchors.side, complex(self._turns[point]))
        centre, likeness = search(self._luma, window, anchors.side, complex(self._centres[point]), radius)
        if likeness < 0.6 * np.nan_to_num(self._usual[point], nan=1):
            return False
        start = Pose(np.array([centre], np.complex64), self._turns[which])
        match = anchors.refine(self._luma, start, which)
        good = self._proves(match, which, share) & (np.abs(match.pose.centres - centre) < 5)
        self._accept(which[good], match, good)
        return bool(good[0])

    def _maintain(self) -> None:
        """Let the seed correct the slow window, then let the slow window take in what is seen."""
        which = np.flatnonzero(self.status == Status.TRACKED)
        if len(which) == 0:
            return
        if self._frame % _RETURNS_EVERY == 0:
            self._return(which)
        if self._frame % _RENEWED_EVERY == 0:
            self._renew(which[self._likeness[which] > 0.9 * self._usual[which]], _RENEWED_BY)
        holding = self._likeness[which] / self._usual[which]
        fading = (holding < _FADES) & (self._dropped[which] < _LONGEST_DROP)
        self._renew(which[fading], _FADING_BY)

    def _return(self, which: Numbers) -> None:
        match = self._seeds.refine(self._luma, self._pose(which), which)
        good = self._proves(match, which, _HOLDS)
        good &= np.abs(match.pose.centres - self._centres[which]) < _RETURN_PX
        self._centres[which[good]] = match.pose.centres[good]
        self._turns[which[good]] = match.pose.turns[good]

    def _renew(self, which: Numbers, share: float) -> None:
        if len(which):
            self._slow.blend(which, self._slow.look(self._luma, self._pose(which)), share)

    def _judge(self, before: Plane, old: NDArray[np.complex64]) -> None:
        """Go the way back, and say how far each place can be trusted."""
        now, then = as_places(self._centres), as_places(old)
        back, is_back = carry(self._luma, before, now, then, _CHECK)
        is_held = self._is_held
        self.err = np.where(is_back & is_held, np.hypot(*(back - then).T), np.nan).astype(np.float32)
        holding = np.divide(self._likeness, np.nan_to_num(self._usual, nan=1), dtype=np.float32)
        self.score = np.where(is_held, anchor_score(holding, self.err), 0).astype(np.float32)


def window_side(size: Size) -> int:
    """Give the side of the windows, odd, in px: as much of a plant as people mark, whatever the camera's pixels."""
    side = np.interp(max(size), [320, 640, 1920], [21, 25, 35])
    return int(side) // 2 * 2 + 1
