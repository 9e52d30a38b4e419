"""Between the track table of a job and the markers of the wire; pure.

A table has pixels of the movie itself, from its top left; markers have pixels of the analysis picture, from its bottom
left. Pixel centres are kept where a resize puts them: x' = (x + 0.5) * s - 0.5, as `pipelines.track.points.rescale`.
"""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from storage.planttracer.markers import Marker

HEADER = ("frame", "time_seconds", "label", "x", "y", "status", "err", "score")
DIGITS = 6  # after the point, of a marker: a table has four, which come back from there as they were
STATUS = ("tracked", "uncertain", "lost", "occluded", "cut", "out_of_frame")  # as of pipelines.track.status


class Scale(Struct, frozen=True):
    """Sizes (width, height) in pixels of the movie itself and of its analysis picture, both as turned."""

    source: tuple[int, int]
    analysis: tuple[int, int]

    def to_marker(self, x: float, y: float) -> tuple[float, float]:
        x = (x + 0.5) * self.analysis[0] / self.source[0] - 0.5
        y = (y + 0.5) * self.analysis[1] / self.source[1] - 0.5
        return round(x, DIGITS), round(self.analysis[1] - y, DIGITS)

    def to_source(self, x: float, y: float) -> tuple[float, float]:
        y = self.analysis[1] - y
        x = (x + 0.5) * self.source[0] / self.analysis[0] - 0.5
        return x, (y + 0.5) * self.source[1] / self.analysis[1] - 0.5


def read(
    lines: Iterable[str], scale: Scale, first: int, seeds: Mapping[str, Marker]
) -> dict[int, list[Marker]]:
    """Return the markers of frames from `first`, by frame, in the order of the table.

    What nobody knows the place of is left out. seeds: by label, what gives them their colours. Raises ValueError.
    """
    markers_by_frame: dict[int, list[Marker]] = {}
    for row in csv.DictReader(lines):
        frame, x, y = int(row["frame"]), _number(row["x"]), _number(row["y"])
        if frame >= first and x is not None and y is not None:
            seed = seeds.get(row["label"])
            place = scale.to_marker(x, y)
            markers_by_frame.setdefault(frame, []).append(
                Marker(
                    *place,
                    row["label"],
                    None if seed is None else seed.color,
                    None if seed is None else seed.undeletable,
                    STATUS.index(row["status"]),
                    _number(row["err"]),
                )
            )
    return markers_by_frame


def write(markers_by_frame: Mapping[int, list[Marker]], scale: Scale, fps: float) -> bytes:
    """Return a track table of these markers. fps: from which their times are worked out."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(HEADER)
    for frame, markers in sorted(markers_by_frame.items()):
        for marker in markers:
            x, y = scale.to_source(marker.x, marker.y)
            err = "" if marker.err is None else f"{marker.err:.4f}"
            seconds = f"{frame / fps if fps > 0 else 0:.6f}"
            table.writerow((frame, seconds, marker.label, f"{x:.4f}", f"{y:.4f}", _status(marker), err, ""))
    return text.getvalue().encode()


def lines_of(pieces: Iterable[bytes]) -> Iterator[str]:
    """Return the lines of a text that comes in pieces."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line.decode() for line in whole)
    if rest:
        yield rest.decode()


def _status(marker: Marker) -> str:
    known = marker.status is not None and 0 <= marker.status < len(STATUS)
    return STATUS[marker.status or 0] if known else STATUS[0]


def _number(text: str) -> float | None:
    value = float(text) if text else math.nan
    return value if math.isfinite(value) else None
