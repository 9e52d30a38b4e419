"""Bring entries of several uploads together: one per time, the last writer's."""

from typing import TypeVar

import numpy as np

from pipelines.tiles.values import Timed

T = TypeVar("T", bound=Timed)


def merge(old: T, new: T) -> T:
    """Give the entries of both, of two at one time that of the higher `seq`, and of equals that of `new`.

    The result does not depend on the order in which uploads are merged: tombstones stay, until `prune`.
    """
    if not len(new):
        return old
    if not len(old):
        return new
    if old.t[-1] < new.t[0]:
        return type(old).joined([old, new])
    meeting = np.searchsorted(old.t, new.t)
    meets = meeting < len(old)
    meets[meets] = old.t[meeting[meets]] == new.t[meets]
    wins = ~meets
    wins[meets] = new.seq[meets] >= old.seq[meeting[meets]]
    stays = np.ones(len(old), bool)
    stays[meeting[meets & wins]] = False
    both = type(old).joined([old.take(stays), new.take(wins)])
    return both.take(np.argsort(both.t, kind="stable"))  # of two sorted runs, in linear time


def latest(rows: T) -> T:
    """Give the entries of one upload, in the order of its rows, sorted by time: of two at one time the last row's."""
    t = rows.t
    if len(t) < 2 or bool((t[1:] > t[:-1]).all()):
        return rows
    order = np.argsort(t, kind="stable")
    return rows.take(order[_is_last(t[order])])


def prune(entries: T, before: int) -> T:
    """Drop tombstones of uploads below `before`, once nothing older than `before` can still arrive."""
    kept = ~entries.dead | (entries.seq >= before)
    return entries if kept.all() else entries.take(kept)


def _is_last(t: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    last = np.ones(len(t), bool)
    np.not_equal(t[1:], t[:-1], out=last[:-1])
    return last
