"""How fast points of a picture file become scores, and in how much memory."""

import multiprocessing
import statistics
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from bench import classify_ours, classify_upstream
from bench.classify_pictures import Order
from bench.cost import Lap, Outcome, fresh
from bench.rows import Row, at_least, at_most, faster

ROUNDS = 3
ONE_GOAL, TWO_GOAL = 4.4, 5.0
BANK_GOAL = 200.0  # patches a second on one core
PEAK_GOAL = 450.0
MB = 1_000_000
UNIT = "patches/s"


@dataclass(frozen=True, slots=True)
class Models:
    """What classifies: the peer's weights and head, and our two model files."""

    weights: Path
    head: Any
    b0: Path
    bank: Path


def against_upstream(models: Models, order: Order) -> Iterator[Row]:
    """From a file to scores, in turn: one thread each, then the peer's two threads and our two processes of one.

    The peer's first picture in a process, which is slower, does not count.
    """
    twice = replace(order, pictures=order.pictures * 2)
    peers, ours, peers_two, ours_two = [], [], [], []
    for _ in range(ROUNDS):
        peers.append(fresh(classify_upstream.classify, twice, models.weights, models.head, 1))
        ours.append(fresh(classify_ours.classify, twice, models.b0))
        peers_two.append(fresh(classify_upstream.classify, twice, models.weights, models.head, 2))
        ours_two.append(_pair(twice, models.b0))
    count = len(order.points)
    name = f"b0, a file of 12 MP, {count} points"
    theirs, mine = _median(peers), _median(ours)
    yield at_least(
        f"{name}, one thread", count / mine.wall_seconds, count / theirs.wall_seconds, UNIT, ONE_GOAL
    )
    yield faster(f"{name}, one thread, CPU", mine.cpu_seconds, theirs.cpu_seconds)
    opened = statistics.median(sum(lap.wall_seconds for lap in outcome.laps[:2]) for outcome in ours)
    yield faster(f"{name}, one thread, our network opened for it, too", opened, theirs.wall_seconds)
    both, theirs = statistics.median(ours_two), _median(peers_two)
    yield at_least(f"{name}, two threads", 2 * count / both, count / theirs.wall_seconds, UNIT, TWO_GOAL)
    yield faster(f"{name}, two threads of theirs, one of ours, CPU", mine.cpu_seconds, theirs.cpu_seconds)


def _pair(order: Order, model: Path) -> float:
    """Classify a picture in each of two processes at once; return the seconds of the slower one's last."""
    start = multiprocessing.get_context("forkserver").Barrier(2)
    work = partial(fresh, classify_ours.classify, order, model, "cpu", start.wait)
    with ThreadPoolExecutor(2) as both:
        outcomes = [future.result() for future in [both.submit(work) for _ in range(2)]]
    return max(outcome.laps[-1].wall_seconds for outcome in outcomes)


def _median(outcomes: list[Outcome]) -> Lap:
    """Take of each the last lap."""
    laps = [outcome.laps[-1] for outcome in outcomes]
    return Lap(
        statistics.median(lap.wall_seconds for lap in laps),
        statistics.median(lap.cpu_seconds for lap in laps),
        laps[-1].read_bytes,
    )


def built_in(models: Models, order: Order) -> Iterator[Row]:
    """The built-in network, by CPU seconds, for it computes on one thread: those of a core."""
    five = replace(order, pictures=order.pictures * 5)
    count = len(order.points)
    for name, work in (
        ("from decoded pixels", classify_ours.classify_decoded),
        ("from the file", classify_ours.classify),
    ):
        laps = fresh(work, five, models.bank).laps[-len(five.pictures) :]
        rate = count / statistics.median(lap.cpu_seconds for lap in laps)
        yield Row(
            f"built-in, 12 MP, {count} points, one core, {name}",
            f"{rate:.0f} {UNIT}",
            goal=f">= {BANK_GOAL:g} {UNIT}",
            met=rate >= BANK_GOAL,
        )


def memory(models: Models, order: Order) -> Iterator[Row]:
    """The most memory of a fresh process, imports and all, that classifies a picture of 64 megapixels."""
    peak = fresh(classify_ours.classify, order, models.bank).peak_bytes
    yield at_most("built-in, a file of 64 MP: peak memory", peak / MB, "MB", PEAK_GOAL)
    peak = fresh(classify_ours.classify, order, models.b0).peak_bytes
    theirs = fresh(classify_upstream.classify, order, models.weights, models.head, 1).peak_bytes
    yield Row(
        "b0, a file of 64 MP: peak memory", f"{peak / MB:.0f} MB", f"{theirs / MB:.0f} MB", peak / theirs
    )
