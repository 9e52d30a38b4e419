"""Put a movie's frames into an archive, with nothing followed."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path

from pipelines.errors import CannotDecode
from pipelines.line import Line
from pipelines.source import Source
from pipelines.track.archive import (
    LONGEST_SIDE_PX,
    NAME,
    QUALITY,
    Archive,
    ArchiveSummary,
    check_archive,
    open_archive,
)
from pipelines.track.canvas import Shot, matrix_of, scaled_size
from pipelines.track.outputs import depth_of
from pipelines.track.tracker import Tick
from pipelines.video.container import FRAMES_LIMIT, PIXELS_LIMIT
from pipelines.video.decode import THREADS, LumaFrame, luma_frames
from pipelines.video.timeline import read_timeline


def write_archive(
    source: Source,
    out_dir: Path,
    *,
    longest_side: int = LONGEST_SIDE_PX,
    rotation: int = 0,
    quality: int = QUALITY,
    comment: str = "",
    keep_partial: bool = False,
    tick: Tick | None = None,
    threads: int = THREADS,
    pixels_limit: int = PIXELS_LIMIT,
    frames_limit: int = FRAMES_LIMIT,
) -> ArchiveSummary:
    """Leave `frames.zip` in `out_dir`: every frame as a JPEG, `frame_0000.jpeg` first, stored and not packed.

    longest_side: to which pictures are reduced or enlarged; the other side is truncated to whole pixels. rotation:
    degrees clockwise (0, 90, 180 or 270) on top of the movie's own. comment: a text in each JPEG. keep_partial: when the
    movie breaks, keep the frames before that. The file appears whole, or not at all; memory does not grow with it but
    for its table of contents. Raises BadInput as `luma_frames` and `check_archive` do, and CannotDecode.
    """
    check_archive(longest_side, quality, comment)
    timeline = read_timeline(source, pixels_limit=pixels_limit, frames_limit=frames_limit)
    frames = luma_frames(
        source, threads=threads, timeline=timeline, rotation=rotation, pixels_limit=pixels_limit
    )
    with tempfile.TemporaryDirectory(dir=out_dir, prefix=".unfinished-") as unfinished:
        path = Path(unfinished) / NAME
        with closing(frames):
            first = next(frames)
            height, width = first.luma.shape
            size = scaled_size((width, height), longest_side)
            with open_archive(
                path, size, matrix=matrix_of(first.picture), quality=quality, comment=comment
            ) as archive:
                broken = _pour(
                    chain([first], frames),
                    archive,
                    depth_of((width, height)),
                    total=timeline.promised,
                    keep_partial=keep_partial,
                    tick=tick,
                )
        path.replace(out_dir / NAME)
    return ArchiveSummary(
        frames=archive.count,
        width=size[0],
        height=size[1],
        files=(NAME,),
        partial=broken is not None,
        broken_at=broken.frame if broken else None,
        reason=broken.message if broken else None,
    )


def _pour(
    frames: Iterator[LumaFrame],
    archive: Archive,
    depth: int,
    *,
    total: int,
    keep_partial: bool,
    tick: Tick | None,
) -> CannotDecode | None:
    """Put all frames into the archive; give where the movie broke when that is to be forgiven."""
    with Line(archive.add, depth) as line:
        try:
            for frame in frames:
                line.add(Shot(frame))
                if tick:
                    tick(frame.index + 1, total, "archive")
        except CannotDecode as error:
            if not keep_partial:
                raise
            return error
    return None
