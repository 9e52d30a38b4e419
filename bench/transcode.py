"""The ladder of three sizes against one call of the ffmpeg command with the same settings, by one worker and by two."""

import statistics
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter

import av
import cv2
import numpy as np

from bench.cost import Clock, command, fresh, need
from bench.movies import movie, number
from bench.rows import ROUNDS, Row, all_of, faster
from bench.scene import barcode
from pipelines.transcode import Settings, encode_chunk, join_chunks, plan_chunks, transcode
from pipelines.video.index import decode_index, encode_index, read_index
from pipelines.video.picture import plane_view

NAME = "hevc"  # of 1920 x 1080, which no browser is sure to play: every size is encoded
COPIED = "gop30"  # of the same size, in H.264: the largest size is a copy
FRAMES = 300
HEIGHTS = (480, 720, 1080)
ONE_WORKER, TWO_WORKERS = 0.95, 1.0
SETTINGS = Settings(heights=HEIGHTS, poster=False, encoder="x264")
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a joined size holds. right: frames whose barcode is as in the source; timely: frames shown when the source's are.

    worst_db: the lowest peak signal-to-noise ratio of luma against the same size made in one go.
    """

    frames: int
    right: int
    timely: int
    worst_db: float


def run() -> Iterator[Row]:
    """Measure, row by row."""
    need("ffmpeg", "ffmpeg")
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as name:
        folder = Path(name)
        yield from ladder(folder)
        yield from joined(folder)
        yield copied(folder)


def ladder(folder: Path) -> Iterator[Row]:
    """Make the ladder in turn by one worker, by two, and by the baseline."""
    source = beginning(NAME, folder)
    index = encode_index(read_index(source))
    alone, shared, baseline = [], [], []
    for _ in range(ROUNDS):
        alone.append(fresh(whole, source, index, folder).laps[0].wall_seconds)
        shared.append(by_two(source, index, folder))
        baseline.append(command(ffmpeg(source, folder)).wall_seconds)
    median = statistics.median(baseline)
    title = f"{NAME}: {len(HEIGHTS)} sizes of {FRAMES} frames"
    yield faster(f"{title}, one worker", statistics.median(alone), median, ONE_WORKER)
    yield faster(f"{title}, two workers and the join", statistics.median(shared), median, TWO_WORKERS)


def joined(folder: Path) -> Iterator[Row]:
    """Look at every frame of what the two workers left."""
    for height in HEIGHTS:
        verdict: Verdict = fresh(look, folder, height).answer
        title = f"{height}p joined of chunks"
        yield all_of(f"{title}, right frames", verdict.right, max(FRAMES, verdict.frames))
        yield all_of(f"{title}, at their own times", verdict.timely, max(FRAMES, verdict.frames))
        yield Row(f"{title}, worst luma PSNR against one go", f"{verdict.worst_db:.1f} dB")


def copied(folder: Path) -> Row:
    """Make a ladder whose largest size is a copy: what is not encoded costs next to nothing."""
    source = beginning(COPIED, folder)
    ours = fresh(whole, source, encode_index(read_index(source)), folder).laps[0].wall_seconds
    baseline = command(ffmpeg(source, folder)).wall_seconds
    return faster(f"{COPIED}: {len(HEIGHTS)} sizes of {FRAMES} frames, the largest copied", ours, baseline)


def beginning(name: str, folder: Path) -> Path:
    """Return the first frames of a movie, copied: they are whole closed GOPs."""
    path = folder / f"{name}.mp4"
    with av.open(movie(name)) as source, av.open(path, "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        packets = (packet for packet in source.demux(video=0) if packet.size)
        for packet in islice(packets, FRAMES):
            packet.stream = stream
            target.mux_one(packet)
    return path


def whole(clock: Clock, source: Path, index: bytes, folder: Path) -> None:
    """Make the ladder as a worker does, with the index that is kept beside the movie."""
    out = folder / "whole"
    out.mkdir(exist_ok=True)
    with clock.lap():
        transcode(source, out, SETTINGS, index=decode_index(index))


def by_two(source: Path, index: bytes, folder: Path) -> float:
    """Make it in two processes at once, a chunk each, and join; return the seconds from the first start to the end."""
    started = perf_counter()
    with ThreadPoolExecutor(WORKERS) as workers:
        parts = [workers.submit(fresh, piece, source, index, folder, part) for part in range(WORKERS)]
        pieces = [part.result().answer for part in parts]
    fresh(join, source, index, folder, pieces)
    return perf_counter() - started


def piece(clock: Clock, source: Path, index: bytes, folder: Path, part: int) -> dict[str, Path]:
    out, known = folder / f"part-{part}", decode_index(index)
    out.mkdir(exist_ok=True)
    return encode_chunk(source, plan_chunks(known, chunks=WORKERS)[part], out, SETTINGS, index=known)


def join(clock: Clock, source: Path, index: bytes, folder: Path, pieces: list[dict[str, Path]]) -> None:
    out, known = folder / "joined", decode_index(index)
    out.mkdir(exist_ok=True)
    by_rung = {name: [part[name] for part in pieces] for name in pieces[0]}
    join_chunks(by_rung, plan_chunks(known, chunks=WORKERS), source, out, SETTINGS, index=known)


def ffmpeg(source: Path, folder: Path) -> list[str]:
    """Return the command: one decode, a split, three scalers and encoders, keyframes at the same times."""
    names = [f"v{height}" for height in HEIGHTS]
    split = f"[0:v]split={len(HEIGHTS)}" + "".join(f"[{name}]" for name in names)
    scales = [f"[{name}]scale=-2:{height}[{name}s]" for name, height in zip(names, HEIGHTS, strict=True)]
    command = [need("ffmpeg", "ffmpeg"), "-nostdin", "-loglevel", "error", "-y", "-i", str(source)]
    command += ["-filter_complex", ";".join([split, *scales])]
    for name in names:
        command += ["-map", f"[{name}s]", "-c:v", "libx264", "-preset", SETTINGS.preset]
        command += ["-crf", str(SETTINGS.crf), "-profile:v", "high", "-pix_fmt", "yuv420p"]
        command += ["-sc_threshold", "0", "-g", "1000000"]
        command += ["-force_key_frames", f"expr:gte(t,n_forced*{SETTINGS.gop_seconds:g})"]
        command += ["-movflags", "+faststart", str(folder / f"ffmpeg-{name}.mp4")]
    return command


def look(clock: Clock, folder: Path, height: int) -> Verdict:
    """Decode a joined size, the same made in one go, and the source, side by side."""
    right, timely, count, worst = 0, 0, 0, float("inf")
    paths = (
        folder / "joined" / f"{height}p.mp4",
        folder / "whole" / f"{height}p.mp4",
        folder / f"{NAME}.mp4",
    )
    with av.open(paths[0]) as one, av.open(paths[1]) as other, av.open(paths[2]) as source:
        frames = (container.decode(video=0) for container in (one, other, source))
        for got, same, truth in zip(*frames, strict=False):
            luma = np.ascontiguousarray(plane_view(got, 0))
            full = np.asarray(cv2.resize(luma, (truth.width, truth.height)), np.uint8)
            right += barcode(full) == number(NAME, count)
            timely += got.time == same.time == truth.time
            worst = min(worst, cv2.PSNR(luma, np.ascontiguousarray(plane_view(same, 0))))
            count += 1
    return Verdict(count, right, timely, worst)
