"""Follow points through a movie, one frame at a time."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.errors import BadInput
from pipelines.source import Source
from pipelines.track.flow import Flow
from pipelines.track.points import Point, Size, checked_places
from pipelines.video.container import FRAMES_LIMIT, PIXELS_LIMIT
from pipelines.video.decode import THREADS, LumaFrame, luma_frames
from pipelines.video.timeline import Timeline, read_timeline
from pipelines.video.turn import Turn

Tick = Callable[[int, int, str], None]  # (done, total, phase); may raise to stop the work


@dataclass(frozen=True, slots=True)
class FrameTrack:
    """Where the points are on one frame.

    positions: (n, 2) float32, (x, y) in source pixels of the upright picture, in the order of the points.
    status: (n,) uint8, see `Status`. err: (n,) float32, px from where the
    way back from this frame ends to where the point was on the frame before, NaN when not measured. score: (n,) float32, 0..1, how far the
    place can be trusted. stable: (n, 2) float32, the positions without the camera's shake, when that was asked for.
    frame: its luma and picture, which live until the next frame is asked for.
    """

    index: int
    seconds: float
    positions: NDArray[np.float32]
    status: NDArray[np.uint8]
    err: NDArray[np.float32]
    score: NDArray[np.float32]
    stable: NDArray[np.float32] | None
    frame: LumaFrame


def follow(
    source: Source,
    points: Sequence[Point | tuple[str, float, float]],
    *,
    start: int = 0,
    end: int | None = None,
    points_size: Size | None = None,
    rotation: int = 0,
    tick: Tick | None = None,
    timeline: Timeline | None = None,
    threads: int = THREADS,
    pixels_limit: int = PIXELS_LIMIT,
    frames_limit: int = FRAMES_LIMIT,
) -> Generator[FrameTrack, None, None]:
    """Give the points on each frame from `start`, where they are marked, up to but not including `end`.

    points_size: (width, height) of the picture the points were marked on, when it is not the movie's own.
    rotation: 0, 90, 180 or 270 degrees clockwise beyond what the movie itself says; places are then those of the
    picture turned so.
    Constant memory. Raises BadInput as `open_movie`, `checked_range`, `turned` and
    `checked_places` do; CannotDecode
    when the movie breaks, after all frames before that have been given.
    """
    timeline = timeline or read_timeline(source, pixels_limit=pixels_limit, frames_limit=frames_limit)
    stop = checked_range(timeline, start, end)
    frames = luma_frames(source, start, stop, threads=threads, timeline=timeline, pixels_limit=pixels_limit)
    frames = turned(frames, rotation)
    marked = [Point(*point) for point in points]
    cv2.setNumThreads(1)  # for pictures of 640 px threads cost more than they give; jobs run side by side
    flow: Flow | None = None
    for frame in frames:
        if flow is None:
            flow = Flow(frame.luma, checked_places(marked, points_size, _size(frame)))
        else:
            flow.advance(frame.luma)
        yield FrameTrack(
            frame.index, frame.seconds, flow.places_px, flow.status, flow.err, flow.score, None, frame
        )
        if tick:
            tick(frame.index - start + 1, stop - start, "tracking")


def turned(frames: Iterator[LumaFrame], rotation: int) -> Iterator[LumaFrame]:
    """Give the frames turned clockwise. Raises BadInput: rotation_unknown."""
    if rotation not in {0, 90, 180, 270}:
        raise BadInput(f"rotation {rotation} is not 0, 90, 180 or 270", code="rotation_unknown")
    turn = Turn(rotation)
    return (
        (replace(f, luma=turn.apply(f.luma), turn=f.turn.then(turn)) for f in frames) if rotation else frames
    )


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
