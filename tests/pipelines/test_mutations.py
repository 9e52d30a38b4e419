"""Five hundred damaged movies of every container and codec: each ends in frames or in a clear refusal."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.pipelines.mutations import RECIPES, Mutation, make_movie

TRIALS = 500
BATCH = 125  # trials that share a process; two processes at once
PEAK_KB = 400_000  # of a process that has read and written many of them; one good movie takes it to 100,000
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def movies(tmp_path_factory):
    """Give a folder of the whole movies, by name."""
    folder = tmp_path_factory.mktemp("whole")
    for name, recipe in RECIPES.items():
        make_movie(name, folder / f"{name}{recipe.suffix}")
    return folder


def run(movies, numbers) -> tuple[list[dict], str]:
    """Give the lines of a batch, and how its process ended."""
    command = [sys.executable, "-m", "tests.pipelines.trials", str(movies), ",".join(map(str, numbers))]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "SVT_LOG": "0"}
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, env=environment)
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    return lines, f"status {ended.returncode}: {ended.stderr.decode(errors='replace')[-2000:]}"


def test_equal_numbers_damage_equally(movies):
    whole = (movies / "h264-mp4.mp4").read_bytes()

    assert Mutation(0).movie == "h264-mp4"
    assert Mutation(0).apply(whole) == Mutation(0).apply(whole)
    assert Mutation(0).apply(whole)[0] != Mutation(len(RECIPES)).apply(whole)[0]


def test_whole_movies_pass_every_step(movies):
    lines, ended = run(movies, range(-len(RECIPES), 0))

    done = {line["trial"]: line for line in lines if "ends" in line}
    assert sorted(done) == list(range(-len(RECIPES), 0)), ended
    assert [line["wrong"] for line in done.values() if line["wrong"]] == []
    for line in done.values():
        assert line["ends"]["probed"] == line["ends"]["pictured"] == line["ends"]["sequenced"] == "good"
        assert line["ends"]["copied"] in {"copy", "exact"}
        assert line["ends"]["smartly_cut"] in {"smart", "exact"}


@pytest.mark.slow
def test_every_damaged_movie_ends_in_frames_or_a_clear_refusal(movies):
    batches = [range(start, start + BATCH) for start in range(0, TRIALS, BATCH)]

    with ThreadPoolExecutor(2) as threads:
        told = list(threads.map(lambda numbers: run(movies, numbers), batches))

    for numbers, (lines, ended) in zip(batches, told, strict=True):
        done = {line["trial"]: line for line in lines if "ends" in line}
        died = [line["trial"] for line in lines if line["trial"] not in done]
        assert not died, f"trial {died[0]} ended its process with {ended}"
        assert sorted(done) == list(numbers), ended
        wrong = [(number, line["damage"], *line["wrong"]) for number, line in done.items() if line["wrong"]]
        assert not wrong, "\n".join(map(str, wrong[0]))
        assert max(line["peak_kb"] for line in done.values()) < PEAK_KB
