"""Say how much of a track can be used, and where a person should look."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipelines.track.analysis.result import Coverage, WorstStretch
from pipelines.track.analysis.runs import runs
from pipelines.track.columns import NAMES
from pipelines.track.record import Tracks
from pipelines.track.status import Status

USED = (Status.TRACKED, Status.UNCERTAIN)  # the others say where a point was last, not where it is
WORST = 20  # stretches: a list that a person walks through


def used_frames(tracks: Tracks, places: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell (f, n) which places enter the statistics."""
    return np.isin(tracks.status, USED) & np.isfinite(places).all(axis=-1)


def coverage(tracks: Tracks, point: int, is_used: NDArray[np.bool_]) -> Coverage:
    """Count a point's frames; is_used: (f,)."""
    count = len(tracks.frames)
    counts = np.bincount(tracks.status[:, point], minlength=len(NAMES)).tolist()
    stretches = runs(tracks.frames, is_used)
    gaps = [
        int(tracks.frames[after.start] - tracks.frames[before.stop - 1]) - 1
        for before, after in pairwise(stretches)
    ]
    return Coverage(
        frames=count,
        counts=dict(zip(NAMES, counts, strict=True)),
        used=int(is_used.sum()) / count,
        tracked=counts[Status.TRACKED] / count,
        uncertain=counts[Status.UNCERTAIN] / count,
        gaps=len(gaps),
        longest_gap=max(gaps, default=0),
    )


def worst(tracks: Tracks) -> tuple[WorstStretch, ...]:
    """Give the stretches that are not plainly tracked, then each point's worst tracked frame; lowest scores first.

    A point without scores goes by its largest `err`.
    """
    flagged, rest = [], []
    for point in range(len(tracks.labels)):
        bad = tracks.status[:, point] != Status.TRACKED
        flagged += [_stretch(tracks, point, run) for run in runs(tracks.frames, bad)]
        good = np.flatnonzero(~bad)
        measured = np.isfinite(tracks.score[good, point]) | np.isfinite(tracks.err[good, point])
        if measured.any():
            at = int(good[_worst_of(tracks, point, good)])
            rest.append(_stretch(tracks, point, slice(at, at + 1)))
    return tuple((sorted(flagged, key=_badness) + sorted(rest, key=_badness))[:WORST])


def _stretch(tracks: Tracks, point: int, run: slice) -> WorstStretch:
    at = run.start + _worst_of(tracks, point, np.arange(run.start, run.stop))
    score, err = float(tracks.score[at, point]), float(tracks.err[at, point])
    return WorstStretch(
        label=tracks.labels[point],
        start=int(tracks.frames[run.start]),
        end=int(tracks.frames[run.stop - 1]) + 1,
        frame=int(tracks.frames[at]),
        status=NAMES[tracks.status[at, point]],
        score=None if np.isnan(score) else score,
        err_px=None if np.isnan(err) else err,
    )


def _worst_of(tracks: Tracks, point: int, at: NDArray[np.int64]) -> int:
    """Give the position in `at` of the lowest score, of several the one with the largest err, then the first."""
    score = np.nan_to_num(tracks.score[at, point], nan=1.0)
    err = np.nan_to_num(tracks.err[at, point], nan=0.0)
    return int(np.lexsort((-err, score))[0])


def _badness(stretch: WorstStretch) -> tuple[float, float, str, int]:
    score = 1.0 if stretch.score is None else stretch.score
    return score, -(stretch.err_px or 0.0), stretch.label, stretch.start
