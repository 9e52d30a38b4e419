"""Decode a run of frames in the order shown, each numbered by the movie's index, none missing."""

from collections.abc import Generator, Iterator

import av.container
import av.error
import numpy as np
from av.codec import CodecContext
from av.codec.hwaccel import HWAccel
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pipelines.errors import CannotDecode
from pipelines.source import Source
from pipelines.video.container import PIXELS_LIMIT, open_movie, whole_packets
from pipelines.video.packet_index import Access, Index, Ticks

THREADS = 2  # decoder threads: more hold more pictures in memory
_LEADS = (0, 64)  # aim so many frames ahead: a container's own index is in decoding order, frames are not

Numbered = tuple[int, VideoFrame]


def pictures(
    source: Source,
    index: Index,
    start: int,
    end: int,
    *,
    on_gpu: bool = False,
    threads: int = THREADS,
    pixels_limit: int = PIXELS_LIMIT,
) -> Generator[Numbered]:
    """Give frames `start` up to but not including `end`, as stored, not turned; never to be drawn on.

    Raises CannotDecode naming the first frame that is missing, damaged or of another size.
    """
    shown = index.shown_pts
    for aim in _aims(index, shown, start):
        with open_movie(source, pixels_limit=pixels_limit) as (container, stream):
            decoder = _gpu_decoder(stream) if on_gpu else stream.codec_context
            decoder.options = {"max_pixels": str(pixels_limit)}
            decoder.thread_type, decoder.thread_count = "FRAME", threads
            if aim is not None:
                container.seek(aim, stream=stream, backward=True)
            decoded = _decoded(container, stream, decoder)
            found = _numbered(decoded, shown, start, is_sought=aim is not None)
            first = next(found, None)
            if first is not None and first[0] == start:
                yield from _checked(first, found, end, shown if index.has_times and index.is_exact else None)
                return
    raise _broken(start, "the movie ends or its data are damaged")


def _aims(index: Index, shown: Ticks, start: int) -> Iterator[int | None]:
    """Give the times to seek to, one after another until frame `start` comes; None: from the beginning."""
    if start and index.access is not Access.COUNTED and index.is_exact:
        for lead in _LEADS:
            yield int(shown[max(0, start - lead)])
    yield None


def _gpu_decoder(stream: VideoStream) -> VideoCodecContext:
    accel = HWAccel("cuda", allow_software_fallback=True)
    decoder = CodecContext.create(stream.codec_context.codec.name, "r", hwaccel=accel)
    assert isinstance(decoder, VideoCodecContext)  # noqa: S101 - a video stream's codec is a video codec
    decoder.extradata = stream.codec_context.extradata
    return decoder


def _decoded(
    container: av.container.InputContainer, stream: VideoStream, decoder: VideoCodecContext
) -> Iterator[VideoFrame]:
    """Decode; at the first error give the good pictures that the decoder still holds, and end."""
    for packet in whole_packets(container, stream):
        if packet is None:
            break
        try:
            frames = decoder.decode(packet)
        except av.error.FFmpegError:
            break
        yield from frames
    try:
        yield from decoder.decode(None)
    except av.error.FFmpegError:
        return  # what is missing is found by its number


def _numbered(
    decoded: Iterator[VideoFrame], shown: Ticks, start: int, *, is_sought: bool
) -> Iterator[Numbered]:
    """Number the pictures from `start` on: by time behind a seek, else by counting from the movie's first."""
    if not is_sought:
        yield from ((number, frame) for number, frame in enumerate(decoded) if number >= start)
        return
    number = -1
    for frame in decoded:
        if number < 0 and (frame.pts is None or frame.pts < shown[start]):
            continue  # before the wanted; behind the keyframe of an open GOP it may even be damaged
        number = int(np.searchsorted(shown, frame.pts or 0)) if number < 0 else number + 1
        yield number, frame


def _checked(first: Numbered, rest: Iterator[Numbered], end: int, shown: Ticks | None) -> Iterator[Numbered]:
    """Prove that no frame is missing, damaged or of another kind than the first. shown: None proves nothing."""
    number, frame = first
    kind = (frame.width, frame.height, frame.format.name)
    while True:
        _check(number, frame, kind, shown)
        yield number, frame
        if number + 1 >= end:
            return
        following = next(rest, None)
        if following is None:
            raise _broken(number + 1, "the movie ends or its data are damaged")
        number, frame = following


def _check(number: int, frame: VideoFrame, kind: tuple[int, int, str], shown: Ticks | None) -> None:
    if frame.is_corrupt:
        raise _broken(number, "its data are damaged")
    if shown is not None and _is_later(frame, number, shown):
        raise _broken(number, "it is missing")
    if (frame.width, frame.height, frame.format.name) != kind:
        raise _broken(number, f"it is no longer {kind[0]}x{kind[1]} {kind[2]}")


def _is_later(frame: VideoFrame, number: int, shown: Ticks) -> bool:
    """Tell whether this picture belongs behind `number`; a time that no packet had proves nothing."""
    if frame.pts is None:
        return False
    place = int(np.searchsorted(shown, frame.pts))
    return number < place < len(shown) and int(shown[place]) == frame.pts


def _broken(number: int, why: str) -> CannotDecode:
    return CannotDecode(f"decoding broke at frame {number}: {why}", frame=number)
