"""The broker that the settings name, as workers use it: it hears bells, and stays deaf while all hands are full."""

from collections.abc import Callable
from typing import Any

import dramatiq
import sqlalchemy as sa
from dramatiq.broker import Consumer

from darkroom.settings import Settings
from workers.bell import actor_name, redis_broker
from workers.gate import GatedConsumer
from workers.sql_broker import SqlBroker


def connect(settings: Settings, engine: sa.Engine) -> dramatiq.Broker:
    if settings.broker == "redis":
        return redis_broker(settings.redis_url)
    return SqlBroker(engine, settings.poll_seconds)


def gate(broker: dramatiq.Broker, is_full: Callable[[], bool]) -> None:
    """Make every consumer of this broker stay silent while `is_full`."""
    consume = broker.consume

    def gated(*args: Any, **kwargs: Any) -> Consumer:
        return GatedConsumer(consume(*args, **kwargs), is_full)

    broker.consume = gated  # type: ignore[method-assign]


def listen(broker: dramatiq.Broker, queues: list[str], answer: Callable[[], None]) -> None:
    """Declare one actor per queue; whatever bell it hears, it answers the same way."""
    for queue in queues:
        dramatiq.actor(actor_name=actor_name(queue), queue_name=queue, broker=broker)(answer)
