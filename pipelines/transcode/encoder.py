"""The two H.264 encoders, x264 and a GPU's, set so that keyframes come where they are told to and nowhere else."""

from pathlib import Path

import av
import av.container
import av.error
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream

from pipelines.errors import BadInput
from pipelines.transcode.ladder import Size
from pipelines.transcode.look import BT709
from pipelines.transcode.plan import Plan
from pipelines.transcode.settings import Settings
from pipelines.video.x264 import STEADY

X264, NVENC = "libx264", "h264_nvenc"
THREADS = 3  # pictures at once per encoder; fixed, for the bytes depend on it
_LIMITED = 1
_FOREVER = "1000000"  # frames to the next keyframe that nobody asked for
_INTRA, _FREE = 1, 0  # picture types: a keyframe, and the encoder's own choice
# Fragments are written as they come; the joiner reads them back and gives the movie its final form.
_PIECE = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}


class Encoder:
    """Scales frames to one rung's size and encodes them into a file of its own.

    Raises BadInput (code cannot_encode) for a size that H.264 has no level for.
    """

    def __init__(self, path: Path, size: Size, plan: Plan, name: str) -> None:
        self._size = size
        self._clock = plan.clock
        self._reformatter = VideoReformatter()
        self._from_rgb = {"dst_colorspace": Colorspace.ITU709} if plan.look.is_rgb else {}
        options = _PIECE | {"video_track_timescale": str(plan.clock.scale)}
        self._container = av.open(path, "w", format="mp4", container_options=options)
        self._stream = _stream(self._container, size, plan, name)
        try:
            self._container.start_encoding()
        except av.error.FFmpegError as error:
            self._container.close()
            raise BadInput(
                f"pictures of {size[0]}x{size[1]} cannot be encoded: {error.strerror}", code="cannot_encode"
            ) from error

    def add(self, number: int, frame: VideoFrame, *, is_key: bool) -> None:
        """Append a frame, shown when the source's is."""
        scaled = self._reformatter.reformat(
            frame,
            *self._size,
            "yuv420p",
            interpolation=Interpolation.BICUBIC,
            dst_color_range=_LIMITED,
            threads=1,
            **self._from_rgb,
        )
        scaled.pts, scaled.time_base = int(self._clock.ticks[number]), self._clock.time_base
        scaled.pict_type = _INTRA if is_key else _FREE
        self._container.mux(self._stream.encode(scaled))

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._container.mux(self._stream.encode(None))

    def close(self) -> None:
        self._container.close()


def _stream(container: av.container.OutputContainer, size: Size, plan: Plan, name: str) -> VideoStream:
    look = plan.look
    stream = container.add_stream(name, rate=plan.index.rate, options=_options(name, plan.settings))
    assert isinstance(stream, VideoStream)  # noqa: S101 - both encoders make pictures
    (stream.width, stream.height), stream.pix_fmt = size, "yuv420p"
    context = stream.codec_context
    context.time_base = plan.clock.time_base
    context.thread_type, context.thread_count = "FRAME", THREADS
    sdr = (BT709, BT709, BT709) if look.is_hdr else (look.matrix, look.primaries, look.transfer)
    context.colorspace, context.color_primaries, context.color_trc = sdr
    context.color_range = _LIMITED
    return stream


def _options(name: str, settings: Settings) -> dict[str, str]:
    """Closed GOPs, High profile, no keyframe at a change of scene: all rungs cut at the same frames."""
    common = {"profile": "high", "g": _FOREVER, "forced-idr": "1"}
    if name == NVENC:
        return common | {"preset": "p4", "rc": "vbr", "cq": str(settings.crf), "b": "0", "no-scenecut": "1"}
    return common | {"preset": settings.preset, "crf": str(settings.crf), "sc_threshold": "0"} | STEADY
