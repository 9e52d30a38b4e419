"""The words of sensor streams: samples and texts at times, and bins of samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

TIME_LIMIT = 2.0**53  # seconds; whole seconds below it are exact in float64
VALUE_LIMIT = 1e140  # squares of it, summed over a channel, stay finite; far from the breaks at -1e308
TEXT_LIMIT = 10_000  # characters of one text sample

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Where = slice | NDArray[np.bool_] | NDArray[np.intp]


class Timed(Protocol):
    """What `Samples` and `Texts` have in common: entries at rising times, each from one upload."""

    @property
    def t(self) -> Floats: ...
    @property
    def seq(self) -> Ints: ...
    @property
    def dead(self) -> NDArray[np.bool_]: ...
    def __len__(self) -> int: ...
    def take(self, where: Where) -> Self: ...
    def live(self) -> Self: ...
    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self: ...


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Numbers of one channel.

    t: (n,) float64, seconds since 1970 in UTC, rising and unique. v: (n,) float64, finite; NaN is a tombstone: the
    number at this time was deleted. seq: (n,) int64, the upload that wrote it; of two at one time the higher wins.
    """

    t: Floats
    v: Floats
    seq: Ints

    def __len__(self) -> int:
        return len(self.t)

    def take(self, where: Where) -> "Samples":
        """Give the entries of a slice, a mask or an array of places."""
        return Samples(self.t[where], self.v[where], self.seq[where])

    @property
    def dead(self) -> NDArray[np.bool_]:
        """Say which entries are tombstones."""
        return np.isnan(self.v)

    def live(self) -> "Samples":
        """Give the samples without the tombstones."""
        dead = self.dead
        return self.take(~dead) if dead.any() else self

    def stamped(self, seq: int) -> "Samples":
        """Give the same samples as written by upload `seq`."""
        return Samples(self.t, self.v, stamp(seq, len(self.t)))

    @classmethod
    def joined(cls, parts: Sequence["Samples"]) -> "Samples":
        """Give the entries of all parts, one after another."""
        if not parts:
            return cls(np.empty(0), np.empty(0), np.empty(0, np.int64))
        if len(parts) == 1:
            return parts[0]
        t, v, seq = zip(*((part.t, part.v, part.seq) for part in parts), strict=True)
        return cls(np.concatenate(t), np.concatenate(v), np.concatenate(seq))


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Texts of one channel; as `Samples`, with `text` (n,) of str, None being a tombstone."""

    t: Floats
    text: NDArray[np.object_]
    seq: Ints

    def __len__(self) -> int:
        return len(self.t)

    def take(self, where: Where) -> "Texts":
        """Give the entries of a slice, a mask or an array of places."""
        return Texts(self.t[where], self.text[where], self.seq[where])

    @property
    def dead(self) -> NDArray[np.bool_]:
        """Say which entries are tombstones."""
        return np.fromiter((word is None for word in self.text), bool, len(self.text))

    def live(self) -> "Texts":
        """Give the texts without the tombstones."""
        dead = self.dead
        return self.take(~dead) if dead.any() else self

    def stamped(self, seq: int) -> "Texts":
        """Give the same texts as written by upload `seq`."""
        return Texts(self.t, self.text, stamp(seq, len(self.t)))

    @classmethod
    def joined(cls, parts: Sequence["Texts"]) -> "Texts":
        """Give the entries of all parts, one after another."""
        if not parts:
            return cls(np.empty(0), np.empty(0, object), np.empty(0, np.int64))
        if len(parts) == 1:
            return parts[0]
        t, text, seq = zip(*((part.t, part.text, part.seq) for part in parts), strict=True)
        return cls(np.concatenate(t), np.concatenate(text), np.concatenate(seq))


@dataclass(frozen=True, slots=True, eq=False)
class Uploaded:
    """What one upload says about one channel, its deletes being tombstones among both."""

    samples: Samples
    texts: Texts

    def stamped(self, seq: int) -> "Uploaded":
        """Give the same as written by upload `seq`."""
        return Uploaded(self.samples.stamped(seq), self.texts.stamped(seq))


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """One upload, parsed: what it says by channel name, in the order of its columns, and how many rows it had."""

    channels: dict[str, Uploaded]
    rows: int


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """Statistics of the bins that hold samples, all of one level.

    level: a bin is 2**level seconds wide. bin: (n,) int64, rising: it covers [bin, bin+1) * 2**level. n: (n,) int64,
    samples. offset: (n,) float64, mean time in seconds from the bin's start. rise: (n,) float64, the mean less `first`:
    of 1e6 and a bit, the mean itself would lose the digits that a spread of 1e-3 needs. m2: (n,) float64, sum of
    squared distances from the mean. low, high, first, last: (n,) float64; first and last are in time.
    """

    level: int
    bin: Ints
    n: Ints
    offset: Floats
    rise: Floats
    m2: Floats
    low: Floats
    high: Floats
    first: Floats
    last: Floats

    def __len__(self) -> int:
        return len(self.bin)

    @property
    def mean(self) -> Floats:
        """The means of the bins, (n,) float64."""
        return self.first + self.rise

    def columns(self) -> tuple[NDArray[Any], ...]:
        """Give the arrays in the order of the fields."""
        return (
            self.bin,
            self.n,
            self.offset,
            self.rise,
            self.m2,
            self.low,
            self.high,
            self.first,
            self.last,
        )

    def between(self, first: int, last: int) -> "Bins":
        """Give the bins from number `first` up to but not including `last`."""
        a, b = np.searchsorted(self.bin, [first, last]).tolist()
        return Bins(self.level, *(column[a:b] for column in self.columns()))

    @classmethod
    def joined(cls, level: int, parts: Sequence["Bins"]) -> "Bins":
        """Give the bins of all parts, one after another."""
        if not parts:
            return cls(level, np.empty(0, np.int64), np.empty(0, np.int64), *(np.empty(0) for _ in range(7)))
        if len(parts) == 1:
            return parts[0]
        columns = zip(*(part.columns() for part in parts), strict=True)
        return cls(level, *(np.concatenate(column) for column in columns))


def stamp(seq: int, count: int) -> Ints:
    """Give (count,) int64 of one number, which take no memory."""
    return np.broadcast_to(np.int64(seq), (count,))
