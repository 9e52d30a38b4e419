"""Follow points by anchored windows: predict, find, prove, and tell what was lost."""

import numpy as np
from numpy.typing import NDArray

from pipelines.track.points import Size, inside
from pipelines.track.precise.anchors import Anchors, Match, Numbers, Pose
from pipelines.track.precise.cover import is_covered
from pipelines.track.precise.hold import FOUND_AGAIN, HOLDS, Hold, light_between
from pipelines.track.precise.scene import is_same_scene, thumbnail
from pipelines.track.precise.search import search, turned_window
from pipelines.track.score import UNCERTAIN_BELOW, anchor_score
from pipelines.track.status import Status
from pipelines.track.strips import Kernel, Places, carry
from pipelines.track.windows import Complex, as_complex, as_places, normalised, sample
from pipelines.video.picture import Plane

_CHECK = Kernel(
    window=15, levels=0, iterations=10, epsilon=0.01
)  # the way back: it begins where it should end
_CHAIN = Kernel(
    window=21, levels=3, iterations=20, epsilon=0.01
)  # from frame to frame, where the anchor fails
_BACK_PX = 0.7  # how far the way back of a chain that is to be believed may miss
_AGAINST_PX = 1.0  # how far the way back of an anchored place may miss: beyond, it has slid along an edge
_STRAYS_PX = 0.1  # shorter ways back are not worth the two witnesses' hearing
_CHAINED = 0.8  # likeness to the frame before, of a chain that is to be believed
_RENEWED_EVERY = 8  # frames; the slow window takes in some of what is seen
_RENEWED_FROM = 0.9  # of the usual likeness
_RENEWED_BY = 0.15
_FADES = 0.95  # of the usual likeness: under it the slow window takes in more, on every frame
_FADING_BY = 0.3
_LONGEST_DROP = 0.06  # of likeness in one frame that may be a thing that changes, not one that is covered
_RETURNS_EVERY = 10  # frames; the seed corrects what the slow window has gathered
_RETURN_PX = 2.0  # longest correction
_CUT_SHARE = 0.6  # of the points that are lost at once when the scene is cut
_SEEKS = 4  # lost points that are looked for on one frame
_SEEKS_EACH_FRAME = 60  # frames: what is lost for longer is looked for now and then
_SEEKS_LATER = 5  # frames between two looks
_SEEKS_BEHIND_CUT = 10  # frames between looks for points in what seems another scene
_PROMISING = 0.6  # of the usual likeness: what a search finds with less is not looked at closer
_NEAR_PX = 5  # of where the search has seen it, a point is found to the subpixel
_LOST_AFTER = 150  # frames: what was covered for longer is called lost


class Precise:
    """Points on a running movie, in pixels of the source; see `Flow` for the same face.

    Each point has two windows: its seed, as marked, and a slow one that takes in how it changes. The slow one is
    found on each frame (source: Matthews, Ishikawa & Baker 2004, template update with drift correction), the seed
    corrects it wherever it still fits.
    """

    def __init__(self, first: Plane, places_px: NDArray[np.float64]) -> None:
        height, width = first.shape
        count, side = len(places_px), window_side((width, height))
        self._seeds, self._slow = Anchors(count, side), Anchors(count, side)
        self._luma = np.array(first, order="C")
        self._spare = np.empty_like(
            self._luma
        )  # two in turn: new memory for each frame would cost more than the copy
        self._hold = Hold.of(count, (width, height), side)
        self._scene = thumbnail(self._luma)
        self._frame = 0
        self.status = self._hold.status.copy()
        self.err = np.zeros(count, np.float32)
        self.score = np.ones(count, np.float32)
        self.mark(np.arange(count), places_px)

    @property
    def places_px(self) -> NDArray[np.float32]:
        """Give the points (n, 2) float32 in pixels of the source picture."""
        return as_places(self._hold.centres)

    @property
    def analysed(self) -> None:
        """The source's own pixels are looked at."""

    def mark(self, which: Numbers, places_px: NDArray[np.float64]) -> None:
        """Put some points, by their numbers, where a person says they are on the frame at hand."""
        self._hold.mark(which, as_complex(places_px))
        seen = self._seeds.look(self._luma, self._hold.pose(which))
        self._seeds.set(which, seen)
        self._slow.set(which, seen)
        self._hold.light[which, 1] = self._seeds.spread[which]
        self._hold.light[which, 0] = self._seeds.mean[which]
        self.status[which], self.err[which], self.score[which] = Status.TRACKED, 0, 1

    def advance(self, luma: Plane) -> None:
        """Find the points on the next frame; sets `status` (n,) uint8, `err` (n,) and `score` (n,) float32.

        err: how far, in px, the way back ends from where the point was; NaN where it was lost before, or is.
        """
        before, self._luma, self._spare = self._luma, self._spare, self._luma
        np.copyto(self._luma, luma)  # a decoder's own lives only until the next frame
        self._frame += 1
        self.err = np.full_like(self.err, np.nan)
        held, lost = np.flatnonzero(self._hold.is_held), np.flatnonzero(~self._hold.is_held)
        if len(held):
            self._keep(before, held)
        if len(lost):
            self._seek_all(lost)
        self._hold.lost_for[~self._hold.is_held] += 1
        self._hold.changed_for[self._hold.is_held] += 1
        self._maintain()
        holding = np.divide(self._hold.likeness, np.nan_to_num(self._hold.usual, nan=1), dtype=np.float32)
        score = anchor_score(holding, self.err, self._hold.changed_for)
        self.score = np.where(self._hold.is_held, score, 0).astype(np.float32)
        self.status = self._hold.status.copy()
        self.status[self._hold.is_held & (self.score < UNCERTAIN_BELOW)] = Status.UNCERTAIN

    def _keep(self, before: Plane, which: Numbers) -> None:
        """Find points that were held on the frame before."""
        match = self._slow.refine(self._luma, self._predicted(which), which)
        good = self._proves(match, which)
        strays = self._way_back(before, match, which)
        err = np.abs(strays)
        good &= ~(err > _AGAINST_PX)
        self.err[which[good]] = err[good]
        if (err > _STRAYS_PX).any():
            holding = np.nan_to_num(match.likeness / self._hold.first[which], nan=1)
            match = self._slow.tempered(match, np.nan_to_num(strays, nan=0), holding, which)
        bad = which[~good]
        self._hold.accept(which, match, good)
        if len(bad) == 0:
            return
        self._rescue(before, bad)
        gone = which[~self._hold.is_held[which]]
        if len(gone) >= _CUT_SHARE * len(which) and self._is_cut(before):
            self._hold.status[gone] = Status.CUT

    def _proves(self, match: Match, which: Numbers) -> NDArray[np.bool_]:
        return self._hold.proves(match, which, self._slow.spread[which], HOLDS)

    def _predicted(self, which: Numbers) -> Pose:
        """Go on as before, or rest: whichever looks more alike. A time-lapse may show a frame twice."""
        centres, turns = self._hold.pose(which)
        speeds = self._hold.speeds[which]
        if np.abs(speeds).max() < 0.5:
            return Pose(centres, turns)
        both = Pose(np.concatenate([centres, centres + speeds]), np.concatenate([turns, turns]))
        rest, go = self._slow.likeness(self._luma, both, np.concatenate([which, which])).reshape(2, -1)
        return Pose(np.where(go > rest, centres + speeds, centres), turns)

    def _way_back(self, before: Plane, match: Match, which: Numbers) -> Complex:
        """Give by how much (k,) in px Lucas-Kanade, back from where points were found, misses where they were."""
        then = as_places(self._hold.centres[which])
        light = light_between(self._hold.light[which], match.light)
        back, is_back = carry(self._luma, before, as_places(match.pose.centres), then, _CHECK, light)
        return np.where(is_back, as_complex(back - then), np.nan).astype(np.complex64)

    def _is_cut(self, before: Plane) -> bool:
        self._scene = thumbnail(before)
        return not is_same_scene(self._scene, thumbnail(self._luma))

    def _rescue(self, before: Plane, which: Numbers) -> None:
        """Try the way from the frame before, then a wider search; what has changed is followed, the rest is lost."""
        places = as_places(self._hold.centres[which])
        found, back_px = self._chained(before, places)
        self.err[which] = back_px
        chained = back_px < _BACK_PX
        centres = np.where(chained, as_complex(found), self._hold.centres[which])
        match = self._slow.refine(self._luma, Pose(centres, self._hold.turns[which]), which)
        good = self._proves(match, which)
        good &= ~chained | (np.abs(match.pose.centres - centres) < _AGAINST_PX)
        self._hold.accept(which, match, good)
        for row in np.flatnonzero(~good):
            point, speed = int(which[row]), abs(self._hold.speeds[which[row]])
            if chained[row] and self._follow(before, point, complex(centres[row])):
                continue
            if not self._seek(point, int(self._slow.side + 2 * speed), HOLDS):
                self._hold.status[point] = self._hold.reason(point)
                self.err[point] = np.nan

    def _chained(self, before: Plane, places: Places) -> tuple[Places, NDArray[np.float32]]:
        """Go from the frame before to this one and back; gives places, and by how much the way back misses."""
        found, is_found = carry(before, self._luma, places, None, _CHAIN)
        back, is_back = carry(self._luma, before, found, places, _CHAIN)
        is_sound = is_found & is_back & inside(found, self._hold.size)
        return found, np.where(is_sound, np.hypot(*(back - places).T), np.nan).astype(np.float32)

    def _follow(self, before: Plane, point: int, place: complex) -> bool:
        """Believe the way from the frame before where a thing has changed as a whole; tells whether it did."""
        which = np.array([point])
        there = Pose(np.array([place], np.complex64), self._hold.turns[which])
        if not self._is_changed(before, which, there):
            return False
        self._hold.move(which, there.centres)
        self._slow.set(which, self._slow.look(self._luma, there))
        self._hold.usual[which] = self._hold.first[which]
        self._hold.status[point] = Status.UNCERTAIN
        return True

    def _is_changed(self, before: Plane, which: Numbers, there: Pose) -> bool:
        """Tell whether a window is mostly as on the frame before, and nothing has come before a part of it."""
        slow = self._slow
        if slow.spread[which[0]] < 1:
            return False
        now, _ = normalised(sample(self._luma, *there, slow.pixels), slow.weight)
        then, _ = normalised(sample(before, *self._hold.pose(which), slow.pixels), slow.weight)
        likeness = float(((now * then) @ slow.weight)[0])
        is_alike = likeness > _CHAINED * self._hold.expected(int(which[0]))
        return is_alike and not is_covered(then[0], now[0], slow.side)

    def _seek_all(self, which: Numbers) -> None:
        """Look for lost points, a few on each frame, in a neighbourhood that grows with the time they are lost."""
        hold = self._hold
        cut = which[hold.status[which] == Status.CUT]
        if len(cut) and is_same_scene(self._scene, thumbnail(self._luma)):
            hold.status[cut] = Status.LOST
        if self._frame % _SEEKS_BEHIND_CUT:
            which = which[hold.status[which] != Status.CUT]
        late = which[(hold.lost_for[which] > _LOST_AFTER) & (hold.status[which] == Status.OCCLUDED)]
        hold.status[late] = Status.LOST
        which = which[
            (hold.lost_for[which] < _SEEKS_EACH_FRAME) | (which % _SEEKS_LATER == self._frame % _SEEKS_LATER)
        ]
        for point in np.roll(which, -self._frame * _SEEKS % max(1, len(which)))[:_SEEKS].tolist():
            radius = self._slow.side + 2 * int(hold.lost_for[point])
            self._seek(point, min(radius, max(hold.size) // 6), FOUND_AGAIN)

    def _seek(self, point: int, radius: int, share: float) -> bool:
        """Search for one point by its slow window or, on every other try, its seed; tells whether it was proven."""
        which, hold = np.array([point]), self._hold
        anchors = self._seeds if hold.lost_for[point] % 2 else self._slow
        window = turned_window(anchors.windows[point], anchors.side, complex(hold.turns[point]))
        centre, likeness = search(self._luma, window, anchors.side, complex(hold.centres[point]), radius)
        if likeness < _PROMISING * hold.expected(point):
            return False
        start = Pose(np.array([centre], np.complex64), hold.turns[which])
        match = anchors.refine(self._luma, start, which)
        good = hold.proves(match, which, anchors.spread[which], share)
        good &= np.abs(match.pose.centres - centre) < _NEAR_PX
        hold.accept(which, match, good)
        return bool(good[0])

    def _maintain(self) -> None:
        """Let the seed correct the slow window, then let the slow window take in what is seen."""
        hold = self._hold
        which = np.flatnonzero(hold.status == Status.TRACKED)
        if len(which) == 0:
            return
        if self._frame % _RETURNS_EVERY == 0:
            self._return(which)
        holding = hold.likeness[which] / hold.usual[which]
        if self._frame % _RENEWED_EVERY == 0:
            self._renew(which[holding > _RENEWED_FROM], _RENEWED_BY)
        self._renew(which[(holding < _FADES) & (hold.dropped[which] < _LONGEST_DROP)], _FADING_BY)

    def _return(self, which: Numbers) -> None:
        match = self._seeds.refine(self._luma, self._hold.pose(which), which)
        good = self._hold.proves(match, which, self._seeds.spread[which], HOLDS)
        good &= np.abs(match.pose.centres - self._hold.centres[which]) < _RETURN_PX
        self._hold.centres[which[good]] = match.pose.centres[good]
        self._hold.turns[which[good]] = match.pose.turns[good]
        self._hold.changed_for[which[good]] = 0

    def _renew(self, which: Numbers, share: float) -> None:
        if len(which):
            self._slow.blend(which, self._slow.look(self._luma, self._hold.pose(which)), share)


def window_side(size: Size) -> int:
    """Give the side of the windows, odd, in px: as much of a plant as people mark, whatever the camera's pixels."""
    side = np.interp(max(size), [320, 640, 1920], [21, 29, 37])
    return int(side) // 2 * 2 + 1
