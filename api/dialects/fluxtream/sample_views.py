"""What became of an upload, and what sources there are, as clients read it; pure."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from api.numbers import number
from storage.fluxtream.photos import CHANNEL, DEVICE
from storage.streams import Channel, Upload

COMMENTS = (
    "._comment"  # the channel of this ending has the texts of the one without: shown with it, not by itself
)
DEFAULT_STYLE = {"styles": [{"type": "line", "lineWidth": 1, "show": True}]}


def upload_view(upload: Upload) -> dict[str, Any]:
    """Return what an upload came to; it is published. `successful_records` counts uploads, as it always has."""
    result = upload.read_result()
    spoken = {
        name: bounds for name, bounds in result.get("channels", {}).items() if bounds["imported_bounds"]
    }
    specs = {name: _spec(bounds) for name, bounds in spoken.items()}
    imported = [spec["imported_bounds"] for spec in specs.values()]
    starts = [bounds["min_time"] for bounds in imported if "min_time" in bounds]
    ends = [bounds["max_time"] for bounds in imported if "max_time" in bounds]
    view: dict[str, Any] = {"max_datetime": None}
    if starts:
        view["min_time"] = min(starts)
    view |= {
        "failed_records": 0,
        "channel_specs": specs or None,
        "logrec_id": upload.id,
        "successful_records": 1,
        "min_datetime": None,
    }
    if ends:
        view["max_time"] = max(ends)
    return view | {"successful_samples": result.get("samples", 0)}


def sources_view(channels: Iterable[Channel], photo_span: tuple[int, int] | None) -> list[dict[str, Any]]:
    """Return the sources that these channels are of, the photos among them. photo_span: first and last, in ms."""
    channels_by_device: dict[str, list[Channel]] = {}
    for channel in channels:
        if not channel.name.endswith(COMMENTS):
            channels_by_device.setdefault(channel.device, []).append(channel)
    sources = {device: _source(device, some) for device, some in channels_by_device.items()}
    if photo_span is not None:
        photos = _photo_source(*photo_span)
        sources[DEVICE] = _joined(sources[DEVICE], photos) if DEVICE in sources else photos
    return [sources[device] for device in sorted(sources)]


def _spec(bounds: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Return one channel's entry, which says its own bounds twice: older clients look for them beside, newer ones within."""
    whole, imported = _numbers(bounds["channel_bounds"]), _numbers(bounds["imported_bounds"])
    first = {name: whole[name] for name in ("max_value", "min_value", "min_time") if name in whole}
    last = {name: whole[name] for name in ("max_time",) if name in whole}
    return first | {"channel_bounds": whole, "imported_bounds": imported} | last


def _numbers(bounds: Mapping[str, float]) -> dict[str, float | int]:
    order = ("max_value", "min_value", "min_time", "max_time")
    return {name: number(bounds[name]) for name in order if name in bounds}


def _source(device: str, channels: list[Channel]) -> dict[str, Any]:
    return _with_times({"name": device, "channels": [_channel(channel) for channel in channels]})


def _channel(channel: Channel) -> dict[str, Any]:
    bounds = {
        "min": channel.v_min,
        "max": channel.v_max,
        "min_time": channel.t_min,
        "max_time": channel.t_max,
    }
    return (
        {"name": channel.name, "type": "data"}
        | {name: number(value) for name, value in bounds.items() if value is not None}
        | {
            "time_type": "gmt",
            "objectTypeName": channel.name,
            "builtin_default_style": DEFAULT_STYLE,
            "style": msgspec.json.decode(channel.style) if channel.style else DEFAULT_STYLE,
        }
    )


def _photo_source(first_ms: int, last_ms: int) -> dict[str, Any]:
    channel = {
        "name": CHANNEL,
        "type": "photo",
        "min": 0.6,  # where on the axis they are drawn
        "max": 1,
        "min_time": number(first_ms / 1000),
        "max_time": number(last_ms / 1000),
        "time_type": "gmt",
        "objectTypeName": CHANNEL,
    }
    return _with_times({"name": DEVICE, "channels": [channel]})


def _joined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return _with_times({"name": one["name"], "channels": [*one["channels"], *other["channels"]]})


def _with_times(source: dict[str, Any]) -> dict[str, Any]:
    starts = [channel["min_time"] for channel in source["channels"] if "min_time" in channel]
    ends = [channel["max_time"] for channel in source["channels"] if "max_time" in channel]
    return {
        **{name: value for name, value in source.items() if name in {"name", "channels"}},
        **({"min_time": min(starts), "max_time": max(ends)} if starts and ends else {}),
    }
