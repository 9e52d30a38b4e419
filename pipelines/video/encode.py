"""Write pictures to an H.264 movie that any browser plays: yuv420p, even sides, index at the front."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import av.container
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

X264 = {"preset": "superfast", "crf": "28"}
# Two pictures at once; a fixed number, for the bytes depend on it, and FRAME, for slices would cost size.
THREADS = 2


class Encoder:
    """A movie being written; see `open_encoder`."""

    def __init__(self, container: av.container.OutputContainer, stream: VideoStream) -> None:
        self._container = container
        self._stream = stream
        self._last_pts = -1

    def add(self, i420: NDArray[np.uint8], pts: int) -> None:
        """Append a picture of planar Y, U, V (height * 3 / 2, width) uint8, limited range, shown at `pts`."""
        frame = VideoFrame.from_ndarray(i420, format="yuv420p")
        self._last_pts = max(pts, self._last_pts + 1)
        frame.pts = self._last_pts
        frame.time_base = self._stream.codec_context.time_base
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._container.mux(self._stream.encode(None))


@contextmanager
def open_encoder(
    path: Path, size: tuple[int, int], *, rate: Fraction, time_base: Fraction, colorspace: int
) -> Iterator[Encoder]:
    """Give an encoder; the file is whole once the block is left without an error.

    size: (width, height), both even. time_base: the unit of `pts`. colorspace: ITU-T H.273 matrix of the pictures.
    """
    with av.open(path, "w", format="mp4", container_options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=rate, options=X264)
        (stream.width, stream.height), stream.pix_fmt = size, "yuv420p"
        context = stream.codec_context
        context.time_base = time_base
        context.thread_type, context.thread_count = "FRAME", THREADS
        context.colorspace, context.color_range = colorspace, 1  # 1: limited
        encoder = Encoder(container, stream)
        yield encoder
        encoder.finish()
