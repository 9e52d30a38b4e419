"""Track a movie into a folder: tables and a traced movie from one pass of decoding."""

import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Literal, Protocol

from pipelines.errors import CannotDecode
from pipelines.source import Source
from pipelines.track.canvas import matrix_of
from pipelines.track.overlay import Overlay
from pipelines.track.points import Point, Size
from pipelines.track.summary import Summary, Tally
from pipelines.track.table import open_csv, open_parquet
from pipelines.track.tracker import FrameTrack, Tick, follow
from pipelines.video.container import FRAMES_LIMIT, PIXELS_LIMIT
from pipelines.video.decode import THREADS
from pipelines.video.encode import Encoder, open_encoder
from pipelines.video.timeline import Timeline, read_timeline

Output = Literal["csv", "parquet", "movie"]
NAMES: dict[Output, str] = {"csv": "track.csv", "parquet": "track.parquet", "movie": "traced.mp4"}


class Sink(Protocol):
    """Takes a track frame by frame."""

    def add(self, track: FrameTrack) -> None: ...


class TracedMovie:
    """The movie with the points drawn on it."""

    def __init__(self, overlay: Overlay, encoder: Encoder, timeline: Timeline, start: int) -> None:
        self._overlay = overlay
        self._encoder = encoder
        self._timeline = timeline
        self._first_ticks = timeline.ticks(start)

    def add(self, track: FrameTrack) -> None:
        """Draw and encode one frame, shown when the source's is."""
        pts = self._timeline.ticks(track.index) - self._first_ticks
        self._encoder.add(self._overlay.draw(track), pts)


def track_movie(
    source: Source,
    points: Sequence[Point | tuple[str, float, float]],
    out_dir: Path,
    *,
    start: int = 0,
    end: int | None = None,
    points_size: Size | None = None,
    outputs: Collection[Output] = ("csv", "parquet", "movie"),
    keep_partial: bool = False,
    tick: Tick | None = None,
    threads: int = THREADS,
    pixels_limit: int = PIXELS_LIMIT,
    frames_limit: int = FRAMES_LIMIT,
) -> Summary:
    """Follow points and leave `track.csv`, `track.parquet` and `traced.mp4`, as asked, in `out_dir`.

    The files appear whole, at the end, or not at all. keep_partial: when the movie breaks after its first
    frames, keep what was computed and say so in the summary instead of raising CannotDecode.
    Raises BadInput and CannotDecode as `follow` does, and whatever `tick` raises.
    """
    labels = [label for label, _, _ in points]
    timeline = read_timeline(source, pixels_limit=pixels_limit, frames_limit=frames_limit)
    tracks = follow(
        source,
        points,
        start=start,
        end=end,
        points_size=points_size,
        tick=tick,
        timeline=timeline,
        threads=threads,
        pixels_limit=pixels_limit,
    )
    tally = Tally(labels)
    with tempfile.TemporaryDirectory(dir=out_dir, prefix=".unfinished-") as folder:
        with closing(tracks):
            broken = _pour(tracks, tally, _Opener(Path(folder), labels, timeline, outputs), keep_partial)
        names = tuple(NAMES[output] for output in NAMES if output in outputs)
        for name in names:
            (Path(folder) / name).replace(out_dir / name)
    return tally.summary(names, broken)


class _Opener:
    """Opens the asked outputs once the first frame is there: a movie's size and colours are its own."""

    def __init__(
        self, folder: Path, labels: list[str], timeline: Timeline, outputs: Collection[Output]
    ) -> None:
        self._folder = folder
        self._labels = labels
        self._timeline = timeline
        self._outputs = outputs

    @contextmanager
    def open(self, first: FrameTrack) -> Iterator[list[Sink]]:
        """Give the sinks; their files are whole once the block is left without an error."""
        with ExitStack() as stack:
            yield [
                stack.enter_context(self._sink(output, first)) for output in NAMES if output in self._outputs
            ]

    @contextmanager
    def _sink(self, output: Output, first: FrameTrack) -> Iterator[Sink]:
        path = self._folder / NAMES[output]
        match output:
            case "csv":
                with open_csv(path, self._labels) as csv:
                    yield csv
            case "parquet":
                with open_parquet(path, self._labels) as parquet:
                    yield parquet
            case "movie":
                with self._traced(path, first) as movie:
                    yield movie

    @contextmanager
    def _traced(self, path: Path, first: FrameTrack) -> Iterator[TracedMovie]:
        height, width = first.frame.luma.shape
        overlay = Overlay(self._labels, (width, height))
        with open_encoder(
            path,
            (overlay.canvas.width, overlay.canvas.height),
            rate=self._timeline.rate,
            time_base=self._timeline.time_base,
            colorspace=matrix_of(first.frame.picture),
        ) as encoder:
            yield TracedMovie(overlay, encoder, self._timeline, first.index)


def _pour(
    tracks: Iterator[FrameTrack], tally: Tally, opener: _Opener, keep_partial: bool
) -> CannotDecode | None:
    """Write all tracks; give where the movie broke when that is to be forgiven."""
    first = next(tracks)
    with opener.open(first) as sinks:
        try:
            for track in _chained(first, tracks):
                tally.add(track)
                for sink in sinks:
                    sink.add(track)
        except CannotDecode as error:
            if not keep_partial:
                raise
            return error
    return None


def _chained(first: FrameTrack, rest: Iterable[FrameTrack]) -> Iterator[FrameTrack]:
    yield first
    yield from rest
