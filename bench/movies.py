"""The test movies of the benchmarks: made by code, equal every time, kept in `.bench/`.

A ten-minute movie is one encode of `encoded` frames whose packets are repeated, with later times: its GOPs are
closed, so any part decodes as in the first. **Pictures thus repeat every `encoded` frames**: an error of exactly that
many frames would go unseen by pixels, so whoever checks numbers checks times too (`seconds`).
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from bench.scene import pictures

FOLDER = Path(__file__).parent.parent / ".bench"
VERSION = 1  # in every name: raise it when a movie changes
TICKS = 4  # of a movie's clock to a frame
THREADS = 2  # of the encoder: the bytes depend on it
HIDDEN_NUMBER = 0xF00000  # from here on the frames are numbered that an edit list hides
FASTSTART = {"movflags": "+faststart"}


@dataclass(frozen=True, slots=True)
class Kind:
    """What a movie is made of. encoded: frames that are encoded; repeats: how often they come; hidden: frames
    before the first that is shown; is_vfr: frames last from half to three times as long as at a fixed rate.
    """

    size: tuple[int, int]
    encoded: int
    repeats: int = 1
    codec: Literal["libx264", "libx265"] = "libx264"
    options: dict[str, str] = field(default_factory=dict)
    muxing: dict[str, str] = field(default_factory=lambda: FASTSTART)
    fps: int = 30
    noise: int = 3
    is_vfr: bool = False
    hidden: int = 0

    @property
    def frames(self) -> int:
        """Count the frames that are shown."""
        return self.encoded * self.repeats - self.hidden


def _x264(gop: int, bits_per_second: str) -> dict[str, str]:
    """Give options for closed GOPs of one length, with a pyramid of three B-frames."""
    pyramid = (
        f"keyint={gop}:min-keyint={gop}:scenecut=0:open-gop=0:bframes=3:b-adapt=0:b-pyramid=normal:ref=3"
    )
    return {"preset": "superfast", "b": bits_per_second, "x264-params": pyramid}


FULL, HALF, SMALL = (1920, 1080), (1280, 720), (640, 360)
FRAGMENTS = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
MOVIES = {
    "gop30": Kind(FULL, encoded=1500, repeats=12, options=_x264(30, "8M")),
    "gop250": Kind(FULL, encoded=1500, repeats=12, options=_x264(250, "8M")),
    "vfr": Kind(HALF, encoded=1507, options=_x264(90, "4M"), is_vfr=True, hidden=7),
    "hevc": Kind(
        FULL,
        encoded=600,
        repeats=3,
        codec="libx265",
        options={
            "preset": "ultrafast",
            "b": "6M",
            "x265-params": "keyint=60:min-keyint=60:scenecut=0:open-gop=0:bframes=3:log-level=error",
        },
    ),
    "tator": Kind(HALF, encoded=1500, options=_x264(25, "4M"), muxing=FRAGMENTS),
    "lapse": Kind((640, 480), encoded=500, options=_x264(250, "2M")),
    # Small pictures, many bytes: a minute fills every buffer that a pipeline may keep, so that ten can show no more.
    "minute": Kind(SMALL, encoded=1800, options=_x264(30, "4M")),
    "ten-minutes": Kind(SMALL, encoded=1800, repeats=10, options=_x264(30, "4M")),
}


def movie(name: str) -> Path:
    """Return the file of a movie, which is made if there is none; KeyError when no movie is called so."""
    kind = MOVIES[name]
    path = FOLDER / f"{name}-v{VERSION}.mp4"
    if path.exists():
        return path
    FOLDER.mkdir(exist_ok=True)
    if kind.repeats == 1:
        return _made(path, lambda half_done: _encode(half_done, kind))
    once = path.with_stem(f"{path.stem}-once")
    _made(once, lambda half_done: _encode(half_done, kind))
    _made(path, lambda half_done: _repeat(once, half_done, kind))
    once.unlink()
    return path


def number(name: str, frame: int) -> int:
    """Return the barcode that frame `frame` (as shown, from 0) of a movie carries."""
    return frame % MOVIES[name].encoded


def seconds(name: str, frame: int) -> float:
    """Return when a frame is shown, in seconds since the first that is shown."""
    kind = MOVIES[name]
    if not kind.is_vfr:
        return frame / kind.fps
    times = _times(kind)
    return float(Fraction(int(times[kind.hidden + frame] - times[kind.hidden])) * _tick(kind))


def mean_fps(name: str) -> float:
    """Return the frames per second that a container of the movie tells, which is what others go by."""
    kind = MOVIES[name]
    if not kind.is_vfr:
        return kind.fps
    times = _times(kind)[kind.hidden :]
    return float((len(times) - 1) / (int(times[-1] - times[0]) * _tick(kind)))


def _tick(kind: Kind) -> Fraction:
    return Fraction(1, TICKS * kind.fps)


def _times(kind: Kind) -> NDArray[np.int64]:
    """Give when each encoded frame is shown, in ticks, and when the last ends (encoded + 1,)."""
    lasts = np.full(kind.encoded, TICKS)
    if kind.is_vfr:
        lasts = np.random.default_rng(7).choice([2, 4, 4, 4, 8, 12], kind.encoded)
    return np.concatenate([[0], np.cumsum(lasts)])


def _made(path: Path, make: Callable[[Path], None]) -> Path:
    """Make a file under another name first: one that is there is whole, even when two make it at once."""
    half_done = path.with_stem(f"{path.stem}-{os.getpid()}")
    try:
        make(half_done)
        half_done.replace(path)
    finally:
        half_done.unlink(missing_ok=True)
    return path


def _encode(path: Path, kind: Kind) -> None:
    """Encode the scene; what is hidden is shown before time 0, where the muxer writes an edit list for it."""
    times = _times(kind) - _times(kind)[kind.hidden]
    numbers = (*range(HIDDEN_NUMBER, HIDDEN_NUMBER + kind.hidden), *range(kind.encoded - kind.hidden))
    with av.open(path, "w", format="mp4", container_options=kind.muxing) as container:
        stream = container.add_stream(kind.codec, rate=kind.fps, options=kind.options)
        (stream.width, stream.height), stream.pix_fmt = kind.size, "yuv420p"
        context = stream.codec_context
        context.time_base = _tick(kind)
        context.thread_type, context.thread_count = "FRAME", THREADS
        context.colorspace, context.color_range = 1, 1  # BT.709, limited: what cameras of this size write
        for picture, pts in zip(
            pictures(*kind.size, iter(numbers), noise=kind.noise, seed=3), times, strict=False
        ):
            frame = VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = int(pts), context.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _repeat(once: Path, path: Path, kind: Kind) -> None:
    """Write all packets of a movie again and again, each time later by its length."""
    with av.open(path, "w", format="mp4", container_options=kind.muxing) as container:
        for turn in range(kind.repeats):
            with av.open(once) as source:
                given = source.streams.video[0]
                stream = container.streams.video[0] if turn else container.add_stream_from_template(given)
                later = round(turn * kind.encoded / kind.fps / (given.time_base or Fraction(1)))
                for packet in source.demux(given):
                    if packet.pts is None or packet.dts is None:
                        continue  # the mark of the end
                    packet.pts, packet.dts = packet.pts + later, packet.dts + later
                    packet.stream = stream
                    container.mux(packet)
