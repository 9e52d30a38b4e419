"""Tell the period at which points swing, or why it cannot be told."""

from dataclasses import replace
from math import atan2, cos, degrees, pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray

from pipelines.track.analysis.result import Direction, Period, Units
from pipelines.track.analysis.spectrum import false_alarm, frequencies, peak, powers, sine, trend

METHOD = "generalised Lomb-Scargle over a parabola"
DEGREE = 2  # of the trend: growth that speeds up or slows down is no swing
SAMPLES = 1000  # longer records are averaged down to this many: the work grows with their square
FEWEST = 16  # samples; below, the false alarm says little
CYCLES = 2  # that a record must show: with fewer, a bend looks like a swing
SHORTEST_SAMPLES = 4  # per cycle
CHANCE = 0.01  # of a false alarm that is accepted
SHARE = 0.3  # of the variance over the trend that a period must explain
# A random walk has peaks too. The odds power / (1 - power) of its highest fall with the square of the cycles shown;
# 99 of 100 walks of 20 to 1000 samples, without gaps or with, stay below WALK / cycles ** 2, where the cycles are those
# that are seen: a gap lets a walk step from level to level (test_a_random_walk_has_no_period).
WALK = 25.0
SLOW = f"no peak: the record shows drift, or fewer than {CYCLES} cycles"
STILL_PX = 1e-6  # rms; below, there is nothing but arithmetic
DIRECTIONS: tuple[Direction, ...] = ("x", "y", "principal")
Array = NDArray[np.float64]


def periods(places: Array, time: Array, units: Units) -> list[tuple[Period, ...]]:
    """Give for each of n points its period along x, y and the principal direction, in which it swings most.

    places: (f, n, 2) px, as they were found, NaN where not used; time: (f,), in units.time.
    """
    if len(time) < FEWEST or not time[-1] > time[0]:
        reason = f"needs {FEWEST} frames, has {len(time)}"
        return [tuple(Period(METHOD, name, reason=reason) for name in DIRECTIONS)] * places.shape[1]
    time, places = _averaged(time, places)
    known = np.isfinite(places[..., 0])
    trends = np.stack([trend(time, column, DEGREE) for column in known.T], axis=1)
    angles, records = _records(places, known, trends)
    band = _Band(time, units)
    spectra = powers(time, known, trends, records, band.grid)
    return [
        tuple(
            band.period(
                name,
                angle if name == "principal" else None,
                records[seen, point, at],
                spectra[:, point, at],
                (seen, trends[seen, point]),
            )
            for at, name in enumerate(DIRECTIONS)
        )
        for point, (angle, seen) in enumerate(zip(angles, known.T, strict=True))
    ]


class _Band:
    """The periods that a record can show, and what it shows of them."""

    def __init__(self, time: Array, units: Units) -> None:
        self._time = time
        self._units = units
        self._duration = float(time[-1] - time[0])
        longest, shortest = self._duration / CYCLES, SHORTEST_SAMPLES * self._duration / (len(time) - 1)
        self.grid = frequencies(self._duration, longest, shortest)
        self._shortest, self._longest = units.lasting(shortest), units.lasting(longest)

    def period(
        self,
        source: Direction,
        angle: float | None,
        record: Array,
        spectrum: Array,
        where: tuple[NDArray[np.bool_], Array],
    ) -> Period:
        """where: which samples are known, and the trend's basis on them."""
        seen, basis = where
        empty = Period(METHOD, source, degrees=angle, shortest=self._shortest, longest=self._longest)
        if len(record) < FEWEST:
            return replace(empty, reason=f"needs {FEWEST} used frames, has {len(record)}")
        if np.sqrt(np.mean(record**2)) < STILL_PX:
            return replace(empty, reason="the point does not move but along its trend")
        found = peak(self.grid, spectrum)
        if found is None:
            return replace(empty, reason=SLOW)
        frequency, power = found
        chance = false_alarm(power, self._time[seen], float(self.grid[-1]), basis.shape[1])
        cycles = frequency * self._duration * len(record) / len(self._time)  # over a gap nothing is seen
        tried = replace(
            empty,
            strongest=self._units.lasting(1 / frequency),
            power=power,
            false_alarm=chance,
            cycles=cycles,
        )
        if refusal := _refusal(power, chance, cycles):
            return replace(tried, reason=SLOW if spectrum[0] > power else refusal)
        amplitude, rest = sine(self._time[seen], basis, record, frequency)
        error = self._error(frequency, amplitude, rest, len(record))
        return replace(
            tried,
            value=tried.strongest,
            standard_error=self._units.lasting(error),
            amplitude=self._units.long(amplitude),
        )

    def _error(self, frequency: float, amplitude: float, rest: float, count: int) -> float:
        """Source: Montgomery & O'Donoghue 1999, Delta Scuti Star Newsletter 13, 28: error of a frequency."""
        return sqrt(6 / count) * rest / (pi * self._duration * amplitude) / frequency**2


def _refusal(power: float, chance: float, cycles: float) -> str | None:
    """Say why a peak is not believed."""
    if chance > CHANCE:
        return f"no peak stands out of noise: chance of a false alarm {chance:.2g}"
    if cycles < CYCLES:
        return f"the gaps leave {cycles:.1f} cycles to be seen, fewer than {CYCLES}"
    if power < SHARE:
        return f"the strongest swing explains {power:.0%} of the movement, less than {SHARE:.0%}"
    odds = WALK / cycles**2
    if power < odds / (1 + odds):
        return (
            f"{cycles:.1f} cycles that explain {power:.0%} of the movement are too few to tell from a random walk; "
            f"it takes {odds / (1 + odds):.0%}"
        )
    return None


def _averaged(time: Array, places: Array) -> tuple[Array, Array]:
    """Give means of equal numbers of frames, so that SAMPLES or fewer remain; a last incomplete one is dropped."""
    group = -(-len(time) // SAMPLES)
    if group == 1:
        return time, places
    whole = len(time) // group
    grouped = places[: whole * group].reshape(whole, group, *places.shape[1:])
    known = np.isfinite(grouped)
    sums, counts = np.where(known, grouped, 0.0).sum(axis=1), known.sum(axis=1)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return time[: whole * group].reshape(whole, group).mean(axis=1), means


def _records(places: Array, known: NDArray[np.bool_], trends: Array) -> tuple[list[float], Array]:
    """Give each point's principal direction in degrees, and records x, y, principal (f, n, 3) over the trend."""
    origin = places[np.argmax(known, axis=0), np.arange(known.shape[1])]
    moved = np.where(known[..., None], places - origin, 0.0)
    flat = moved - np.einsum("fnd,gnd,gnk->fnk", trends, trends, moved, optimize=True)
    flat *= known[..., None]
    angles = [_principal(flat[:, point]) for point in range(known.shape[1])]
    towards = np.array([(cos(angle), sin(angle)) for angle in angles])
    along = (flat * towards).sum(axis=-1, keepdims=True)
    return [degrees(angle) for angle in angles], np.concatenate([flat, along], axis=2)


def _principal(flat: Array) -> float:
    """Give the angle, -pi/2 to pi/2, of the direction of most variance."""
    (xx, xy), (_, yy) = (flat.T @ flat).tolist()
    return 0.5 * atan2(2 * xy, xx - yy)
