"""Run several generators on threads of their own, and give what they give one after the other, in order."""

import threading
from collections.abc import Callable, Iterator
from queue import Full, Queue
from typing import TypeVar

In = TypeVar("In")
Out = TypeVar("Out")
AHEAD = 8  # results that one generator may be ahead of their taker
WAITING = 3  # tasks per thread that may be done before their turn, so that a long one holds up nobody
_POLL_SECONDS = 0.1  # between looks whether the taker is still there


class _End:
    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def side_by_side(
    tasks: list[In], run: Callable[[In], Iterator[Out]], threads: int, ahead: int = AHEAD
) -> Iterator[Out]:
    """Give all that `run` gives for each task, in the order of the tasks; at most `threads` of them run at once.

    Nobody begins a task that lies more than `WAITING` for each thread behind the one whose results are being taken.
    """
    room = threading.Semaphore(threads * WAITING + 1)
    queues: list[Queue[Out | _End]] = [Queue(ahead) for _ in tasks]
    places = iter(range(len(tasks)))
    lock, is_over = threading.Lock(), threading.Event()

    def work() -> None:
        while not is_over.is_set():
            if not room.acquire(timeout=_POLL_SECONDS):
                continue
            with lock:
                place = next(places, None)
            if place is None:
                return
            _pour(run, tasks[place], queues[place], is_over)

    workers = [
        threading.Thread(target=work, name=f"gop-{number}") for number in range(min(threads, len(tasks)))
    ]
    for worker in workers:
        worker.start()
    try:
        for queue in queues:
            yield from _taken(queue)
            room.release()
    finally:
        is_over.set()
        for worker in workers:
            worker.join()


def _pour(
    run: Callable[[In], Iterator[Out]], task: In, queue: "Queue[Out | _End]", is_over: threading.Event
) -> None:
    error: BaseException | None = None
    try:
        for result in run(task):
            if not _put(queue, result, is_over):
                return
    except BaseException as caught:  # noqa: BLE001, it is raised where the results are taken
        error = caught
    _put(queue, _End(error), is_over)


def _put(queue: "Queue[Out | _End]", result: Out | _End, is_over: threading.Event) -> bool:
    """Wait for room; give false when nobody takes any more."""
    while not is_over.is_set():
        try:
            queue.put(result, timeout=_POLL_SECONDS)
        except Full:
            continue
        return True
    return False


def _taken(queue: "Queue[Out | _End]") -> Iterator[Out]:
    while not isinstance(result := queue.get(), _End):
        yield result
    if result.error is not None:
        raise result.error
