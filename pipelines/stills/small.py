"""A decoded picture straight to a small one, without a full-size picture of RGB on the way."""

import threading

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from pipelines.stills.region import Bgr
from pipelines.stills.scale import Size
from pipelines.video.picture import matrix_instead

# Formats whose planes are shrunk as they are, and what to: with chroma in full, or it would bleed on a small picture.
# In one step, straight to RGB, swscale is as fast only with rounding by which green comes out 0.8 of 255 too low.
SHRUNK_BY_FORMAT = {"yuv420p": "yuv444p", "yuvj420p": "yuvj444p"}
_local = threading.local()


def can_shrink(frame: VideoFrame, size: Size) -> bool:
    """Tell whether `shrink` gives a sound picture: it is only for smaller ones of 8-bit YUV 4:2:0."""
    return (
        frame.format.name in SHRUNK_BY_FORMAT and size[0] * 2 <= frame.width and size[1] * 2 <= frame.height
    )


def shrink(frame: VideoFrame, size: Size) -> Bgr:
    """Give the picture, not turned, in `size`: means of areas, colours by the frame's own matrix and range.

    The frame is only read. Each thread has its own reformatters: FFmpeg's scalers are not shared.
    """
    first, second = _reformatters()
    width, height = size
    matrix = matrix_instead(frame)
    small = first.reformat(
        frame,
        width=width,
        height=height,
        format=SHRUNK_BY_FORMAT[frame.format.name],
        src_colorspace=matrix,
        dst_colorspace=matrix,
        interpolation=Interpolation.AREA,
        threads=1,
    )
    rgb = second.reformat(small, format="bgr24", threads=1).to_ndarray()
    return np.asarray(rgb, np.uint8)


def _reformatters() -> tuple[VideoReformatter, VideoReformatter]:
    if not hasattr(_local, "pair"):
        _local.pair = (VideoReformatter(), VideoReformatter())
    pair: tuple[VideoReformatter, VideoReformatter] = _local.pair
    return pair
