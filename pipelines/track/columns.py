"""The columns of a table of tracks, with their units."""

import json
from typing import Protocol

import pyarrow as pa
from numpy import floating, uint8
from numpy.typing import NDArray

from pipelines.track.status import Status

NAMES = [status.name.lower() for status in Status]
UNITS = {
    "frame": "index of the shown frame, the movie's first is 0",
    "time_seconds": "seconds since the movie's first frame is shown",
    "x": "pixels of the upright source picture, the centre of the top left pixel is 0",
    "y": "pixels of the upright source picture, downwards, the centre of the top left pixel is 0",
    "status": "tracked, uncertain, lost or occluded or cut (the last place is kept), or out_of_frame",
    "err": "pixels between a point and itself, followed to this frame and back; null when not measured",
    "score": "confidence in the place, 0 to 1; null when not measured",
    "x_stable": "as x, with the shake of the camera taken out; null when not known",
    "y_stable": "as y, with the shake of the camera taken out; null when not known",
}
REQUIRED = ("frame", "time_seconds", "label", "x", "y", "status")
MEASURES = ("err", "score")
STABLE = ("x_stable", "y_stable")
_TYPES = {
    "frame": pa.int64(),
    "time_seconds": pa.float64(),
    "label": pa.string(),
    "x": pa.float32(),
    "y": pa.float32(),
    "status": pa.string(),
    "err": pa.float32(),
    "score": pa.float32(),
    "x_stable": pa.float32(),
    "y_stable": pa.float32(),
}


class Row(Protocol):
    """Where the points are on one frame: what a table is told of it.

    positions: (n, 2) float, (x, y) in source pixels of the upright picture, NaN where a point has no row.
    status: (n,) uint8, see `Status`. err: (n,) float, px; score: (n,) float, 0 to 1; NaN when not measured.
    stable: as positions, without the camera's shake; None when the table is not stabilised.
    """

    @property
    def index(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def positions(self) -> NDArray[floating]: ...
    @property
    def status(self) -> NDArray[uint8]: ...
    @property
    def err(self) -> NDArray[floating]: ...
    @property
    def score(self) -> NDArray[floating]: ...
    @property
    def stable(self) -> NDArray[floating] | None: ...


def columns(stabilised: bool) -> tuple[str, ...]:
    """Give the names of a table's columns, in order."""
    return REQUIRED + MEASURES + (STABLE if stabilised else ())


def schema(stabilised: bool) -> pa.Schema:
    """Give the Parquet schema; each field says its unit under `unit`, the file all under `darkroom.units`."""
    names = columns(stabilised)
    units = {name: UNITS[name] for name in names if name in UNITS}
    return pa.schema(
        [pa.field(name, _TYPES[name], metadata={"unit": UNITS.get(name, "")}) for name in names],
        metadata={"darkroom.units": json.dumps(units, sort_keys=True)},
    )
