"""A whole track (decode, follow, traced movie, archive) against Plant Tracer's way, and what parts of it cost."""

import os
import shutil
import statistics
import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

import av

from bench import track_upstream
from bench.cost import Clock, Lap, Outcome, fresh, need
from bench.movies import movie
from bench.rows import ROUNDS, Row, faster, no_more
from pipelines.track import Drawing, follow, track_movie
from pipelines.track.flow import analysis_size
from pipelines.track.outputs import Output
from pipelines.track.points import Size
from pipelines.track.record import read_tracks
from pipelines.video import luma_frames, probe

FEW, MANY = 5, 50  # points
LONG_ROUNDS = 2  # of a movie of which a round takes most of a minute
PLANT_TRACER = Drawing("planttracer", names=False, scale_bar=False, clock=False, fps=15, size="analysis")
WHOLE: tuple[Output, ...] = ("csv", "movie", "zip")
TRACE: tuple[Output, ...] = ("csv", "movie")  # frames are archived once, when a movie comes in
TABLE: tuple[Output, ...] = ("csv",)  # a browser can draw the rest by itself: the baseline has no such way
TRACK_ONLY, RETRACE, MORE_POINTS, TABLE_ONLY = 1.12, 0.35, 1.5, 6.0
RECORDINGS = "DARKROOM_TEST_RECORDINGS"  # names a folder that may hold RECORDING
RECORDING, RECORDING_POINTS = "circumnutation.mp4", ((278, 166), (477, 246), (479, 198))  # px of 640 x 480

Marks = list[tuple[str, float, float]]  # in source pixels


@dataclass(frozen=True, slots=True)
class Subject:
    """A movie to be traced.

    goal, table_goal: how many times faster than the baseline, with and without a traced movie; None where there is only
    a figure.
    """

    title: str
    path: Path
    goal: float | None
    table_goal: float | None = None
    rounds: int = ROUNDS
    points: Marks | None = None

    @property
    def size(self) -> Size:
        told = probe(self.path)
        return told.width, told.height

    def marks(self, count: int = FEW) -> Marks:
        """Give points that are spread over the picture."""
        width, height = self.size
        spread = ((n, 0.15 + 0.7 * (n * 0.618 % 1), 0.15 + 0.7 * (n * 0.381 % 1)) for n in range(count))
        return self.points or [(f"P{n}", width * x, height * y) for n, x, y in spread]


def run() -> Iterator[Row]:
    """Measure, row by row."""
    need("ffmpeg", "ffmpeg")
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as name:
        folder = Path(name)
        short = Subject("1080p, 10 s", beginning("gop30", 300, folder), 2.7)
        long = Subject("1080p, 60 s", beginning("gop30", 1800, folder), 3.4, rounds=LONG_ROUNDS)
        small = Subject("640x480, 500 frames", movie("lapse"), 3.3, TABLE_ONLY)
        for subject in (short, long, small, *recorded()):
            yield from against_upstream(subject, folder)
        yield following(short)
        yield more_points(small, folder)
        for subject in (short, small):
            yield retracing(subject, folder)


def recorded() -> Iterator[Subject]:
    """Give the recording that Plant Tracer is tested with, where somebody has it."""
    path = Path(os.environ.get(RECORDINGS, "")) / RECORDING
    if os.environ.get(RECORDINGS) and path.exists():
        subject = Subject(RECORDING, path, None)
        scale = max(subject.size) / 640
        yield replace(
            subject, points=[(f"P{n}", x * scale, y * scale) for n, (x, y) in enumerate(RECORDING_POINTS)]
        )


def beginning(name: str, frames: int, folder: Path) -> Path:
    """Return the first frames of a movie, copied: they are whole closed GOPs."""
    path = folder / f"{name}-{frames}.mp4"
    with av.open(movie(name)) as source, av.open(path, "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in islice((packet for packet in source.demux(video=0) if packet.size), frames):
            packet.stream = stream
            target.mux_one(packet)
    return path


def against_upstream(subject: Subject, folder: Path) -> Iterator[Row]:
    """Trace a movie in turn by us and by the baseline, which makes its archive anew with every trace."""
    traced, whole, table, theirs = in_turn(
        subject.rounds,
        *(partial(fresh, trace, subject, subject.marks(), made, folder) for made in (TRACE, WHOLE, TABLE)),
        partial(fresh, track_upstream.trace, subject.path, scaled(subject), folder),
    )
    frames = traced.answer
    title = f"{subject.title} ({subject.rounds} rounds)"
    ours = f"{title}, trace, its ZIP made at upload"
    yield faster(ours, traced.wall, theirs.wall, subject.goal)
    yield no_more(f"{ours}, CPU per frame", 1000 * traced.cpu / frames, 1000 * theirs.cpu / frames, "ms")
    yield no_more(f"{ours}, peak memory", traced.peak_bytes / 1e6, theirs.peak_bytes / 1e6, "MB")
    drawn, theirs_drawn = movie_sizes(folder)
    yield no_more(f"{title}, the traced movie", drawn / 1e6, theirs_drawn / 1e6, "MB")
    yield faster(f"{title}, all in one pass", whole.wall, theirs.wall)
    yield faster(f"{title}, the table alone", table.wall, theirs.wall, subject.table_goal)


def movie_sizes(folder: Path) -> tuple[int, int]:
    """Give the bytes of our last traced movie and of the baseline's."""
    return (folder / "traced.mp4").stat().st_size, (folder / "upstream.mp4").stat().st_size


def following(subject: Subject) -> Row:
    """Follow without any output, against decoding alone."""
    ours, bare = in_turn(
        subject.rounds,
        partial(fresh, followed, subject, subject.marks()),
        partial(fresh, decoded, subject),
    )
    frames = ours.answer
    return no_more(
        f"{subject.title}, following against bare decoding, per frame",
        1000 * ours.wall / frames,
        1000 * bare.wall / frames,
        "ms",
        TRACK_ONLY,
    )


def more_points(subject: Subject, folder: Path) -> Row:
    many, few = in_turn(
        subject.rounds,
        partial(fresh, trace, subject, subject.marks(MANY), WHOLE, folder),
        partial(fresh, trace, subject, subject.marks(FEW), WHOLE, folder),
    )
    title = f"{subject.title}, {MANY} points against {FEW}"
    return no_more(title, many.wall, few.wall, "s", MORE_POINTS)


def retracing(subject: Subject, folder: Path) -> Row:
    """Correct a point at the beginning of the last quarter, against a trace from the first frame."""
    first = folder / "first"
    shutil.rmtree(first, ignore_errors=True)
    first.mkdir()
    fresh(trace, subject, subject.marks(), TRACE, first)
    again, full = in_turn(
        subject.rounds,
        partial(fresh, retraced, subject, first, folder),
        partial(fresh, trace, subject, subject.marks(), TRACE, folder),
    )
    return no_more(f"{subject.title}, a retrace of the last quarter", again.wall, full.wall, "s", RETRACE)


def trace(clock: Clock, subject: Subject, marks: Marks, outputs: Collection[Output], folder: Path) -> int:
    """Trace a movie as the job does that Plant Tracer's door orders; return the number of its frames."""
    with clock.lap():
        summary = track_movie(
            subject.path, marks, folder, mode="baseline", outputs=outputs, drawing=PLANT_TRACER
        )
    return summary.frames


def retraced(clock: Clock, subject: Subject, first: Path, folder: Path) -> int:
    tracks = read_tracks(first / "track.csv")
    start = len(tracks.frames) * 3 // 4
    places = tracks.places[start].clip(
        0, [subject.size[0] - 2, subject.size[1] - 2]
    )  # some have left the picture
    marks = [(label, x + 1, y) for label, (x, y) in zip(tracks.labels, places.tolist(), strict=True)]
    with clock.lap():
        summary = track_movie(
            subject.path,
            marks,
            folder,
            start=start,
            mode="baseline",
            outputs=TRACE,
            drawing=PLANT_TRACER,
            earlier=first / "track.csv",
            traced=first / "traced.mp4",
        )
    return summary.frames


def followed(clock: Clock, subject: Subject, marks: Marks) -> int:
    with clock.lap():
        return sum(1 for _ in follow(subject.path, marks, mode="baseline"))


def decoded(clock: Clock, subject: Subject) -> int:
    with clock.lap():
        return sum(1 for _ in luma_frames(subject.path))


def scaled(subject: Subject) -> track_upstream.Places:
    size = analysis_size(subject.size)
    return [(x * size[0] / subject.size[0], y * size[1] / subject.size[1]) for _, x, y in subject.marks()]


@dataclass(frozen=True, slots=True)
class Median:
    """The medians of some rounds, and the answer of the last."""

    answer: int
    wall: float
    cpu: float
    peak_bytes: float


def in_turn(rounds: int, *works: Callable[[], Outcome]) -> list[Median]:
    """Do the works one after another, again and again."""
    outcomes: list[list[Outcome]] = [[] for _ in works]
    for _ in range(rounds):
        for work, done in zip(works, outcomes, strict=True):
            done.append(work())
    return [_median(done) for done in outcomes]


def _median(outcomes: list[Outcome]) -> Median:
    laps: list[Lap] = [outcome.laps[0] for outcome in outcomes]
    return Median(
        outcomes[-1].answer,
        statistics.median(lap.wall_seconds for lap in laps),
        statistics.median(lap.cpu_seconds for lap in laps),
        statistics.median(outcome.peak_bytes for outcome in outcomes),
    )
