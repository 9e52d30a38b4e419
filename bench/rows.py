"""What a benchmark prints: a row per figure, with its baseline of the same run and the goal it must meet."""

import statistics
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

ROUNDS = 5  # medians are of at least so many


class Missing(Exception):
    """What a benchmark needs is not on this machine; the message says how to get it."""


class Row(Struct, frozen=True):
    """One figure. `ratio` is ours over baseline where that says something; `met` is None for a figure without a goal."""

    name: str
    ours: str
    baseline: str = "-"
    ratio: float | None = None
    goal: str = "-"
    met: bool | None = None

    def line(self) -> str:
        ratio = "-" if self.ratio is None else f"{self.ratio:.2f}"
        verdict = "-" if self.met is None else "met" if self.met else "SHORT"
        return f"{self.name} | {self.ours} | {self.baseline} | {ratio} | {self.goal} | {verdict}"


def at_least(name: str, ours: float, baseline: float, unit: str, goal: float) -> Row:
    """Return the row of a ratio that must not fall below its goal."""
    ratio = ours / baseline
    return Row(name, f"{ours:.0f} {unit}", f"{baseline:.0f} {unit}", ratio, f">= {goal:g}x", ratio >= goal)


def at_most(name: str, ours: float, unit: str, goal: float) -> Row:
    """Return the row of a figure that must not rise above its goal."""
    return Row(name, f"{ours:.1f} {unit}", goal=f"<= {goal:g} {unit}", met=ours <= goal)


def no_more(name: str, ours: float, baseline: float, unit: str, goal: float | None = None) -> Row:
    """Return the row of a cost that must stay below a share of the baseline's; without a goal it only tells."""
    ratio = ours / baseline
    told = "-" if goal is None else f"<= {goal:g}x"
    return Row(
        name, _short(ours, unit), _short(baseline, unit), ratio, told, None if goal is None else ratio <= goal
    )


def faster(name: str, ours: float, baseline: float, goal: float | None = None) -> Row:
    """Return the row of two times in seconds; the ratio says how many times faster ours is."""
    ratio = baseline / ours
    told = "-" if goal is None else f">= {goal:g}x"
    met = None if goal is None else ratio >= goal
    return Row(name, _short(1000 * ours, "ms"), _short(1000 * baseline, "ms"), ratio, told, met)


def all_of(name: str, right: int, total: int) -> Row:
    """Return the row of a count that must be whole."""
    return Row(name, f"{right} of {total}", goal="all", met=right == total)


def _short(value: float, unit: str) -> str:
    return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2}f} {unit}"


def in_turn(*measures: Callable[[], float], rounds: int = ROUNDS) -> list[float]:
    """Run the measures one after another, again and again; return the median of each."""
    samples: list[list[float]] = [[] for _ in measures]
    for _ in range(rounds):
        for measure, taken in zip(measures, samples, strict=True):
            taken.append(measure())
    return [statistics.median(taken) for taken in samples]


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value below which `percent` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def conclude(bench: str, rows: Sequence[Row]) -> str:
    """Return the last line: how many goals were met, and which were not."""
    judged = [row for row in rows if row.met is not None]
    short = [row.name for row in judged if not row.met]
    text = f"bench {bench}: {len(judged) - len(short)} of {len(judged)} goals met"
    return f"{text}; short: {', '.join(short)}" if short else text


def encode(rows_by_bench: dict[str, list[Row]]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(rows_by_bench))
