"""What the table of a track says of channels: three for each point."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pipelines.errors import BadInput
from pipelines.tiles.merge import latest
from pipelines.tiles.parse import channel_names
from pipelines.tiles.values import TIME_LIMIT, Batch, Floats, Samples, Texts, Uploaded, stamp
from pipelines.track.analysis.series import Series, series
from pipelines.track.record import read_tracks
from storage.streams import Tracked

PARTS = ("x", "y", "speed")


def said_by_track(path: Path, tracked: Tracked) -> Batch:
    """Return channels `<name>.x`, `.y` and `.speed` of each point.

    Raises BadInput as `read_tracks` and `channel_names` do, and unknown_label, times_outside.
    """
    tracks = read_tracks(path)
    names = _names(tracks.labels, tracked.names)
    channels: dict[str, Uploaded] = {}
    for point in series(tracks, start=tracked.start, frames_per_minute=tracked.frames_per_minute):
        _check_times(point)
        for part, values in zip(PARTS, (point.x, point.y, point.speed), strict=True):
            channels[names[point.label, part]] = _uploaded(point.seconds, values)
    return Batch(channels, len(tracks.frames))


def _names(labels: tuple[str, ...], name_by_label: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """Return the channel of each label and part."""
    for label in name_by_label:
        if label not in labels:
            raise BadInput(f"no point of the track is named {label!r}", code="unknown_label")
    keys = [(label, part) for label in labels for part in PARTS]
    names = channel_names([f"{name_by_label.get(label, label)}.{part}" for label, part in keys])
    return dict(zip(keys, names, strict=True))


def _check_times(point: Series) -> None:
    if len(point.seconds) and not np.abs(point.seconds).max() < TIME_LIMIT:
        raise BadInput(f"the track reaches beyond {TIME_LIMIT:.0f} s from 1970", code="times_outside")


def _uploaded(seconds: Floats, values: Floats) -> Uploaded:
    known = np.isfinite(values)
    count = int(known.sum())
    return Uploaded(latest(Samples(seconds[known], values[known], stamp(0, count))), Texts.joined([]))
