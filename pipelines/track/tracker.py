"""Follow points through a movie, one frame at a time."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.errors import BadInput
from pipelines.source import Source
from pipelines.track.corrections import Back, Marks, check_frames, fuse, go_back, marks_of, nothing_yet
from pipelines.track.engines import Engine, Mode, begin
from pipelines.track.points import Correction, Point, Size, checked_places
from pipelines.track.steady import Stabilise, Steady, steady_by
from pipelines.video.container import FRAMES_LIMIT, PIXELS_LIMIT
from pipelines.video.decode import THREADS, LumaFrame, luma_frames
from pipelines.video.picture import Plane
from pipelines.video.timeline import Timeline, read_timeline

Tick = Callable[[int, int, str], None]  # (done, total, phase); may raise to stop the work


@dataclass(frozen=True, slots=True)
class FrameTrack:
    """Where the points are on one frame.

    positions: (n, 2) float32, (x, y) in source pixels of the upright picture, in the order of the points.
    status: (n,) uint8, see `Status`. err: (n,) float32, px from where the way back from this frame ends to where the
    point was on the frame before; NaN when not measured. score: (n,) float32, 0..1, the chance that a place is less than
    1 px off, see `pipelines.track.score`. stable: (n, 2) float32, the positions without the camera's shake, when that
    was asked for. frame: its luma and picture, which live until the next frame is asked for. analysed: its luma in the
    size that is analysed, where that is made anyhow.
    """

    index: int
    seconds: float
    positions: NDArray[np.float32]
    status: NDArray[np.uint8]
    err: NDArray[np.float32]
    score: NDArray[np.float32]
    stable: NDArray[np.float32] | None
    frame: LumaFrame
    analysed: Plane | None = None


def follow(
    source: Source,
    points: Sequence[Point | tuple[str, float, float]],
    *,
    start: int = 0,
    end: int | None = None,
    points_size: Size | None = None,
    mode: Mode = "precise",
    corrections: Sequence[Correction | tuple[str, int, float, float]] = (),
    stabilise: Stabilise = "none",
    rotation: int = 0,
    tick: Tick | None = None,
    timeline: Timeline | None = None,
    threads: int = THREADS,
    pixels_limit: int = PIXELS_LIMIT,
    frames_limit: int = FRAMES_LIMIT,
) -> Generator[FrameTrack, None, None]:
    """Give the points on each frame from `start`, where they are marked, up to but not including `end`.

    points_size: (width, height) of the picture the points and corrections were marked on, when it is not the movie's
    own. mode: "precise" holds on to what was marked, on the source's own pixels; "baseline" goes from frame to frame as
    Plant Tracer does. corrections: where points are on later frames; the way between two marks is fused of one from
    before and one from behind. stabilise: by what rests, for `FrameTrack.stable`. rotation: 0, 90, 180 or 270 degrees
    clockwise beyond what the movie itself says; all places are then those of the picture turned so.

    Memory does not grow with the movie; with corrections it does by 16 bytes a frame and point, and some seconds of
    pictures are held. Raises BadInput as `open_movie`, `checked_range`, `checked_places`, `check_frames`, `Rulers` and
    `Background` do, and rotation_unknown; CannotDecode when the movie breaks, after all frames before that have been
    given, or when it breaks before the last correction.
    """
    timeline = timeline or read_timeline(source, pixels_limit=pixels_limit, frames_limit=frames_limit)
    stop = checked_range(timeline, start, end)
    if rotation not in {0, 90, 180, 270}:
        raise BadInput(f"rotation {rotation} is not 0, 90, 180 or 270", code="rotation_unknown")
    marked = [Point(*point) for point in points]
    corrected = [Correction(*correction) for correction in corrections]
    labels = [point.label for point in marked]
    check_frames(corrected, labels, start, stop)
    cv2.setNumThreads(1)  # for pictures of 640 px threads cost more than they give; jobs run side by side
    frames = partial(
        luma_frames,
        source,
        threads=threads,
        timeline=timeline,
        rotation=rotation,
        pixels_limit=pixels_limit,
    )
    run: _Run | None = None
    for frame in frames(start, stop):
        if run is None:
            places = checked_places(marked, points_size, _size(frame))
            marks = marks_of(corrected, labels, points_size, _size(frame))
            back = nothing_yet(marks, start, len(labels))
            go_back(frames, partial(begin, mode), marks, back, _told(tick, "going back"))
            run = _Run(begin(mode, frame.luma, places), marks, back, stabilise, labels)
            marks.put(run.engine, frame.index)
        else:
            run.engine.advance(frame.luma)
            marks.put(run.engine, frame.index)
        yield run.track(frame)
        if tick:
            tick(frame.index - start + 1, stop - start, "tracking")


class _Run:
    """What follows points, and what makes a track of it."""

    def __init__(
        self, engine: Engine, marks: Marks, back: Back, stabilise: Stabilise, labels: list[str]
    ) -> None:
        self.engine = engine
        self._marks = marks
        self._back = back
        self._stabilise = stabilise
        self._labels = labels
        self._steady: Steady | None = None

    def track(self, frame: LumaFrame) -> FrameTrack:
        """Give the track of a frame that the engine has just seen."""
        places, status, score = fuse(self._back, frame.index, self.engine)
        if self._steady is None:
            self._steady = steady_by(self._stabilise, frame.luma, places, self._labels)
        stable = self._steady.stable(frame.luma, places, status) if self._steady else None
        engine = self.engine
        return FrameTrack(
            frame.index, frame.seconds, places, status, engine.err, score, stable, frame, engine.analysed
        )


def _told(tick: Tick | None, phase: str) -> Callable[[int, int], None]:
    return lambda done, total: tick(done, total, phase) if tick else None


def checked_range(timeline: Timeline, start: int, end: int | None) -> int:
    """Give the frame before which to stop.

    A movie that is cut short may be asked for all frames that its container promises.
    Raises BadInput: too_few_frames, range_empty, range_past_end.
    """
    if timeline.promised < 2:
        raise BadInput("there is nothing to follow: the movie has only one frame", code="too_few_frames")
    stop = timeline.promised if end is None else end
    if start < 0 or stop <= start:
        raise BadInput(f"no frame lies between start {start} and end {stop}", code="range_empty")
    if stop > timeline.promised:
        raise BadInput(f"end {stop} is past the movie's {timeline.promised} frames", code="range_past_end")
    return stop


def _size(frame: LumaFrame) -> Size:
    height, width = frame.luma.shape
    return width, height
