"""The gate: a full worker takes no bells, so that none rests unheard where nobody has hands free."""

import time
from collections.abc import Callable, Iterable

from dramatiq.broker import Consumer, MessageProxy

SHUT_SECONDS = 0.05


class GatedConsumer(Consumer):
    """Another consumer, silent while `is_full` says so."""

    def __init__(self, inner: Consumer, is_full: Callable[[], bool]) -> None:
        self.inner = inner
        self.is_full = is_full

    def __next__(self) -> MessageProxy | None:
        if self.is_full():
            time.sleep(SHUT_SECONDS)
            return None
        return next(self.inner)

    def ack(self, message: MessageProxy) -> None:
        self.inner.ack(message)

    def nack(self, message: MessageProxy) -> None:
        self.inner.nack(message)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        self.inner.requeue(messages)

    def close(self) -> None:
        self.inner.close()
