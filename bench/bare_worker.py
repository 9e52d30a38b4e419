"""A bare Dramatiq worker on Redis: one no-op actor that writes down when it ran; stock settings but for middleware."""

import os
import time

import dramatiq
from dramatiq.brokers.redis import RedisBroker

broker = RedisBroker(url=os.environ["BARE_REDIS"], namespace="bare")  # type: ignore[no-untyped-call]  # dramatiq leaves it so
dramatiq.set_broker(broker)


@dramatiq.actor(queue_name="noop")
def noop() -> None:
    """Append a time to this process's own file."""
    with open(f"{os.environ['BARE_FOLDER']}/{os.getpid()}", "a") as file:  # noqa: PTH123 - as lean as it can be
        file.write(f"{time.time():.6f}\n")
