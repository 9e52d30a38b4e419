"""A picture of our own in planar YUV, onto which one may draw: never a decoder's."""

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from pipelines.track.points import Size
from pipelines.video.picture import matrix_instead, plane_view
from pipelines.video.turn import Turn

LONGEST_SIDE_PX = 1280  # of a traced movie: larger ones are reduced to it
BT709 = 1  # ITU-T H.273, the matrix that RGB is given; 2 is unspecified
YUV_MATRICES = frozenset({1, 4, 5, 6, 7, 9, 10})


def picture_size(size: Size) -> Size:
    """Give the size at which a picture is drawn: its own, or reduced to LONGEST_SIDE_PX."""
    longest = max(size)
    if longest <= LONGEST_SIDE_PX:
        return size
    return max(1, size[0] * LONGEST_SIDE_PX // longest), max(1, size[1] * LONGEST_SIDE_PX // longest)


class Canvas:
    """Planes Y (height, width), U and V (height / 2, width / 2), uint8, limited range, in one I420 buffer.

    The sides are even: an odd picture is continued by its last column or row, so that nothing moves.
    """

    def __init__(self, size: Size) -> None:
        self.picture_size = size
        self.width, self.height = (side + side % 2 for side in size)
        flat = np.empty(self.width * self.height * 3 // 2, np.uint8)
        luma = self.width * self.height
        half = (self.height // 2, self.width // 2)
        self.i420 = flat.reshape(self.height * 3 // 2, self.width)
        self.planes = (
            flat[:luma].reshape(self.height, self.width),
            flat[luma : luma * 5 // 4].reshape(half),
            flat[luma * 5 // 4 :].reshape(half),
        )
        self._reformatter = VideoReformatter()

    def show(self, picture: VideoFrame, turn: Turn) -> None:
        """Copy a decoded picture here, upright and reduced; full-range sources are brought to limited range."""
        converted = self._converted(picture, turn)
        for index, plane in enumerate(self.planes):
            view = turn.apply(plane_view(converted, index))
            height, width = view.shape
            plane[:height, :width] = view
            plane[height:, :width] = plane[height - 1, :width]
            plane[:, width:] = plane[:, width - 1 : width]

    def _converted(self, picture: VideoFrame, turn: Turn) -> VideoFrame:
        width, height = turn.size(*self.picture_size)
        matrix = matrix_instead(picture)
        return self._reformatter.reformat(
            picture,
            width=width,
            height=height,
            format="yuv420p",
            src_colorspace=matrix,
            dst_colorspace=BT709 if picture.format.is_rgb else matrix,
            dst_color_range=ColorRange.MPEG,
            interpolation=Interpolation.AREA,
            threads=1,
        )


def matrix_of(picture: VideoFrame) -> int:
    """Give the matrix (ITU-T H.273) that a picture is shown with: its own, or BT.709 for RGB."""
    if picture.format.is_rgb:
        return BT709
    return picture.colorspace if picture.colorspace in YUV_MATRICES else 2
