"""Work in a thread of its own, handed over through a short queue."""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Event, Thread
from types import TracebackType
from typing import Generic, TypeVar

DEPTH = 4  # items that wait: enough that a slow one holds nobody up, few enough to bound memory
_WAIT_SECONDS = 0.1

Item = TypeVar("Item")


class Line(Generic[Item]):
    """Takes items one by one, in order, beside the thread that hands them over.

    Left without an error, its block ends once all is taken; with one, what waits is given up.
    """

    def __init__(self, take: Callable[[Item], None], depth: int = DEPTH) -> None:
        self._take = take
        # Two queues of the C kind: the bounded one of Python takes longer than some of the work that is handed over.
        self._inbox: SimpleQueue[tuple[Item] | None] = SimpleQueue()
        self._places: SimpleQueue[None] = SimpleQueue()
        for _ in range(depth):
            self._places.put(None)
        self._is_given_up = Event()
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Line[Item]":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._is_given_up.set()
            self._thread.join()
            return
        self._put(None)
        self._thread.join()
        self._raise()

    def add(self, item: Item) -> None:
        """Hand over an item, waiting while too many are; raises what taking an earlier one raised."""
        self._put((item,))

    def _put(self, parcel: tuple[Item] | None) -> None:
        while True:
            self._raise()
            try:
                self._places.get(timeout=_WAIT_SECONDS)
            except Empty:
                continue
            self._inbox.put(parcel)
            return

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            self._take_all()
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that hands over
            self._error = error

    def _take_all(self) -> None:
        while not self._is_given_up.is_set():
            try:
                parcel = self._inbox.get(timeout=_WAIT_SECONDS)
            except Empty:
                continue
            self._places.put(None)
            if parcel is None:
                return
            self._take(*parcel)
