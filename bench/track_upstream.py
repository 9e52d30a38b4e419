"""Plant Tracer's way to trace a movie, written anew from a description of it: what `bench track` is measured against.

It decodes with OpenCV, scales each frame to 640 px, follows the points from frame to frame with Lucas-Kanade on the
whole picture, packs JPEGs into a deflated ZIP, draws all path segments since the first frame onto each, and pipes the
pictures as RGB to an ffmpeg process.
"""

import subprocess
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.cost import Clock, need

SIDE_PX = 640
WINDOW = (15, 15)
LEVELS = 2
STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 10, 0.03)
QUALITY = 90
DEFLATE_LEVEL = 9
COLOURS = ((0, 165, 255), (0, 0, 255), (255, 0, 255))
FPS, CRF = 15, 25

Picture = NDArray[Any]
Places = list[tuple[float, float]]  # (x, y) in pixels of the scaled picture


def trace(clock: Clock, source: Path, places: Places, folder: Path) -> int:
    """Trace a movie as a whole; return the number of its frames."""
    points = np.array(places, np.float32).reshape(-1, 1, 2)
    paths: list[list[tuple[int, int]]] = [[] for _ in places]
    before: Picture | None = None
    count = 0
    with (
        clock.lap(),
        zipfile.ZipFile(folder / "upstream.zip", "w", zipfile.ZIP_DEFLATED, True, DEFLATE_LEVEL) as file,
    ):
        encoder: subprocess.Popen[bytes] | None = None
        for count, picture in enumerate(_pictures(source), 1):
            grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
            if before is not None:
                points = _followed(before, grey, points)
            before = grey
            jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
            file.writestr(f"frame_{count - 1:04d}.jpeg", jpeg.tobytes())
            encoder = encoder or _encoder(picture, folder / "upstream.mp4")
            drawn = _drawn(picture, points, paths, count - 1)
            _pipe(encoder).write(cv2.cvtColor(drawn, cv2.COLOR_BGR2RGB).tobytes())
        if encoder is not None:
            _pipe(encoder).close()
            encoder.wait()
    return count


def _pictures(source: Path) -> Iterator[Picture]:
    capture = cv2.VideoCapture(str(source))
    while True:
        is_there, picture = capture.read()
        if not is_there:
            break
        height, width = picture.shape[:2]
        scale = SIDE_PX / max(width, height)
        size = int(width * scale), int(height * scale)
        yield cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    capture.release()


def _followed(before: Picture, grey: Picture, points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Follow the points by one frame, rounded to a tenth of a pixel; what is not found stays."""
    found, is_found, _ = cv2.calcOpticalFlowPyrLK(  # type: ignore[call-overload]
        before, grey, points, None, winSize=WINDOW, maxLevel=LEVELS, criteria=STOP
    )
    moved: NDArray[np.float32] = np.where(is_found.reshape(-1, 1, 1) == 1, found, points)
    return np.round(moved, 1)


def _drawn(
    picture: Picture, points: NDArray[np.float32], paths: list[list[tuple[int, int]]], number: int
) -> Picture:
    """Give a copy with all path segments, discs and the frame's number."""
    drawn = picture.copy()
    for path, colour, (x, y) in zip(paths, _colours(len(paths)), points.reshape(-1, 2).tolist(), strict=True):
        path.append((int(x), int(y)))
        for start, end in pairwise(path):
            cv2.line(drawn, start, end, colour, 2)
        cv2.circle(drawn, path[-1], 6, colour, cv2.FILLED)
    text = str(number)
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, 0.75, 1)
    right = drawn.shape[1] - 10
    cv2.rectangle(drawn, (right - width - 4, 6), (right + 4, height + 14), (0, 0, 255), cv2.FILLED)
    cv2.putText(
        drawn,
        text,
        (right - width, height + 10),
        cv2.FONT_HERSHEY_DUPLEX,
        0.75,
        (255, 255, 255),
        1,
        cv2.LINE_AA,
    )
    return drawn


def _colours(count: int) -> Iterator[tuple[int, int, int]]:
    return (COLOURS[place % len(COLOURS)] for place in range(count))


def _encoder(picture: Picture, out: Path) -> "subprocess.Popen[bytes]":
    height, width = picture.shape[:2]
    arguments = [
        need("ffmpeg", "ffmpeg"),
        "-y",
        "-loglevel",
        "error",
        "-f",
        "rawvideo",
        "-vcodec",
        "rawvideo",
    ]
    arguments += ["-s", f"{width}x{height}", "-pix_fmt", "rgb24", "-r", str(FPS), "-i", "-", "-an"]
    arguments += ["-vcodec", "libx264", "-pix_fmt", "yuv420p", "-crf", str(CRF), str(out)]
    return subprocess.Popen(arguments, stdin=subprocess.PIPE)


def _pipe(encoder: "subprocess.Popen[bytes]") -> IO[bytes]:
    assert encoder.stdin is not None  # noqa: S101 - it was started with a pipe
    return encoder.stdin
