"""`python -m bench truth`: how far trackers are off on scenes whose truth is known, and what they say of it.

Three ways on the same pictures: the upstream tracker's (re-enacted: Lucas-Kanade on the whole picture, rounded to 0.1 px
on each frame, lost points keep their place), `baseline` and `precise`. Errors are in px, over all points and frames on
which the marked pixel can be seen; a point is flagged when its status is not `tracked`. Hidden: the marked pixel is
covered; clear: nothing covers the target.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from bench.rows import Row, all_of
from bench.truth_scenes import HEIGHT, WIDTH, Scene, pictures, scenes
from bench.truth_upstream import Upstream
from pipelines.track.engines import Engine
from pipelines.track.flow import Flow
from pipelines.track.precise import Precise
from pipelines.track.status import Status
from pipelines.video.decode import luma_frames
from pipelines.video.picture import Plane

BASELINE_PX = 0.05  # median error of `baseline` where upstream is meant to work
RIGID_RATIO, ALL_RATIO = 7.0, 5.0  # times less median drift than upstream's way
MISSED, FALSE = 0.01, 0.02  # of the hidden points that are not flagged, of the clear ones that are
COST_RATIO = 1.5  # of precise over baseline, CPU

WAYS: dict[str, Callable[[Plane, NDArray[np.float64]], Engine]] = {
    "upstream": Upstream,
    "baseline": Flow,
    "precise": Precise,
}


@dataclass(frozen=True, slots=True)
class Run:
    """One way through one scene: errors (f, n) in px, status (f, n), score (f, n), CPU seconds a frame."""

    scene: Scene
    errors: NDArray[np.float64]
    status: NDArray[np.uint8]
    score: NDArray[np.float32]
    cpu_seconds: float

    @property
    def seen(self) -> NDArray[np.float64]:
        """Give the errors (k,) wherever the marked pixel can be seen."""
        return self.errors[~self.scene.hidden]

    @property
    def flags(self) -> NDArray[np.bool_]:
        return np.not_equal(self.status, Status.TRACKED, dtype=np.bool_)


def run() -> Iterator[Row]:
    """Measure; some two minutes."""
    cv2.setNumThreads(1)
    runs: dict[str, list[Run]] = {way: [] for way in WAYS}
    for scene in scenes():
        for way, ran in measured(scene).items():
            runs[way].append(ran)
        yield from _rows(*(runs[way][-1] for way in WAYS))
    yield from _verdicts(runs)


def measured(scene: Scene) -> dict[str, Run]:
    """Take all ways through a scene, side by side."""
    truth = np.stack([scene.paths.real, scene.paths.imag], axis=2)
    engines: dict[str, Engine] = {}
    spent = dict.fromkeys(WAYS, 0.0)
    count = scene.paths.shape[1]
    errors = {way: np.zeros((scene.frames, count)) for way in WAYS}
    status = {way: np.zeros((scene.frames, count), np.uint8) for way in WAYS}
    score = {way: np.zeros((scene.frames, count), np.float32) for way in WAYS}
    for frame, luma in enumerate(_shown(scene)):
        for way, begin in WAYS.items():
            started = time.process_time()
            if way in engines:
                engines[way].advance(luma)
            else:
                engines[way] = begin(luma, truth[0])
            spent[way] += time.process_time() - started
            engine = engines[way]
            errors[way][frame] = np.hypot(*(engine.places_px.astype(np.float64) - truth[frame]).T)
            status[way][frame], score[way][frame] = engine.status, engine.score
    return {way: Run(scene, errors[way], status[way], score[way], spent[way] / scene.frames) for way in WAYS}


def _shown(scene: Scene) -> Iterator[Plane]:
    """Give a scene's pictures, through a codec where the scene is of one."""
    if scene.crf is None:
        yield from pictures(scene)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scene.mp4"
        _encode(path, scene)
        yield from (frame.luma for frame in luma_frames(path))


def _encode(path: Path, scene: Scene) -> None:
    with av.open(path, "w") as container:
        options = {"crf": str(scene.crf), "preset": "fast"}
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.thread_type = "FRAME"
        chroma = np.full((HEIGHT // 2, WIDTH), 128, np.uint8)
        for luma in pictures(scene):
            planes = np.concatenate([luma, chroma])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(planes, "yuv420p")))
        container.mux(stream.encode(None))


def _rows(upstream: Run, baseline: Run, precise: Run) -> Iterator[Row]:
    """Give a scene's rows: the drift of both ways against upstream's, and what was flagged."""
    scene = precise.scene
    if scene.is_plain:
        median = float(np.median(baseline.seen))
        yield Row(
            f"{scene.name}: baseline",
            _told(baseline),
            _told(upstream),
            _ratio(upstream, baseline),
            f"median <= {BASELINE_PX} px",
            median <= BASELINE_PX,
        )
    else:
        yield Row(f"{scene.name}: baseline", _told(baseline), _told(upstream), _ratio(upstream, baseline))
    ratio, goal = _ratio(upstream, precise), RIGID_RATIO if scene.is_rigid else ALL_RATIO
    yield Row(
        f"{scene.name}: precise", _told(precise), _told(upstream), ratio, f">= {goal:g}x", ratio >= goal
    )
    yield Row(
        f"{scene.name}: flags", _flagged(precise), f"{_flagged(upstream)}; baseline {_flagged(baseline)}"
    )


def _verdicts(runs: dict[str, list[Run]]) -> Iterator[Row]:
    """Give the figures over all scenes."""
    upstream, baseline, precise = (runs[way] for way in WAYS)
    for name, goal, which in (
        ("all rigid scenes", RIGID_RATIO, [ran.scene.is_rigid for ran in precise]),
        ("all scenes", ALL_RATIO, [True] * len(precise)),
    ):
        theirs, ours = (
            float(np.median([np.median(ran.seen) for ran, is_in in zip(rans, which, strict=True) if is_in]))
            for rans in (upstream, precise)
        )
        ratio = theirs / ours
        told = f"{ours:.3f} px", f"{theirs:.3f} px"
        yield Row(f"{name}: median of the medians", *told, ratio, f">= {goal:g}x", ratio >= goal)
    for way, rans in runs.items():
        yield from _trust(way, rans)
    cost, base_cost = (1000 * float(np.mean([r.cpu_seconds for r in rans])) for rans in (precise, baseline))
    upstream_cost = 1000 * float(np.mean([ran.cpu_seconds for ran in upstream]))
    told_costs = f"{cost:.2f} ms a frame", f"{base_cost:.2f} ms (upstream's {upstream_cost:.2f} ms)"
    ratio = cost / base_cost
    yield Row("CPU: precise over baseline", *told_costs, ratio, f"<= {COST_RATIO:g}x", ratio <= COST_RATIO)
    yield all_of("deterministic: runs that give the same twice", _same_twice(), 1)


def _trust(way: str, rans: list[Run]) -> Iterator[Row]:
    """Give what a way says of its own places; only `precise` has a goal."""
    hidden = np.concatenate([ran.scene.hidden.ravel() for ran in rans])
    clear = np.concatenate([ran.scene.clear.ravel() for ran in rans])
    flags = np.concatenate([ran.flags.ravel() for ran in rans])
    missed, false = float((~flags[hidden]).mean()), float(flags[clear].mean())
    precision = float(hidden[flags & (hidden | clear)].mean()) if flags[hidden | clear].any() else 0.0
    is_ours = way == "precise"
    yield Row(
        f"{way}: hidden points not flagged",
        f"{missed:.2%}",
        goal=f"<= {MISSED:.0%}" if is_ours else "-",
        met=missed <= MISSED if is_ours else None,
    )
    yield Row(
        f"{way}: clear points flagged",
        f"{false:.2%} (precision of flags {precision:.1%}, recall {1 - missed:.1%})",
        goal=f"<= {FALSE:.0%}" if is_ours else "-",
        met=false <= FALSE if is_ours else None,
    )
    if way != "upstream":
        yield Row(f"{way}: score against the share within 1 px", _calibration(rans))


def _calibration(rans: list[Run]) -> str:
    """Tell, by ranges of the score, how many places are in truth less than 1 px off."""
    score = np.concatenate([ran.score[~ran.scene.hidden & ~ran.flags] for ran in rans])
    right = np.concatenate([ran.errors[~ran.scene.hidden & ~ran.flags] < 1 for ran in rans])
    edges = (0.0, 0.5, 0.8, 0.95, 1.01)
    told = []
    for low, high in pairwise(edges):
        inside = (score >= low) & (score < high)
        if inside.any():
            told.append(f"{low:g}-{min(high, 1):g}: {right[inside].mean():.2f} of {inside.sum()}")
    return ", ".join(told)


def _same_twice() -> int:
    scene = scenes()[0]
    first, second = (measured(scene)["precise"] for _ in range(2))
    return int(np.array_equal(first.errors, second.errors) and np.array_equal(first.score, second.score))


def _told(ran: Run) -> str:
    return "{:.3f} / {:.3f} / {:.2f} px".format(*np.percentile(ran.seen, [50, 95, 100]))


def _ratio(theirs: Run, ours: Run) -> float:
    return float(np.median(theirs.seen) / max(float(np.median(ours.seen)), 1e-6))


def _flagged(ran: Run) -> str:
    hidden, clear = ran.scene.hidden, ran.scene.clear
    found = f"{ran.flags[hidden].mean():.1%} of hidden, " if hidden.any() else ""
    worst = ran.errors[~hidden & ~ran.flags].max(initial=0)
    return f"{found}{ran.flags[clear].mean():.1%} of clear, worst not flagged {worst:.2f} px"
