"""One small picture of a movie: at a time, or the one that shows most among a few of its frames."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from pipelines.source import Source
from pipelines.stills.detail import POOR_DETAIL, detail
from pipelines.stills.extract import LIMITS, extract_from
from pipelines.stills.image import ImageFormat
from pipelines.stills.order import Extracted, Limits, Order, Tick
from pipelines.stills.selection import Selection
from pipelines.stills.tray import Tray
from pipelines.video.container import PIXELS_LIMIT
from pipelines.video.frames import Frames
from pipelines.video.index import Index

CANDIDATES = 5  # keyframes that are looked at: each costs a decode
LOOK_PX = 320  # wide, to be measured
NAME = "thumbnail"


def thumbnail(
    source: Source,
    out_dir: Path,
    *,
    seconds: float | None = None,
    width: int = 320,
    height: int | None = None,
    image_format: ImageFormat = "jpeg",
    quality: int = 80,
    upright: bool = True,
    index: Index | None = None,
    limits: Limits = LIMITS,
    pixels_limit: int = PIXELS_LIMIT,
    tick: Tick | None = None,
) -> Extracted:
    """Open a movie, and leave `thumbnail.jpg` (or of another format) in `out_dir`, as `thumbnail_from`."""
    order = Order(width=width, height=height, image_format=image_format, quality=quality, upright=upright)
    with Frames(source, index, pixels_limit=pixels_limit) as frames:
        return thumbnail_from(frames, out_dir, order, seconds=seconds, limits=limits, tick=tick)


def thumbnail_from(
    frames: Frames,
    out_dir: Path,
    order: Order,
    *,
    seconds: float | None = None,
    limits: Limits = LIMITS,
    tick: Tick | None = None,
) -> Extracted:
    """Leave the frame on show at `seconds`, or when None the most telling one, in `out_dir`.

    order: size and format; which frames it names does not count. Raises as `extract_from`.
    """
    if seconds is None:
        order = replace(order, frames=(most_telling(frames, tick),), seconds=(), count=None, layout="each")
    else:
        order = replace(order, frames=(), seconds=(seconds,), count=None, layout="each")
    made = extract_from(frames, out_dir, order, limits=limits, tick=tick)
    name, content_type = made.files[0]
    thumbnail_name = f"{NAME}{Path(name).suffix}"
    (out_dir / name).replace(out_dir / thumbnail_name)
    return replace(made, files=((thumbnail_name, content_type),))


def most_telling(frames: Frames, tick: Tick | None = None) -> int:
    """Give the keyframe of the most detail among a few, spread evenly.

    Only when all of these show little (black, blank or blurred) frames between are looked at as well.
    """
    index = frames.index
    detail_by_number = _look(frames, _keyframes(index), tick)
    if max(detail_by_number.values(), default=0.0) < POOR_DETAIL:
        detail_by_number |= _look(frames, _spread(index.frames), tick)
    return max(sorted(detail_by_number), key=detail_by_number.__getitem__, default=0)


def _keyframes(index: Index) -> list[int]:
    """Give the keyframes next to the middles of equal spans."""
    keys = np.flatnonzero(index.is_key[index.order])
    if not len(keys):
        return _spread(index.frames)
    return sorted({int(keys[np.argmin(np.abs(keys - middle))]) for middle in _spread(index.frames)})


def _spread(frames: int) -> list[int]:
    count = min(CANDIDATES, frames)
    return [(2 * place + 1) * frames // (2 * count) for place in range(count)]


def _look(frames: Frames, numbers: list[int], tick: Tick | None) -> dict[int, float]:
    """Measure frames; damaged ones are left out."""
    order = Order(width=min(LOOK_PX, frames.index.width))
    tray = Tray(frames, order, Selection(tuple(numbers), (0.0,) * len(numbers)), None)
    detail_by_number = {}
    for place, cell in tray.cells(range(len(numbers))):
        detail_by_number[numbers[place]] = detail(cell)
        if tick is not None:
            tick(len(detail_by_number), len(numbers), "looking")
    return detail_by_number
