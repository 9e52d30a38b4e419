"""Statistics of bins, from samples or from smaller bins, the same whatever order the samples came in."""

import numpy as np
from numpy.typing import NDArray

from pipelines.tiles.values import Bins, Floats, Ints, Samples


def bin_samples(samples: Samples, level: int) -> Bins:
    """Give the bins of live samples: each is computed from its own samples alone, in the order of time.

    Two passes about a near value, so that neither large times nor large values cost digits.
    Source: Chan, Golub, LeVeque 1983, "Algorithms for computing the sample variance", eq. 1.7.
    """
    t, v = samples.t, samples.v
    if not len(t):
        return Bins.joined(level, [])
    cell = np.floor(np.ldexp(t, -level))
    starts = _starts(cell)
    ends = np.append(starts[1:], len(t))
    n = ends - starts
    first = v[starts]
    risen = v - np.repeat(first, n)
    rise = np.add.reduceat(risen, starts) / n
    far = risen - np.repeat(rise, n)
    m2 = np.add.reduceat(far * far, starts) - np.square(np.add.reduceat(far, starts)) / n
    bin = cell[starts]
    return Bins(
        level=level,
        bin=bin.astype(np.int64),
        n=n,
        offset=np.add.reduceat(t - np.ldexp(np.repeat(bin, n), level), starts) / n,
        rise=rise,
        m2=np.maximum(m2, 0),
        low=np.minimum.reduceat(v, starts),
        high=np.maximum.reduceat(v, starts),
        first=first,
        last=v[ends - 1],
    )


def coarsen(bins: Bins, level: int) -> Bins:
    """Merge bins to bins of a higher level.

    Offsets, never absolute times, are averaged. Source: Chan, Golub, LeVeque 1979, "Updating formulae and a
    pairwise algorithm for computing sample variances", eq. 2.1, for many parts at once.
    """
    if level == bins.level or not len(bins):
        return Bins(level, *bins.columns())
    parent = bins.bin >> (level - bins.level)
    starts = _starts(parent)
    ends = np.append(starts[1:], len(parent))
    each = ends - starts
    n = np.add.reduceat(bins.n, starts)
    inside = np.ldexp((bins.bin - (parent << (level - bins.level))).astype(np.float64), bins.level)
    first = bins.first[starts]
    risen = (bins.first - np.repeat(first, each)) + bins.rise
    rise = _weighted(bins.n, risen, starts) / n
    far = risen - np.repeat(rise, each)
    return Bins(
        level=level,
        bin=parent[starts],
        n=n,
        offset=_weighted(bins.n, inside + bins.offset, starts) / n,
        rise=rise,
        m2=np.add.reduceat(bins.m2 + bins.n * (far * far), starts),
        low=np.minimum.reduceat(bins.low, starts),
        high=np.maximum.reduceat(bins.high, starts),
        first=first,
        last=bins.last[ends - 1],
    )


def _starts(groups: NDArray[np.generic]) -> NDArray[np.intp]:
    return np.append(0, np.flatnonzero(groups[1:] != groups[:-1]) + 1)


def _weighted(n: Ints, values: Floats, starts: NDArray[np.intp]) -> Floats:
    total: Floats = np.add.reduceat(n * values, starts)
    return total
