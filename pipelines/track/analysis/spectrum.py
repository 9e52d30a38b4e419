"""Lomb-Scargle periodograms of records with gaps, over a trend that is fitted along."""

from math import exp, expm1, lgamma, log1p, pi, sqrt

import numpy as np
from numpy.typing import NDArray

OVERSAMPLING = 10  # frequencies per 1 / duration: the peak is found to a twentieth of its width, then refined
CHUNK = 256  # frequencies at once: bounds the memory of the sines
Array = NDArray[np.float64]


def frequencies(duration: float, longest: float, shortest: float) -> Array:
    """Give an even grid from 1 / longest to 1 / shortest."""
    step = 1 / (OVERSAMPLING * duration)
    count = int(np.ceil((1 / shortest - 1 / longest) / step)) + 1
    return np.asarray(1 / longest + step * np.arange(count), np.float64)


def trend(time: Array, known: NDArray[np.bool_], degree: int) -> Array:
    """Give an orthonormal basis (f, degree + 1) of the polynomials on the known times (f,), 0 elsewhere."""
    span = 2 * (time - time[0]) / (time[-1] - time[0]) - 1
    design = np.vander(span, degree + 1) * known[:, None]
    return np.linalg.qr(design)[0]


def powers(time: Array, known: NDArray[np.bool_], trends: Array, records: Array, grid: Array) -> Array:
    """Give (g, n, k): the share, 0 to 1, of what a trend leaves that the best sine of each frequency explains.

    time: (f,). known: (f, n), where n points have a place. trends: (f, n, d), see `trend`. records: (f, n, k), k
    records of each point with its trend taken out, 0 where not known. Trend and sine are fitted together.
    Source: Zechmeister & Kuerster 2009, A&A 496, 577, whose constant is here a polynomial.
    """
    parts = [_chunk(time, known, trends, records, grid[at : at + CHUNK]) for at in range(0, len(grid), CHUNK)]
    variance = (records**2).sum(axis=0)
    return np.clip(np.concatenate(parts) / np.where(variance > 0, variance, np.inf), 0.0, 1.0)


def _chunk(time: Array, known: NDArray[np.bool_], trends: Array, records: Array, grid: Array) -> Array:
    angle = 2 * pi * np.outer(grid, time - time[0])
    cosine, sine = np.cos(angle), np.sin(angle)
    weights = known.astype(np.float64)
    c, s = (np.tensordot(wave, trends, 1) for wave in (cosine, sine))  # (g, n, d)
    yc, ys = (np.tensordot(wave, records, 1) for wave in (cosine, sine))  # (g, n, k)
    cc = ((cosine * cosine) @ weights - (c * c).sum(axis=-1))[..., None]
    ss = ((sine * sine) @ weights - (s * s).sum(axis=-1))[..., None]
    cs = ((cosine * sine) @ weights - (c * s).sum(axis=-1))[..., None]
    determinant = cc * ss - cs * cs
    safe = np.where(determinant > 1e-9 * len(time), determinant, np.inf)
    return np.asarray((ss * yc * yc + cc * ys * ys - 2 * cs * yc * ys) / safe, np.float64)


def false_alarm(power: float, time: Array, highest: float, trend_terms: int) -> float:
    """Give the chance, at most, that white noise at these times has a peak of `power` up to the highest frequency.

    Source: Baluev 2008, MNRAS 385, 1279, eq. 5 and 6, for powers normalised by the variance over the trend.
    """
    free = len(time) - trend_terms
    if power >= 1 or free < 5:
        return 0.0 if power >= 1 else 1.0
    width = highest * sqrt(4 * pi * float(np.var(time)))
    factor = exp(lgamma(free / 2) - lgamma((free - 1) / 2)) * sqrt(2 / free)
    rest = log1p(-power)
    single = exp((free - 2) / 2 * rest)
    crossings = factor * width * exp((free - 3) / 2 * rest) * sqrt(free / 2 * power)
    return min(1.0, single - (1 - single) * expm1(-crossings))


def peak(grid: Array, power: Array) -> tuple[float, float] | None:
    """Give frequency and power of the highest peak, between the grid's frequencies by a parabola.

    The ends of the grid are no peaks: the spectrum may rise beyond. None when there is none.
    """
    inner = power[1:-1]
    tops = np.flatnonzero((inner > power[:-2]) & (inner >= power[2:])) + 1
    if not len(tops):
        return None
    top = int(tops[np.argmax(power[tops])])
    left, middle, right = power[top - 1 : top + 2].tolist()
    shift = 0.5 * (left - right) / (left - 2 * middle + right)
    return float(grid[top] + shift * (grid[1] - grid[0])), float(middle - 0.25 * (left - right) * shift)


def sine(time: Array, basis: Array, record: Array, frequency: float) -> tuple[float, float]:
    """Give the amplitude of the best sine over a trend, and the rms of what both leave; all known, none missing."""
    angle = 2 * pi * frequency * (time - time[0])
    design = np.concatenate([np.stack([np.cos(angle), np.sin(angle)], axis=1), basis], axis=1)
    solution = np.linalg.lstsq(design, record)[0]
    rest = record - design @ solution
    return float(np.hypot(solution[0], solution[1])), float(np.sqrt(np.mean(rest**2)))
