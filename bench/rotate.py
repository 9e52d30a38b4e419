"""What a turn costs: a ten-minute movie by its header and by a remux, against encoding it anew."""

import hashlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import av
import numpy as np

from bench import movies
from bench.rows import ROUNDS, Missing, Row, all_of, faster, in_turn
from pipelines.rotate import rotate
from pipelines.video import luma_frames

MOVIE = "gop30"
PART_SECONDS = (
    10  # of the movie is encoded anew: a frame costs what a frame costs, and all of it takes ten minutes
)
FRAMES = (0, 1, 299)  # compared, picture by picture


def run() -> Iterator[Row]:
    """Measure, row by row."""
    if shutil.which("ffmpeg") is None:
        raise Missing("ffmpeg is not installed: apt-get install ffmpeg")
    movie = movies.movie(MOVIE)
    with tempfile.TemporaryDirectory(dir=movies.FOLDER, prefix="rotate-") as name:
        folder = Path(name)
        yield from _whole_movie(movie, folder)


def _whole_movie(movie: Path, folder: Path) -> Iterator[Row]:
    part, matroska, out = folder / "part.mp4", folder / "whole.mkv", folder / "out"
    out.mkdir()
    _ffmpeg("-i", movie, "-t", str(PART_SECONDS), "-c", "copy", part)
    _ffmpeg("-i", movie, "-c", "copy", matroska)
    header, remux, pixels, encoded = in_turn(
        lambda: _timed(lambda: _turn(movie, out, "metadata")),
        lambda: _timed(lambda: _turn(matroska, out, "metadata")),
        lambda: _timed(lambda: _turn(part, out, "pixels")),
        lambda: _timed(lambda: _encode(part, out / "encoded.mp4")),
        rounds=ROUNDS,
    )
    kind = movies.MOVIES[MOVIE]
    whole = encoded * kind.frames / (PART_SECONDS * kind.fps)
    told = (
        f"ffmpeg's transpose and x264 veryfast ({PART_SECONDS} s of the movie, times {whole / encoded:.0f})"
    )
    yield faster(f"10 minutes of 1080p turned by the header, against {told}", header, whole, goal=100)
    yield faster("the same as Matroska, remuxed", remux, whole)
    yield faster(f"{PART_SECONDS} s turned by pixels, against ffmpeg at the same settings", pixels, encoded)
    turned = out / _turn(movie, out, "metadata")
    before, after = _packets(movie), _packets(turned)
    yield all_of("packets that are the same bytes, turned by the header", _common(before, after), len(before))
    turned = out / _turn(matroska, out, "metadata")
    before, after = _packets(matroska), _packets(turned)
    yield all_of("packets that are the same bytes, remuxed", _common(before, after), len(before))
    yield all_of("frames shown turned, equal to numpy's", _equal_frames(matroska, turned), len(FRAMES))


def _turn(source: Path, out: Path, method: Literal["metadata", "pixels"]) -> str:
    made = rotate(source, out, rotation=90, method=method)
    if made.method != method:
        raise RuntimeError(f"not turned as asked: {made.why}")
    return made.file


def _encode(source: Path, target: Path) -> None:
    settings = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p")
    _ffmpeg("-i", source, "-vf", "transpose=1", *settings, target)


def _ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments], check=True)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _packets(path: Path) -> list[tuple[bytes, int | None]]:
    """Give (digest, pts) of all picture packets."""
    with av.open(path) as container:
        packets = container.demux(container.streams.video[0])
        return [(hashlib.sha1(memoryview(p)).digest(), p.pts) for p in packets if p.size]  # noqa: S324, no secret


def _common(before: list[tuple[bytes, int | None]], after: list[tuple[bytes, int | None]]) -> int:
    if len(before) != len(after):
        return 0
    return sum(one == other for one, other in zip(before, after, strict=True))


def _equal_frames(before: Path, after: Path) -> int:
    return sum(
        np.array_equal(
            np.rot90(next(luma_frames(before, number)).luma, -1), next(luma_frames(after, number)).luma
        )
        for number in FRAMES
    )
