"""Turn a movie by writing its packets, untouched, into a new file that says how they are shown."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.container
import av.error
from av.packet import Packet
from av.video.stream import VideoStream

from pipelines.errors import BadInput
from pipelines.rotate.tracks import (
    CannotHold,
    add_copy,
    carried,
    carry_over,
    left_out,
    open_output,
    refusals,
    shift,
)
from pipelines.rotate.values import Turning
from pipelines.source import Source, open_ranges
from pipelines.video.container import open_movie
from pipelines.video.packet_index import Index
from pipelines.video.turn import Turn

MATROSKA, MP4 = "matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2"
_SERIES = frozenset({"gif", "apng"})  # no player looks for these in a movie's file
_FRAMED = frozenset({"h264", "hevc"})  # whose packets are framed in one of two ways


def remux(source: Source, turning: Turning, index: Index) -> tuple[Path, str]:
    """Write the turned movie; give its path and what is to be known of it.

    Raises CannotHold where no kind of file will do, BadInput as `open_movie` does.
    """
    with open_movie(source, pixels_limit=turning.limits.pixels) as (_, picture):
        _check(picture, index)
    refusal = CannotHold("there is no kind of file to try")
    for suffix in _suffixes(source, index):
        path = turning.folder / f"rotated{suffix}"
        try:
            return path, _write(source, path, turning, index)
        except CannotHold as error:
            refusal = error
    raise refusal


def keeps_bytes(index: Index) -> bool:
    """Tell whether the packets go over byte by byte: those with start codes are framed anew."""
    return index.codec not in _FRAMED or index.extradata[:1] == b"\x01"


def first_seconds(container: av.container.InputContainer) -> Fraction:
    """Give the time that becomes 0: of a recording of a broadcast, its first; elsewhere 0 is 0 already."""
    if container.format.name in {MATROSKA, MP4}:
        return Fraction(0)
    return Fraction(container.start_time or 0, av.time_base)


def _check(picture: VideoStream, index: Index) -> None:
    if index.codec in _SERIES:
        raise CannotHold(f"files of kind {index.codec} cannot say how they are shown")
    if not index.has_times or not (index.is_exact or not picture.codec_context.has_b_frames):
        raise CannotHold("its packets do not say when they are shown, which another kind of file needs")


def _suffixes(source: Source, index: Index) -> Sequence[str]:
    """Give the kinds of file to try, the best first."""
    if index.container == MP4:
        return (".mp4", ".mov")
    if index.container != MATROSKA:
        return (".mp4", ".mov", ".mkv")
    with open_ranges(source) as ranges:
        return (".webm",) if b"webm" in ranges.read(0, 64) else (".mkv",)


def _write(source: Source, path: Path, turning: Turning, index: Index) -> str:
    """Write one file; give a remark on what did not come along."""
    with (
        open_movie(source, pixels_limit=turning.limits.pixels) as (container, picture),
        open_output(path) as output,
    ):
        copies = {stream.index: add_copy(output, stream) for stream in carried(container, picture)}
        _show(copies[picture.index], index.turn.then(turning.turn))
        carry_over(container, output)
        written = _pour(container, output, copies, turning, index)
        if not written:
            raise BadInput("the movie has no frames", code="no_frames")
        return left_out(container, picture) + _missing(index)


def _show(stream: Any, turn: Turn) -> None:
    """Set how a new stream is shown."""
    degrees = (
        turn.rotation if turn.mirrored else -turn.rotation
    )  # FFmpeg mirrors last, and counts anticlockwise
    stream.set_display_rotation(degrees, hflip=turn.mirrored)


def _missing(index: Index) -> str:
    return "; the movie is cut short: what is there was kept" if index.is_truncated else ""


def _pour(
    container: av.container.InputContainer,
    output: av.container.OutputContainer,
    copies: dict[int, Any],
    turning: Turning,
    index: Index,
) -> int:
    """Write all packets; give how many of them are pictures."""
    first, pictures = first_seconds(container), 0
    with refusals(output):
        output.start_encoding()
    for packet in _whole(container, copies):
        pictures += packet.stream.type == "video"
        packet.stream = copies[packet.stream_index]
        shift(packet, first)
        with refusals(output):
            output.mux_one(packet)
        turning.tick(pictures, index.packets, "copying")
    return pictures


def _whole(container: av.container.InputContainer, copies: dict[int, Any]) -> Iterator["Packet[Any]"]:
    """Give the whole packets of the tracks that go along; the first that is not ends the movie."""
    try:
        for packet in container.demux():
            if packet.is_corrupt:
                return
            if packet.size and packet.stream_index in copies:
                yield packet
    except av.error.FFmpegError:
        return
