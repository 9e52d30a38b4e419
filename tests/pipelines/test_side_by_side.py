"""Generators side by side: in order, bounded, and gone when nobody listens."""

import threading
import time

import pytest

from pipelines.video.side_by_side import side_by_side


def test_results_come_in_the_order_of_the_tasks():
    def run(task):
        time.sleep(0.01 if task % 2 else 0.0)
        yield from ((task, place) for place in range(3))

    given = list(side_by_side(list(range(20)), run, threads=3))

    assert given == [(task, place) for task in range(20) for place in range(3)]


def test_nobody_runs_far_ahead_of_the_taker():
    begun = []

    def run(task):
        begun.append(task)
        yield task

    results = side_by_side(list(range(100)), run, threads=2)
    first = next(results)
    time.sleep(0.3)  # whoever is not held up would be through by now

    assert first == 0
    assert sorted(begun) == list(range(7))
    assert list(results) == list(range(1, 100))


def test_an_error_is_raised_where_its_result_would_have_come():
    def run(task):
        if task == 2:
            raise ValueError("two")
        yield task

    results = side_by_side([0, 1, 2, 3], run, threads=2)

    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(results)


def test_who_stops_listening_leaves_no_thread_behind():
    def run(task):
        yield from range(1000)

    results = side_by_side([0, 1, 2], run, threads=2)
    next(results)
    results.close()

    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("gop-")] == []
