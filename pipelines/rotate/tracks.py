"""Carry a movie's tracks over into a new file: sound, subtitles, attachments, chapters, names."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.container
import av.error
from av.packet import Packet
from av.video.stream import VideoStream

FORMATS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
CONTENT_TYPES = {
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".3gp": "video/3gpp",
    ".mkv": "video/x-matroska",
    ".webm": "video/webm",
}
_FASTSTART = {"movflags": "+faststart"}
# What a file says of itself, not of what it shows.
_OF_THE_FILE = frozenset(
    {"major_brand", "minor_version", "compatible_brands", "encoder", "rotate", "duration"}
)
_OF_THE_DISK = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


class CannotHold(Exception):
    """Says why a kind of file does not take one of the tracks."""


@contextmanager
def refusals(output: av.container.OutputContainer) -> Iterator[None]:
    """Say of an error while writing that this kind of file does not take the tracks; a full disk is another matter."""
    try:
        yield
    except (av.error.FFmpegError, ValueError) as error:
        if getattr(error, "errno", None) in _OF_THE_DISK:
            raise
        raise CannotHold(f"files of kind {output.format.name} do not take these tracks: {error}") from error


def open_output(path: Path, options: dict[str, str] | None = None) -> av.container.OutputContainer:
    """Open a new file of the kind that its suffix tells."""
    kind = FORMATS[path.suffix]
    flags = _FASTSTART if kind in {"mp4", "mov"} else {}
    return av.open(path, "w", format=kind, container_options=flags | (options or {}))


def carried(container: av.container.InputContainer, picture: VideoStream) -> list[Any]:
    """Give the tracks that go along, in their order; of those that only their maker can read none does."""
    return [stream for stream in container.streams if stream is picture or _is_known(stream)]


def left_out(container: av.container.InputContainer, picture: VideoStream) -> str:
    """Say how many tracks stay behind; nothing when none do."""
    count = sum(not _is_known(stream) for stream in container.streams if stream is not picture)
    return f"; {count} data track(s) were left out" if count else ""


def add_copy(output: av.container.OutputContainer, stream: Any) -> Any:
    """Add a track like the given one. Raises CannotHold."""
    try:
        copy = output.add_stream_from_template(stream, opaque=True)
    except (ValueError, av.error.FFmpegError) as error:
        raise CannotHold(f"files of kind {output.format.name} take no {_codec(stream)}") from error
    copy.metadata.update(_kept(stream.metadata))
    copy.disposition = stream.disposition
    return copy


def carry_over(source: av.container.InputContainer, output: av.container.OutputContainer) -> None:
    """Copy what the whole file says of what it shows: its title, its chapters."""
    output.metadata.update(_kept(source.metadata))
    if chapters := source.chapters():
        output.set_chapters(chapters)


def shift(packet: "Packet[Any]", seconds: Fraction) -> None:
    """Move a packet's times ahead by so many seconds."""
    ticks = round(seconds / packet.time_base)
    packet.pts = None if packet.pts is None else packet.pts - ticks
    packet.dts = None if packet.dts is None else packet.dts - ticks


def _kept(metadata: dict[str, str]) -> dict[str, str]:
    return {key: text for key, text in metadata.items() if key.lower() not in _OF_THE_FILE}


def _codec(stream: Any) -> str:
    return "attachment" if stream.type == "attachment" else str(stream.codec_context.codec.canonical_name)


def _is_known(stream: Any) -> bool:
    return stream.type == "attachment" or getattr(stream, "codec_context", None) is not None
