"""A file for each frame."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from pipelines.stills.image import SUFFIX_BY_FORMAT, ImageFormat, check_side, encode_picture
from pipelines.stills.tray import Tray
from pipelines.video.frames import Picture

THREADS = 2  # encode, while the next frames are decoded: OpenCV and Pillow let Python go meanwhile


def write_each(tray: Tray, folder: Path, image_format: ImageFormat, quality: int) -> list[str]:
    """Leave `frame-000012.jpg` and so on in `folder`; give the names in the order of the request."""
    for place in range(len(tray)):
        check_side(tray.size(place), image_format)

    def write(picture: Picture, place: int) -> None:
        encoded = encode_picture(tray.develop(picture, place), image_format, quality)
        (folder / _name(picture.number, image_format)).write_bytes(encoded)

    waiting: deque[Future[None]] = deque()
    with ThreadPoolExecutor(THREADS) as threads:
        for picture, (place,) in tray.pictures(range(len(tray))):
            waiting.append(threads.submit(write, picture, place))
            if len(waiting) > THREADS:
                waiting.popleft().result()
        for writing in waiting:
            writing.result()
    return [_name(number, image_format) for number in tray.numbers if number not in tray.damaged]


def _name(number: int, image_format: str) -> str:
    return f"frame-{number:06}.{SUFFIX_BY_FORMAT[image_format]}"
