"""Find out once per process whether this machine's GPU encodes and decodes H.264; nothing here needs one."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import av.error
from av.codec import CodecContext
from av.codec.hwaccel import HWAccel
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pipelines.transcode.encoder import NVENC, X264

_WIDTH, _HEIGHT = 256, 144  # the least that NVENC takes is 145 x 49
_FRAMES = 5
_RATE = Fraction(25)


@dataclass(frozen=True, slots=True)
class Accelerator:
    """What a GPU was seen to do; `why` says what stood in the way, for the log."""

    encodes: bool
    decodes: bool
    why: str = ""


@cache
def find_accelerator() -> Accelerator:
    """Try a few frames; the answer is kept for the life of the process. A machine without a GPU is no error."""
    try:
        encodes, why = len(_encoded(NVENC)) == _FRAMES, ""
    except (av.error.FFmpegError, ValueError, RuntimeError) as error:
        encodes, why = False, f"{NVENC}: {error}"
    try:
        decodes = _decoded(_encoded(X264)) == _FRAMES
    except (av.error.FFmpegError, ValueError, RuntimeError) as error:
        decodes, why = False, f"{why}; cuda: {error}"
    return Accelerator(encodes, decodes, why)


def _context(name: str) -> VideoCodecContext:
    context = CodecContext.create(name, "w")
    assert isinstance(context, VideoCodecContext)  # noqa: S101 - both encoders make pictures
    context.width, context.height, context.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
    context.time_base, context.framerate = 1 / _RATE, _RATE
    return context


def _encoded(name: str) -> "list[Packet[VideoStream]]":
    context = _context(name)
    packets: list[Packet[VideoStream]] = []
    for number in range(_FRAMES):
        frame = VideoFrame(_WIDTH, _HEIGHT, "yuv420p")
        frame.pts = number
        packets += context.encode(frame)
    return packets + context.encode(None)


def _decoded(packets: "list[Packet[VideoStream]]") -> int:
    """Count the frames that the GPU decodes, and no one in its place."""
    decoder = CodecContext.create("h264", "r", hwaccel=HWAccel("cuda", allow_software_fallback=False))
    assert isinstance(decoder, VideoCodecContext)  # noqa: S101 - H.264 is pictures
    frames = sum(len(decoder.decode(packet)) for packet in packets)
    return frames + len(decoder.decode(None))
