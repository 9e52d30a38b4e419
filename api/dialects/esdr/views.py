"""Bounds of channels, as this door's clients read them; pure."""

from collections.abc import Mapping
from typing import Any

from api.numbers import number

NAMES = {
    "min_time": "minTimeSecs",
    "max_time": "maxTimeSecs",
    "min_value": "minValue",
    "max_value": "maxValue",
}


def bounds_view(bounds_by_channel: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Return the bounds of each channel, and those of the times of all; a channel without a sample has none."""
    view: dict[str, Any] = {
        "channels": {
            channel: {NAMES[name]: number(value) for name, value in bounds.items()}
            for channel, bounds in bounds_by_channel.items()
            if bounds
        }
    }
    for name, extreme in (("minTimeSecs", min), ("maxTimeSecs", max)):
        times = [one[name] for one in view["channels"].values() if name in one]
        if times:
            view[name] = extreme(times)
    return view
