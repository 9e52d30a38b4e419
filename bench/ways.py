"""The ways to take frames out of a movie as JPEGs: ours, and those that servers usually go."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import urllib3

from bench.cost import Clock, Lap, command, need
from bench.scene import barcode
from darkroom.settings import Settings
from pipelines.source import Source
from pipelines.stills.image import encode_picture
from pipelines.video.frames import Frames
from storage import blobs as stores
from storage.media import blob_key
from workers.movies import Movies

QUALITY = 90  # about as many bytes as FFmpeg's -q:v 3
LINK_SECONDS = 3600.0
NOTHING = b""  # what others give for a frame whose time they guess to be past the end


@dataclass(frozen=True, slots=True)
class Place:
    """Where a movie lies. where: its path, or its presigned URL; settings: of the store that holds it."""

    where: str
    sha256: str
    settings: Settings

    @property
    def is_far(self) -> bool:
        return self.where.startswith("http")


Numbers = list[int]


def ours(clock: Clock, place: Place, *turns: Numbers) -> list[Numbers]:
    """Take frames as a worker does, with the index that is kept beside the movie; one lap for each turn.

    The store's client is there before, as in a worker; the movie is opened in the first lap.
    """
    store = stores.connect(place.settings)
    store.stat(blob_key(place.sha256))
    movies = Movies(store, place.settings)
    taken = []
    for numbers in turns:
        with clock.lap(), movies.frames(place.sha256) as frames:
            jpegs = _jpegs(frames, numbers)
        taken.append(_read(jpegs))
    movies.close()
    return taken


def ours_unindexed(clock: Clock, place: Place, numbers: Numbers) -> list[Numbers]:
    """Take frames of a movie that nobody has looked into before: the index is read from the movie itself."""
    store = stores.connect(place.settings)
    store.stat(blob_key(place.sha256))
    with clock.lap(), _source(store, place) as source, Frames(source) as frames:
        jpegs = _jpegs(frames, numbers)
    return [_read(jpegs)]


def _jpegs(frames: Frames, numbers: Numbers) -> list[bytes]:
    """Encode the frames in the order that they come in; give them in the order asked for."""
    encoded = {p.number: encode_picture(p.bgr(), "jpeg", QUALITY) for p in frames.pictures(numbers)}
    return [encoded[number] for number in numbers]


@contextmanager
def _source(store: stores.Blobs, place: Place) -> Iterator[Source]:
    path = store.local_path(blob_key(place.sha256))
    if path is not None:
        yield path
        return
    with store.open(blob_key(place.sha256)) as reader:
        yield reader


def opencv(clock: Clock, place: Place, numbers: Numbers) -> list[Numbers]:
    """Download the whole movie where it is far, open it with OpenCV, and set the position for every frame."""
    with tempfile.TemporaryDirectory() as folder, clock.lap():
        path = Path(place.where)
        if place.is_far:
            path = Path(folder) / "movie.mp4"
            with (
                urllib3.request("GET", place.where, preload_content=False) as answer,
                path.open("wb") as file,
            ):
                shutil.copyfileobj(answer, file, 1 << 20)
        capture = cv2.VideoCapture(str(path))
        jpegs = []
        for number in numbers:
            capture.set(cv2.CAP_PROP_POS_FRAMES, number)
            is_there, picture = capture.read()
            jpegs.append(_jpeg(picture) if is_there else NOTHING)
        capture.release()
    return [_read(jpegs)]


def pyav(clock: Clock, place: Place, numbers: Numbers) -> list[Numbers]:
    """Open the file or URL with PyAV, and for every frame seek by its time at the mean rate and decode up to it."""
    jpegs = []
    with clock.lap(), av.open(place.where) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        rate, tick = stream.average_rate or 30, stream.time_base or 1
        for number in numbers:
            wanted = round(number / rate / tick) + (stream.start_time or 0)
            container.seek(wanted, stream=stream)
            later = (p for p in container.decode(stream) if p.pts is not None and p.pts >= wanted)
            picture = next(later, None)
            jpegs.append(NOTHING if picture is None else _jpeg(picture.to_ndarray(format="bgr24")))
    return [_read(jpegs)]


def _jpeg(picture: "np.ndarray[Any, Any]") -> bytes:
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()


def ffmpeg(place: Place, numbers: Numbers, fps: float) -> tuple[list[Lap], Numbers]:
    """Start one ffmpeg for each frame, as the usual server does; give what each costs, and the frames that came."""
    program = need("ffmpeg", "ffmpeg")
    laps, jpegs = [], []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "frame.jpg"
        for number in numbers:
            seek = [program, "-nostdin", "-loglevel", "error", "-y", "-ss", f"{number / fps:.6f}"]
            laps.append(command([*seek, "-i", place.where, "-frames:v", "1", "-q:v", "3", str(out)]))
            jpegs.append(out.read_bytes() if out.exists() else NOTHING)
            out.unlink(missing_ok=True)
    return laps, _read(jpegs)


def _read(jpegs: Iterable[bytes]) -> Numbers:
    """Give the numbers that pictures carry, outside of any lap; -1 for one that did not come."""
    return [read_jpeg(jpeg) if jpeg else -1 for jpeg in jpegs]


def read_jpeg(jpeg: bytes) -> int:
    """Give the number that a picture carries."""
    grey = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    return barcode(np.asarray(grey, np.uint8))
