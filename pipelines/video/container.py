"""Open a movie of a stranger's: only known formats, no other file or address, no picture above the limit."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import av
import av.container
import av.error
import av.logging
from av.packet import Packet
from av.stream import Disposition
from av.video.stream import VideoStream

from pipelines.errors import BadInput
from pipelines.source import Reader, Source, open_source, size_bytes

PIXELS_LIMIT = 1 << 26  # 8192 x 8192: a decoded picture of 100 MB
FRAMES_LIMIT = 1_000_000  # nine hours at 30 frames a second

# No playlist is among them (hls, dash, concat, sdp): those make FFmpeg open other files and addresses.
FORMATS = (
    "mov,matroska,avi,mpegts,mpeg,flv,asf,ogg,ivf,mxf,nut,h264,hevc,m4v,mjpeg,yuv4mpegpipe,gif,apng,"
    "png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe,mp3,wav,flac,aac"
)
BUFFER_BYTES = 1 << 18  # one call into Python for so many bytes
# Decoders that otherwise pass a damaged picture on as a good one, its missing part being what was in memory before.
_LENIENT = frozenset({"mjpeg"})
_REFUSED_SIZE = re.compile(r"Picture size (\d+)x(\d+)")

Movie = tuple[av.container.InputContainer, VideoStream]


@contextmanager
def open_movie(source: Source, *, pixels_limit: int = PIXELS_LIMIT) -> Iterator[Movie]:
    """Give the container and its picture stream, whose decoder is not yet open.

    Raises BadInput: empty, not_a_movie, truncated (of an MP4 only the beginning is there), no_video,
    unknown_codec, too_many_pixels (told from the header, before anything is allocated).
    """
    with open_source(source) as reader, open_reader(reader, pixels_limit=pixels_limit) as movie:
        yield movie


@contextmanager
def open_reader(reader: Reader, *, pixels_limit: int = PIXELS_LIMIT) -> Iterator[Movie]:
    """Do as `open_movie` does, from a reader at its first byte."""
    if size_bytes(reader) == 0:
        raise BadInput("the file is empty (zero bytes)", code="empty")
    with _open(reader, pixels_limit) as container:
        stream = _picture_stream(container)
        _check_pixels(stream, reader, pixels_limit)
        stream.codec_context.options = decoder_options(
            stream.codec_context.codec.canonical_name, pixels_limit
        )
        yield container, stream


def decoder_options(codec: str, pixels_limit: int) -> dict[str, str]:
    """Give what a decoder of strangers' movies is told; it also refuses pictures that grow above the limit later on."""
    strictness = {"err_detect": "explode"} if codec in _LENIENT else {}
    return {"max_pixels": str(pixels_limit), **strictness}


def whole_packets(
    container: av.container.InputContainer, stream: VideoStream
) -> Iterator["Packet[VideoStream] | None"]:
    """Give the packets that hold bytes; at the first that the file does not hold whole give None, and end."""
    try:
        for packet in container.demux(stream):
            if packet.is_corrupt:
                yield None
                return
            if packet.size:
                yield packet
    except av.error.FFmpegError:
        yield None


def _open(reader: Reader, pixels_limit: int) -> av.container.InputContainer:
    try:
        return av.open(
            reader,
            mode="r",
            options={"max_pixels": str(pixels_limit)},
            container_options={"format_whitelist": FORMATS},
            metadata_errors="replace",
            buffer_size=BUFFER_BYTES,
        )
    except (av.error.FFmpegError, UnicodeError):
        _refuse(reader)


def _refuse(reader: Reader) -> NoReturn:
    reader.seek(0)
    head = reader.read(12)
    if head[4:8] == b"ftyp":
        raise BadInput(
            "this MP4 has no index (its `moov` box is missing or broken)",
            code="truncated",
            hint="the recording or the upload was cut short: send the file again",
        )
    raise BadInput("this is not a movie that we can read", code="not_a_movie")


def _picture_stream(container: av.container.InputContainer) -> VideoStream:
    for stream in container.streams.video:
        if stream.disposition & Disposition.attached_pic:  # the cover of a song is not a movie
            continue
        if stream.codec_context is None:  # PyAV's stubs do not know that it may be
            raise BadInput("we cannot decode this kind of movie", code="unknown_codec")
        return stream
    raise BadInput("there are no pictures in this file", code="no_video")


def _check_pixels(stream: VideoStream, reader: Reader, pixels_limit: int) -> None:
    width, height = stream.codec_context.width, stream.codec_context.height
    if not width:
        place = reader.tell()
        width, height = _refused_size(reader, pixels_limit)
        reader.seek(place)
    if width * height > pixels_limit:
        raise BadInput(
            f"a picture of {width}x{height} has more than {pixels_limit:,} pixels", code="too_many_pixels"
        )


def _refused_size(reader: Reader, pixels_limit: int) -> tuple[int, int]:
    """Give the size that FFmpeg refuses, 0 x 0 if none: only its complaint names it, so the file is opened anew."""
    reader.seek(0)
    level = av.logging.get_level()
    av.logging.set_level(av.logging.ERROR)
    try:
        with av.logging.Capture() as lines, _open(reader, pixels_limit):
            refused = _REFUSED_SIZE.search("\n".join(text for _, _, text in lines))
    finally:
        av.logging.set_level(level)
    return (int(refused[1]), int(refused[2])) if refused else (0, 0)
