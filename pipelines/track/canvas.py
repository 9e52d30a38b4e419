"""Decoded pictures as planar YUV of our own, upright and reduced, onto which one may draw: never a decoder's."""

import threading
from dataclasses import dataclass, field

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from pipelines.track.points import Size
from pipelines.track.reduce import reduced
from pipelines.video.decode import LumaFrame
from pipelines.video.picture import Plane, matrix_instead, plane_view
from pipelines.video.turn import Turn

LONGEST_SIDE_PX = 1280  # of a traced movie: larger ones are reduced to it
BT709 = 1  # ITU-T H.273, the matrix that RGB is given; 2 is unspecified
YUV_MATRICES = frozenset({1, 4, 5, 6, 7, 9, 10})

Planes = tuple[Plane, Plane, Plane]


def picture_size(size: Size) -> Size:
    """Give the size at which a picture is drawn: its own, or reduced to LONGEST_SIDE_PX."""
    longest = max(size)
    if longest <= LONGEST_SIDE_PX:
        return size
    return max(1, size[0] * LONGEST_SIDE_PX // longest), max(1, size[1] * LONGEST_SIDE_PX // longest)


def scaled_size(size: Size, longest_side: int) -> Size:
    """Give the size at which the longest side is so many pixels, the other truncated."""
    scale = longest_side / max(size)
    return max(1, int(size[0] * scale)), max(1, int(size[1] * scale))


def even(size: Size) -> Size:
    """Give the size with which a picture can be stored: an odd side is continued by a pixel."""
    return size[0] + size[0] % 2, size[1] + size[1] % 2


def planes_of(i420: Plane) -> Planes:
    """Give Y (height, width), U and V (height / 2, width / 2), views of one buffer (height * 3 / 2, width)."""
    height, width = i420.shape[0] * 2 // 3, i420.shape[1]
    luma, quarter = width * height, (height // 2, width // 2)
    flat = i420.reshape(-1)
    return (
        i420[:height],
        flat[luma : luma * 5 // 4].reshape(quarter),
        flat[luma * 5 // 4 :].reshape(quarter),
    )


class Reducer:
    """Makes copies of decoded pictures in one size. Belongs to one thread."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self._reformatter = VideoReformatter()

    def picture(self, frame: LumaFrame, luma: Plane | None = None) -> Plane:
        """Give a frame upright as planar Y, U, V (height * 3 / 2, width) uint8, limited range.

        luma: (height, width) of a size in which somebody has reduced it to before; it is used where it fits.
        The sides are even: an odd picture is continued by its last column or row, so that nothing moves.
        """
        width, height = even(self.size)
        i420 = np.empty((height * 3 // 2, width), np.uint8)
        for plane, view in zip(planes_of(i420), self._views(frame, luma), strict=True):
            rows, columns = view.shape
            plane[:rows, :columns] = view
            plane[rows:, :columns] = plane[rows - 1, :columns]
            plane[:, columns:] = plane[:, columns - 1 : columns]
        return i420

    def _views(self, frame: LumaFrame, luma: Plane | None) -> list[Plane]:
        """Give the reduced planes upright, with sides that may be odd."""
        if luma is None or luma.shape[::-1] != self.size or not _is_plain(frame.picture):
            converted = self._converted(frame.picture, frame.turn)
            return [frame.turn.apply(plane_view(converted, index)) for index in range(3)]
        width, height = frame.turn.size(*self.size)
        half = ((width + 1) // 2, (height + 1) // 2)
        chroma = [reduced(plane_view(frame.picture, index), half) for index in (1, 2)]
        return [luma, *(frame.turn.apply(plane) for plane in chroma)]

    def _converted(self, picture: VideoFrame, turn: Turn) -> VideoFrame:
        width, height = turn.size(*self.size)
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


@dataclass(eq=False)
class Shot:
    """A decoded frame on its way to all that is made of its picture, which is reduced once for each size.

    luma: the frame's, upright, reduced to some size before.
    """

    frame: LumaFrame
    luma: Plane | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _pictures: dict[Size, Plane] = field(default_factory=dict, repr=False)

    def picture(self, reducer: Reducer) -> Plane:
        """Give the picture as `Reducer.picture` does, to be read only: threads that want the same size share it."""
        with self._lock:  # FFmpeg's scaler is not for two threads on one picture
            if reducer.size not in self._pictures:
                self._pictures[reducer.size] = reducer.picture(self.frame, self.luma)
            return self._pictures[reducer.size]


def _is_plain(picture: VideoFrame) -> bool:
    """Tell whether a picture's planes are those that we draw on, but for their size."""
    return picture.format.name == "yuv420p" and picture.color_range != ColorRange.JPEG


def matrix_of(picture: VideoFrame) -> int:
    """Give the matrix (ITU-T H.273) that a picture is shown with: its own, or BT.709 for RGB."""
    if picture.format.is_rgb:
        return BT709
    return picture.colorspace if picture.colorspace in YUV_MATRICES else 2
