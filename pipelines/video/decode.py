"""Decode a movie in the order it is shown, one frame in memory at a time."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import chain

import av.container
import av.error
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from pipelines.errors import BadInput, CannotDecode
from pipelines.source import Source
from pipelines.video.container import PIXELS_LIMIT, open_movie, whole_packets
from pipelines.video.picture import Plane, luma_of, turn_of
from pipelines.video.timeline import Timeline, read_timeline
from pipelines.video.turn import Turn

ROTATIONS = (0, 90, 180, 270)
THREADS = 2  # decoder threads: more hold more pictures in memory
_SEEKABLE = ("mov", "matroska")  # whose index leads to a keyframe for certain
# Aim so many frames ahead of the wanted one: an index is in decoding order, we are not. Farther when that led too far.
_SEEK_SLACKS_FRAMES = (4, 16, 64)


@dataclass(frozen=True, slots=True)
class LumaFrame:
    """One shown frame.

    luma: (height, width) uint8, upright; it lives until the next frame is asked for and is never written to.
    seconds: since the movie's first frame is shown. picture: as decoded, not turned, never to be drawn on.
    """

    index: int
    seconds: float
    luma: Plane
    picture: VideoFrame
    turn: Turn


def luma_frames(
    source: Source,
    start: int = 0,
    end: int | None = None,
    *,
    threads: int = THREADS,
    timeline: Timeline | None = None,
    rotation: int = 0,
    pixels_limit: int = PIXELS_LIMIT,
) -> Generator[LumaFrame, None, None]:
    """Give the frames from `start` up to but not including `end` (the movie's end when None).

    timeline: when it was read before. rotation: degrees clockwise (0, 90, 180 or 270) by which upright pictures are
    turned once more. Raises CannotDecode naming the first frame that is missing, damaged or
    of another size; BadInput when the movie cannot be opened or is encrypted, and rotation_unknown.
    """
    timeline = timeline or read_timeline(source, pixels_limit=pixels_limit)
    if rotation not in ROTATIONS:
        raise BadInput(f"rotation {rotation} is not 0, 90, 180 or 270", code="rotation_unknown")
    if timeline.is_encrypted:
        raise BadInput("the movie is encrypted", code="encrypted")
    stop = timeline.promised if end is None else end
    reformatter = VideoReformatter()
    turn: Turn | None = None
    with open_movie(source, pixels_limit=pixels_limit) as (container, stream):
        stream.codec_context.thread_type = "FRAME"
        stream.codec_context.thread_count = threads
        pictures = _from(container, stream, start, timeline)
        for index, picture in _checked(pictures, start, stop, timeline):
            # Once: a frame that was asked for its side data is freed late.
            turn = turn or turn_of(picture).then(Turn(rotation))
            luma = luma_of(picture, reformatter)
            yield LumaFrame(index, timeline.seconds(index), turn.apply(luma), picture, turn)


def _checked(
    pictures: Iterator[VideoFrame], start: int, stop: int, timeline: Timeline
) -> Iterator[tuple[int, VideoFrame]]:
    """Number the frames, and prove that none is missing, damaged or of another size."""
    index, size = start, (0, 0)
    for picture in pictures:
        size = size if index > start else (picture.width, picture.height)
        _check(picture, index, size, timeline)
        yield index, picture
        index += 1
        if index >= stop:
            return
    raise _broken(index, "the movie ends or its data are damaged")


def _from(
    container: av.container.InputContainer, stream: VideoStream, start: int, timeline: Timeline
) -> Iterator[VideoFrame]:
    """Give all pictures from frame `start` on, beginning at a keyframe where the container can lead to one."""
    if start == 0 or timeline.pts is None or not container.format.name.startswith(_SEEKABLE):
        yield from _skip(_pictures(container, stream), start)
        return
    wanted = int(timeline.pts[start])
    pictures: Iterator[VideoFrame] = iter(())
    for slack in _SEEK_SLACKS_FRAMES:
        container.seek(int(timeline.pts[max(0, start - slack)]), stream=stream, backward=True)
        pictures = _pictures(container, stream, wanted)
        first = next(pictures, None)
        if first is not None:
            pictures = chain([first], pictures)
            if first.key_frame and first.pts is not None and first.pts <= wanted:
                break
    yield from (p for p in pictures if p.pts is not None and p.pts >= wanted)


def _skip(pictures: Iterator[VideoFrame], count: int) -> Iterator[VideoFrame]:
    for index, picture in enumerate(pictures):
        if index >= count:
            yield picture


def _pictures(
    container: av.container.InputContainer, stream: VideoStream, wanted: int | None = None
) -> Iterator[VideoFrame]:
    """Decode; at the first error give the good pictures that the decoder still holds, and end.

    wanted: the time before which a picture may be left out when no other needs it.
    """
    context = stream.codec_context
    may_skip = wanted is not None and context.name == "h264"  # others mark layers, which need one another
    for packet in whole_packets(container, stream):
        if packet is None:
            break
        if may_skip and wanted is not None:
            is_early = packet.pts is not None and packet.pts < wanted
            context.skip_frame = "NONREF" if is_early else "DEFAULT"
        try:
            pictures = stream.decode(packet)
        except av.error.FFmpegError:
            break
        yield from pictures
    yield from _drained(stream)


def _drained(stream: VideoStream) -> Iterator[VideoFrame]:
    try:
        yield from stream.decode(None)
    except av.error.FFmpegError:
        return


def _check(picture: VideoFrame, index: int, size: tuple[int, int], timeline: Timeline) -> None:
    if picture.is_corrupt:
        raise _broken(index, "its data are damaged")
    if _is_later(picture, index, timeline):
        raise _broken(index, "it is missing")
    if (picture.width, picture.height) != size:
        raise _broken(index, f"its size is no longer {size[0]}x{size[1]}")


def _is_later(picture: VideoFrame, index: int, timeline: Timeline) -> bool:
    """Tell whether this picture belongs behind `index`; a time that no packet had proves nothing."""
    if timeline.pts is None or picture.pts is None or not timeline.is_exact:
        return False
    if index < timeline.frames and timeline.pts[index] == picture.pts:
        return False  # as nearly always: there is nothing to search for
    place = int(np.searchsorted(timeline.pts, picture.pts))
    return index < place < timeline.frames and int(timeline.pts[place]) == picture.pts


def _broken(index: int, why: str) -> CannotDecode:
    return CannotDecode(f"decoding broke at frame {index}: {why}", frame=index)
