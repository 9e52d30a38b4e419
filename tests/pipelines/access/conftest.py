"""Small movies of every kind of reference between pictures, and what a decoder gives from their start to their end."""

import hashlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

RATE = Fraction(25)
FRAMES = 48
X264 = "keyint=12:min-keyint=12:scenecut=0:bframes=3:b-adapt=0:b-pyramid=normal"
X265 = "keyint=12:min-keyint=6:bframes=3:b-adapt=0:scenecut=0:log-level=none"
PYRAMID = {"options": {"x264-params": X264}}
OPEN = {"options": {"x264-params": f"open-gop=1:{X264}"}}
REFRESH = {"options": {"x264-params": "intra-refresh=1:keyint=15:bframes=0:scenecut=0:ref=1"}}
HEVC = {"codec": "libx265", "options": {"x265-params": f"{X265}:open-gop=0"}}
CRA = {"codec": "libx265", "options": {"x265-params": f"{X265}:open-gop=1"}}
ALT = {"auto-alt-ref": "1", "lag-in-frames": "16", "g": "20"}
UNEVEN = [sum((3, 1, 7, 2, 5)[k % 5] for k in range(i)) for i in range(FRAMES)]
KINDS = {
    "pyramid.mp4": PYRAMID,
    "pyramid.mov": PYRAMID,
    "pyramid.mkv": PYRAMID,
    "pyramid.ts": PYRAMID,
    "pyramid.flv": PYRAMID,
    "pyramid.avi": PYRAMID,
    "fragments.mp4": PYRAMID | {"muxer": {"movflags": "frag_keyframe+empty_moov+default_base_moof"}},
    "opengop.mp4": OPEN,
    "opengop.mkv": OPEN,
    "opengop.ts": OPEN,
    "refresh.mp4": REFRESH,
    "uneven.mp4": PYRAMID | {"pts": UNEVEN, "clock": Fraction(1, 600)},
    "late.mp4": PYRAMID | {"pts": [i + 40 for i in range(FRAMES)]},
    "early.mp4": PYRAMID
    | {
        "pts": [i - 7 for i in range(FRAMES)],
        "muxer": {"use_editlist": "0", "movflags": "negative_cts_offsets"},
    },
    "hevc.mp4": HEVC,
    "cra.mp4": CRA,
    "cra.mkv": CRA,
    "cra.ts": CRA,
    "vp8.webm": {"codec": "libvpx", "options": ALT},
    "vp9.webm": {"codec": "libvpx-vp9", "options": ALT},
    "vp9.mp4": {"codec": "libvpx-vp9", "options": ALT},
    "av1.mkv": {"codec": "libsvtav1", "options": {"preset": "10", "g": "20"}},
    "mpeg4.avi": {"codec": "mpeg4", "options": {"g": "12", "bf": "2"}},
    "mpeg4.mp4": {"codec": "mpeg4", "options": {"g": "12", "bf": "2"}},
    "mpeg2.ts": {"codec": "mpeg2video", "options": {"g": "12", "bf": "2"}},
    "mjpeg.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "prores.mov": {"codec": "prores_ks", "pix_fmt": "yuv422p10le"},
    "ffv1.mkv": {"codec": "ffv1", "pix_fmt": "bgr0"},
    "loop.gif": {"codec": "gif", "pix_fmt": "rgb8"},
}


def scene(count=FRAMES, width=96, height=64) -> list[np.ndarray]:
    """Give pictures of a box that moves over a grainy ground, so that every packet weighs something."""
    rng = np.random.default_rng(3)
    ground = cv2.GaussianBlur(rng.integers(0, 255, (height, width * 3, 3), dtype=np.uint8), (0, 0), 1)

    def picture(index: int) -> np.ndarray:
        shown = ground[:, index * 3 % width :][:, :width].copy()
        grain = rng.integers(0, 24, shown.shape, dtype=np.uint8)
        return cv2.rectangle(
            cv2.add(shown, grain), (index * 5 % width, 10), (index * 5 % width + 12, 30), (255, 9, 0), -1
        )

    return [picture(index) for index in range(count)]


def write(
    path: Path,
    *,
    codec="libx264",
    pix_fmt="yuv420p",
    options=None,
    muxer=None,
    pts=None,
    clock=1 / RATE,
    turn=None,
) -> Path:
    """Write the scene."""
    with av.open(path, "w", options=muxer or {}) as container:
        stream = container.add_stream(codec, rate=RATE, options=options or {})
        stream.width, stream.height, stream.pix_fmt = 96, 64, pix_fmt
        context = stream.codec_context
        context.thread_type, context.thread_count, context.time_base = "FRAME", 1, clock
        if turn:
            a, b, c, d = (65536 * value for value in turn.matrix)
            stream.set_display_matrix([a, b, 0, c, d, 0, 0, 0, 1 << 30])
        for index, picture in enumerate(scene()):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = (pts[index] if pts else index), clock
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def digest(frame: av.VideoFrame) -> str:
    """Tell a picture by its bytes, format and colours."""
    planes = [np.frombuffer(p, np.uint8).reshape(p.height, p.line_size) for p in frame.planes]
    sums = [
        hashlib.sha256(p[:, : frame.width // (1 if i == 0 else 2)].tobytes()).hexdigest()
        for i, p in enumerate(planes)
    ]
    return f"{sums} {frame.format.name} {frame.colorspace} {frame.color_range} {frame.color_primaries}"


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Callable[[str], Path]:
    """Give the movie of a kind, made once."""
    folder = tmp_path_factory.mktemp("made")

    def movie(name: str) -> Path:
        path = folder / name
        return path if path.exists() else write(path, **KINDS[name])

    return movie


@pytest.fixture(scope="session")
def truth(made) -> Callable[[str], list[str]]:
    """Give the digest of every frame of a kind, decoded one after the other."""
    known: dict[str, list[str]] = {}

    def digests(name: str) -> list[str]:
        if name not in known:
            with av.open(made(name)) as container:
                known[name] = [digest(frame) for frame in container.decode(video=0)]
        return known[name]

    return digests


@pytest.fixture(scope="session")
def digest_of() -> Callable[[av.VideoFrame], str]:
    return digest


@pytest.fixture(params=KINDS)
def name(request) -> str:
    """Give every kind in turn."""
    return request.param


@pytest.fixture
def write_scene(tmp_path) -> Callable[..., Path]:
    """Give a writer of other movies of the scene."""
    return lambda name="scene.mp4", **how: write(tmp_path / name, **how)
