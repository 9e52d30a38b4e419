"""The planes of a decoded picture, and how it is turned."""

import numpy as np
from av.sidedata.sidedata import SideData
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, VideoReformatter
from numpy.typing import NDArray

from pipelines.video.turn import Turn

Plane = NDArray[np.uint8]

# Formats whose first plane is 8-bit luma and nothing else: read where it lies, without a copy.
LUMA_FIRST = frozenset(
    [f"yuv{j}{sampling}p" for j in ("", "j") for sampling in ("410", "411", "420", "422", "440", "444")]
    + ["yuva420p", "yuva422p", "yuva444p", "nv12", "nv21", "nv16", "nv24", "gray"]
)

# Matrices that FFmpeg can convert from, by ITU-T H.273: RGB, BT.709, none told, FCC, BT.601 twice, SMPTE 240M, BT.2020.
_KNOWN_MATRICES = frozenset({0, 1, 2, 4, 5, 6, 7, 9})
_CONSTANT_BT2020 = 10


def turn_of(frame: VideoFrame) -> Turn:
    """Give the turn that shows a picture upright, as its own display matrix says.

    A frame from a container's decoder carries the container's matrix; one from a bare decoder does not.
    """
    try:
        matrix = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:  # PyAV 18.1 has no name for the EXIF beside it; a mirror is not told then
        return Turn(round(-frame.rotation / 90) % 4 * 90)
    if not isinstance(matrix, SideData):
        return Turn()
    a, b, _, c, d, *_ = np.frombuffer(memoryview(matrix), np.int32).tolist()
    return Turn.of_matrix(a, b, c, d)


def matrix_instead(frame: VideoFrame) -> Colorspace | None:
    """Give the matrix to convert a picture with whose own FFmpeg does not know; None: its own will do."""
    if frame.colorspace in _KNOWN_MATRICES:
        return None
    return Colorspace.BT2020 if frame.colorspace == _CONSTANT_BT2020 else Colorspace.ITU709


def plane_view(frame: VideoFrame, index: int) -> Plane:
    """Give a plane (height, width) uint8 where the decoder has put it.

    To be read only, and before the next frame is asked for: it may be the decoder's own reference picture.
    """
    plane = frame.planes[index]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]


def luma_of(frame: VideoFrame, reformatter: VideoReformatter) -> Plane:
    """Give the picture's luma (height, width) uint8, not turned; see `plane_view` for how long it lives."""
    if frame.format.name not in LUMA_FIRST:
        matrix = matrix_instead(frame)
        frame = reformatter.reformat(frame, format="gray", src_colorspace=matrix, dst_colorspace=matrix)
    return plane_view(frame, 0)
