"""A user may ask so often in any minute and in any hour."""

import pytest

from api.dialects.coralnet.throttle import Standing, Throttle
from darkroom.errors import TooMany


class Clock:
    def __init__(self):
        self.at = 1000.0

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


def test_the_61st_request_of_a_minute_waits_until_the_first_is_a_minute_old(clock):
    throttle = Throttle(60, 1000, clock)
    for _ in range(60):
        throttle.take(1)
        clock.at += 0.1

    with pytest.raises(TooMany) as refused:
        throttle.take(1)

    assert refused.value.message == "Request was throttled. Expected available in 54 seconds."
    assert (refused.value.retry_after, refused.value.limit) == (54, 60)


def test_what_is_refused_is_not_counted(clock):
    throttle = Throttle(2, 1000, clock)
    for seconds in (0.0, 30.0):
        clock.at = 1000.0 + seconds
        throttle.take(1)
    for seconds in (40.0, 50.0):
        clock.at = 1000.0 + seconds
        with pytest.raises(TooMany):
            throttle.take(1)

    clock.at = 1060.0
    standing = throttle.take(1)

    assert standing == Standing(limit=2, remaining=0, reset_seconds=30)


def test_the_longer_wait_is_told(clock):
    throttle = Throttle(2, 4, clock)
    for seconds in (0.0, 1000.0, 2000.0, 2001.0):
        clock.at = 1000.0 + seconds
        throttle.take(1)

    with pytest.raises(TooMany) as refused:
        throttle.take(1)

    assert (refused.value.retry_after, refused.value.limit) == (3600 - 2001, 4)


def test_users_are_counted_apart(clock):
    throttle = Throttle(1, 1000, clock)
    throttle.take(1)

    assert throttle.take(2).remaining == 0


def test_the_tighter_limit_is_told(clock):
    throttle = Throttle(60, 1000, clock)

    assert throttle.take(1) == Standing(limit=60, remaining=59, reset_seconds=60)
