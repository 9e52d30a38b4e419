"""A line takes what it is handed in order, and errors of either side reach the other."""

import threading

import pytest

from pipelines.line import Line


def hand_over(take, count: int) -> None:
    with Line(take) as line:
        for item in range(count):
            line.add(item)


def test_all_is_taken_in_order_before_the_block_ends():
    taken = []

    hand_over(taken.append, 100)

    assert taken == list(range(100))


def test_an_error_of_the_line_is_raised_where_work_is_handed_over():
    def refuse(item: int) -> None:
        raise ValueError(f"not {item}")

    with pytest.raises(ValueError, match="not 0"):
        hand_over(refuse, 1000)


def test_an_error_at_the_last_item_is_not_lost():
    def refuse(item: int) -> None:
        if item == 2:
            raise ValueError("the last")

    with pytest.raises(ValueError, match="the last"):
        hand_over(refuse, 3)


def test_what_waits_is_given_up_when_the_block_fails():
    gate, taken = threading.Event(), []

    def take(item: int) -> None:
        gate.wait(5)
        taken.append(item)

    def fail(line: Line[int]) -> None:
        for item in range(3):
            line.add(item)
        threading.Timer(0.2, gate.set).start()
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError), Line(take) as line:
        fail(line)

    assert taken == [0]


def test_a_slow_line_holds_no_more_than_its_depth():
    gate, added = threading.Event(), []

    def fill() -> None:
        with Line(lambda _: gate.wait(5), depth=2) as line:
            for item in range(6):
                line.add(item)
                added.append(item)

    thread = threading.Thread(target=fill)
    thread.start()
    thread.join(0.3)
    held = len(added)
    gate.set()
    thread.join()

    assert held == 3  # one in hand, two that wait
    assert len(added) == 6
