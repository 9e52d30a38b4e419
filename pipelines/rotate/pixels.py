"""Turn a movie's pictures themselves: decode, turn, encode as H.264; sound and all other tracks are copied."""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path

from pipelines.errors import BadInput
from pipelines.rotate.copying import copy_bytes
from pipelines.rotate.pixel_plan import PixelPlan, plan_pixels
from pipelines.rotate.tracks import CannotHold, left_out, open_output
from pipelines.rotate.values import Turning
from pipelines.rotate.writer import Origin, Writer
from pipelines.source import Source
from pipelines.video.container import open_movie
from pipelines.video.decode import LumaFrame, luma_frames
from pipelines.video.packet_index import Index
from pipelines.video.timeline import timeline_of

_SUFFIXES = (".mp4", ".mov", ".mkv")  # the last takes what the others do not


def encode_turned(source: Source, turning: Turning, index: Index) -> tuple[Path, PixelPlan, str]:
    """Write the movie with its pictures turned; give its path, its pixels, and what is to be known of it.

    Memory is bounded by some pictures. Raises BadInput (cannot_hold, and as `open_movie` does), CannotDecode at the
    first frame that is missing or damaged.
    """
    with _at_hand(source, turning) as file:
        refusal = CannotHold("there is no kind of file to try")
        for suffix in _SUFFIXES:
            path = turning.folder / f"rotated{suffix}"
            try:
                return path, *_encode(file, path, turning, index)
            except CannotHold as error:
                refusal = error
    raise BadInput(f"the tracks of this movie go into no file that we write: {refusal}", code="cannot_hold")


@contextmanager
def _at_hand(source: Source, turning: Turning) -> Iterator[Path]:
    """Give the movie as a file: two demuxers read it, and a store's reader has but one place."""
    if isinstance(source, str | Path):
        yield Path(source)
        return
    copy = turning.folder / "source"
    copy_bytes(source, copy, turning.tick)
    yield copy
    copy.unlink()


def _encode(file: Path, path: Path, turning: Turning, index: Index) -> tuple[PixelPlan, str]:
    with (
        closing(_frames(file, turning, index)) as frames,
        open_movie(file, pixels_limit=turning.limits.pixels) as (container, stream),
        open_output(path, _timing(index)) as output,
    ):
        first = next(frames)
        plan = plan_pixels(first.picture, first.turn, turning.turn)
        writer = Writer(output, Origin(container, stream, index, first.picture), plan, turning.encoding)
        for frame in chain((first,), frames):
            writer.add(frame)
            turning.tick(frame.index + 1, index.frames, "turning")
        writer.finish()
        return plan, plan.remark + left_out(container, stream)


def _frames(file: Path, turning: Turning, index: Index) -> Generator[LumaFrame]:
    yield from luma_frames(file, timeline=timeline_of(index), pixels_limit=turning.limits.pixels)


def _timing(index: Index) -> dict[str, str]:
    """Let the edit list of an MP4 be exact to the tick."""
    return {"movie_timescale": str(min(max(1000, index.time_base.denominator), 1 << 30))}
