"""Smart cuts out of ten-minute movies against encoding the same frames anew with the ffmpeg command."""

import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame

from bench.cost import Clock, command, fresh, need
from bench.movies import MOVIES, movie, number
from bench.rows import ROUNDS, Row, all_of, faster
from bench.scene import barcode
from pipelines.clip import Clip, Range, cut
from pipelines.video.index import decode_index, encode_index, read_index
from pipelines.video.picture import plane_view

GOALS = {"gop30": 10.0, "gop250": 2.5}
LENGTHS = {
    300: ROUNDS,
    800: 3,
}  # frames: rounds, of which the baseline of the longer takes half a minute each
START = 437  # in the middle of a GOP of either movie


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a clip holds. right: frames whose barcode is as asked; equal: frames that are the movie's bit by bit.

    worst_db: the lowest peak signal-to-noise ratio of luma among the others.
    """

    frames: int
    right: int
    equal: int
    worst_db: float


def run() -> Iterator[Row]:
    """Measure, row by row."""
    need("ffmpeg", "ffmpeg")
    for name in GOALS:
        for length, rounds in LENGTHS.items():
            with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder:
                yield from cuts(name, Range(START, START + length), rounds, Path(folder))


def cuts(name: str, wanted: Range, rounds: int, folder: Path) -> Iterator[Row]:
    """Cut the range in turn with the baseline, then look at every frame of what was cut."""
    index = encode_index(read_index(movie(name)))
    ours, baseline = [], []
    for _ in range(rounds):
        outcome = fresh(smart, name, index, wanted, folder)
        ours.append(outcome.laps[0].wall_seconds)
        baseline.append(command(encode_anew(name, wanted, folder / "anew.mp4")).wall_seconds)
    made: Clip = outcome.answer
    title = f"{name}: smart cut of {made.frames} frames"
    times = statistics.median(ours), statistics.median(baseline)
    yield faster(f"{title} ({rounds} rounds)", *times, GOALS[name])
    verdict: Verdict = fresh(look, name, wanted, folder / made.file).answer
    asked = wanted.end - wanted.start
    yield all_of(f"{title}, right frames of {verdict.frames}", verdict.right, max(asked, verdict.frames))
    yield all_of(f"{title}, copied bit by bit", verdict.equal, made.copied)
    yield Row(f"{title}, the {made.encoded} encoded, worst luma PSNR", f"{verdict.worst_db:.1f} dB")


def smart(clock: Clock, name: str, index: bytes, wanted: Range, folder: Path) -> Clip:
    """Cut as a worker does, with the index that is kept beside the movie."""
    with clock.lap():
        clipped = cut(movie(name), folder, [wanted], mode="smart", index=decode_index(index))
    return clipped.clips[0]


def encode_anew(name: str, wanted: Range, out: Path) -> list[str]:
    program, fps = need("ffmpeg", "ffmpeg"), MOVIES[name].fps
    seek = [
        program,
        "-nostdin",
        "-loglevel",
        "error",
        "-y",
        "-ss",
        f"{wanted.start / fps:.6f}",
        "-i",
        str(movie(name)),
    ]
    frames = ["-frames:v", str(wanted.end - wanted.start)]
    return [*seek, *frames, "-c:v", "libx264", "-preset", "veryfast", str(out)]


def look(clock: Clock, name: str, wanted: Range, path: Path) -> Verdict:
    """Decode clip and movie side by side, from the start."""
    right, equal, count, worst = 0, 0, 0, float("inf")
    with av.open(path) as clip, av.open(movie(name)) as whole:
        for container in (clip, whole):
            container.streams.video[0].thread_type = "FRAME"
        source = islice(whole.decode(video=0), wanted.start, None)
        for got, truth in zip(clip.decode(video=0), source, strict=False):
            luma = np.ascontiguousarray(plane_view(got, 0))
            right += barcode(luma) == number(name, wanted.start + count)
            count += 1
            if is_equal(got, truth):
                equal += 1
            else:
                worst = min(worst, cv2.PSNR(luma, np.ascontiguousarray(plane_view(truth, 0))))
    return Verdict(count, right, equal, worst)


def is_equal(one: VideoFrame, other: VideoFrame) -> bool:
    return all(np.array_equal(plane_view(one, plane), plane_view(other, plane)) for plane in range(3))
