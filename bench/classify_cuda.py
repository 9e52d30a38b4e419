"""The same classifier on CUDA, where there is one: patches a second, and how busy the card was."""

import statistics
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench import classify_ours
from bench.classify_pictures import Order
from bench.cost import Clock, fresh
from bench.rows import Row
from pipelines.classify.network import devices

ROUNDS = 20
QUESTION = ["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "-lms=100"]


def run(model: Path, order: Order) -> Iterator[Row]:
    """Classify one picture again and again on the card."""
    if "cuda" not in fresh(probe).answer:
        yield Row("b0 on CUDA", "not measured: no CUDA here")
        return
    again = replace(order, pictures=order.pictures * ROUNDS)
    for name, work in (
        ("from decoded pixels", classify_ours.classify_decoded),
        ("from the file", classify_ours.classify),
    ):
        with _watched() as glances:
            laps = fresh(work, again, model, "cuda").laps[-ROUNDS // 2 :]
        rate = len(order.points) / statistics.median(lap.wall_seconds for lap in laps)
        yield Row(f"b0 on CUDA, 12 MP, {len(order.points)} points, {name}", f"{rate:.0f} patches/s")
        busy = [percent for percent in glances if percent]
        yield Row(
            f"b0 on CUDA, {name}: how busy the card was while it was",
            f"{statistics.median(busy):.0f} %" if busy else "not seen",
        )


def probe(clock: Clock) -> tuple[str, ...]:
    """Return what networks may be run on here."""
    return devices()


@contextmanager
def _watched() -> Iterator[list[int]]:
    """Fill a list with the card's use in percent, ten times a second, once it is over."""
    glances: list[int] = []
    with subprocess.Popen(QUESTION, stdout=subprocess.PIPE, text=True) as watcher:
        try:
            yield glances
        finally:
            watcher.terminate()
            said, _ = watcher.communicate()
    glances += [int(line) for line in said.split() if line.isdigit()]
