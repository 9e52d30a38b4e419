"""Turn or mirror a movie or a picture into a new file."""

import tempfile
from pathlib import Path

from pipelines.errors import BadInput
from pipelines.rotate.movie import rotate_movie
from pipelines.rotate.still import STILL_BYTES_LIMIT, rotate_still
from pipelines.rotate.still_kind import still_kind
from pipelines.rotate.values import (
    Encoding,
    Flip,
    Limits,
    Method,
    Rotated,
    Rotation,
    Tick,
    Turning,
    asked_turn,
)
from pipelines.source import Source
from pipelines.video.container import FRAMES_LIMIT, PIXELS_LIMIT
from pipelines.video.index import read_index
from pipelines.video.packet_index import Index


def rotate(
    source: Source,
    out_dir: Path,
    *,
    rotation: Rotation = 0,
    flip: Flip = "none",
    method: Method = "metadata",
    index: Index | None = None,
    encoding: Encoding | None = None,
    tick: Tick | None = None,
    pixels_limit: int = PIXELS_LIMIT,
    frames_limit: int = FRAMES_LIMIT,
    still_bytes_limit: int = STILL_BYTES_LIMIT,
) -> Rotated:
    """Mirror what is shown now as `flip` says, turn it clockwise by `rotation`, and leave the file in `out_dir`.

    metadata: packets stay as they are and the file says how they are shown; where its kind cannot say that, another
    kind is taken, and where none can, the pixels are turned. `why` of the answer tells. pixels: pictures are turned
    and encoded (a movie), or turned without loss where their format allows it (a picture).
    The file appears whole, at the end, or not at all. index: of a movie, when it was read before.
    Raises BadInput: no_turn (nothing was asked), bad_rotation, encrypted, no_video, and as `open_movie` does;
    CannotDecode where pixels must be turned and are damaged.
    """
    turn = asked_turn(rotation, flip)
    if method not in {"metadata", "pixels"}:
        raise BadInput("method is metadata or pixels", code="bad_method")
    with tempfile.TemporaryDirectory(dir=out_dir, prefix=".unfinished-") as folder:
        turning = Turning(
            Path(folder),
            turn,
            encoding or Encoding(),
            Limits(pixels_limit, frames_limit, still_bytes_limit),
            tick or _ignore,
        )
        kind = still_kind(source)
        if kind is not None:
            rotated = rotate_still(source, turning, method, kind)
        else:
            known = index or read_index(source, pixels_limit=pixels_limit, frames_limit=frames_limit)
            rotated = rotate_movie(source, turning, method, known)
        (Path(folder) / rotated.file).replace(out_dir / rotated.file)
    return rotated


def _ignore(done: int, total: int, phase: str) -> None:
    """Take no note of progress."""
