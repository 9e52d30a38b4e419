"""All frames of a movie as JPEGs in one ZIP, for a client that shows them one by one."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from pipelines.errors import BadInput
from pipelines.track.canvas import Reducer, Shot
from pipelines.track.points import Size
from pipelines.video.picture import Plane

QUALITY = 90
LONGEST_SIDE_PX = 640  # what Plant Tracer analyses, and its client shows
SIDE_LIMIT_PX = 65_500  # of a JPEG
COMMENT_LIMIT_BYTES = 65_533  # of a JPEG's segment
NAME = "frames.zip"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a ZIP knows no earlier time; equal frames are to give equal bytes


@dataclass(frozen=True, slots=True)
class ArchiveSummary:
    """What was put into the archive. width, height: of each JPEG. partial, broken_at, reason: as in `Summary`."""

    frames: int
    width: int
    height: int
    files: tuple[str, ...]
    partial: bool = False
    broken_at: int | None = None
    reason: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Archive:
    """A ZIP that grows by one JPEG a frame, `frame_0000.jpeg` first; see `open_archive`."""

    def __init__(self, file: zipfile.ZipFile, size: Size, matrix: int, quality: int, comment: str) -> None:
        self.size = size
        self.count = 0
        self._file = file
        self._reducer = Reducer(size)
        self._colours = VideoReformatter()
        self._matrix = matrix
        self._quality = quality
        self._comment = comment_segment(comment)

    def add(self, shot: Shot) -> None:
        """Append one frame."""
        jpeg = self._jpeg(shot.picture(self._reducer))
        entry = zipfile.ZipInfo(f"frame_{self.count:04d}.jpeg", _EPOCH)
        self._file.writestr(entry, with_segment(jpeg, self._comment))
        self.count += 1

    def _jpeg(self, i420: Plane) -> bytes:
        width, height = self.size
        bgr = np.ascontiguousarray(self._bgr(i420)[:height, :width])
        return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, self._quality])[1].tobytes()

    def _bgr(self, i420: Plane) -> NDArray[np.uint8]:
        frame = av.VideoFrame.from_ndarray(i420, format="yuv420p")
        frame.colorspace = self._matrix
        return self._colours.reformat(frame, format="bgr24", threads=1).to_ndarray()  # type: ignore[return-value]


@contextmanager
def open_archive(
    path: Path, size: Size, *, matrix: int, quality: int = QUALITY, comment: str = ""
) -> Iterator[Archive]:
    """Give an archive that is whole once the block is left without an error.

    size: (width, height) of the JPEGs. matrix: ITU-T H.273, of the pictures that will come. Nothing is compressed
    twice: entries are stored. Raises BadInput as `check_archive` does.
    """
    check_archive(max(size), quality, comment)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        yield Archive(file, size, matrix, quality, comment)


def check_archive(longest_side: int, quality: int, comment: str) -> None:
    """Raise BadInput: bad_size, bad_quality, comment_too_long."""
    if not 1 <= longest_side <= SIDE_LIMIT_PX:
        raise BadInput(f"longest_side {longest_side} is not between 1 and {SIDE_LIMIT_PX}", code="bad_size")
    if not 1 <= quality <= 100:
        raise BadInput(f"quality {quality} is not between 1 and 100", code="bad_quality")
    if len(comment.encode()) > COMMENT_LIMIT_BYTES:
        raise BadInput(f"the comment has more than {COMMENT_LIMIT_BYTES} bytes", code="comment_too_long")


def comment_segment(comment: str) -> bytes:
    """Give a comment as a segment of a JPEG; nothing for an empty one. Source: ITU-T T.81, B.2.4.5."""
    text = comment.encode()
    return b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text if text else b""


def with_segment(jpeg: bytes, segment: bytes) -> bytes:
    """Put a segment behind the JFIF header, which must come first."""
    behind = 4 + int.from_bytes(jpeg[4:6], "big")
    return jpeg[:behind] + segment + jpeg[behind:]
