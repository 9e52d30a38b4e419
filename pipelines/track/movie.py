"""Track a movie into a folder: tables, pictures and figures from one pass of decoding."""

import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from pipelines.errors import BadInput, CannotDecode
from pipelines.source import Source
from pipelines.track.canvas import Shot, matrix_of
from pipelines.track.captions import mm_per_px
from pipelines.track.columns import Row
from pipelines.track.drawing import Drawing
from pipelines.track.engines import Mode
from pipelines.track.figures import with_table, write_figures
from pipelines.track.outputs import NAMES, Output, Outputs, open_outputs
from pipelines.track.overlay import Scene
from pipelines.track.past import Past, read_past
from pipelines.track.points import Correction, Point, Size
from pipelines.track.steady import Stabilise
from pipelines.track.summary import Summary, Tally
from pipelines.track.traced import Clock, Film, open_kept
from pipelines.track.tracker import FrameTrack, Tick, follow
from pipelines.video.container import FRAMES_LIMIT, PIXELS_LIMIT
from pipelines.video.decode import THREADS, luma_frames
from pipelines.video.index import Index, read_index
from pipelines.video.timeline import Timeline, timeline_of


def track_movie(
    source: Source,
    points: Sequence[Point | tuple[str, float, float]],
    out_dir: Path,
    *,
    start: int = 0,
    end: int | None = None,
    points_size: Size | None = None,
    mode: Mode = "precise",
    corrections: Sequence[Correction | tuple[str, int, float, float]] = (),
    stabilise: Stabilise = "none",
    rotation: int = 0,
    outputs: Collection[Output] = ("csv", "parquet", "movie"),
    drawing: Drawing | None = None,
    frames_per_minute: float | None = None,
    earlier: Path | None = None,
    traced: Path | None = None,
    keep_partial: bool = False,
    tick: Tick | None = None,
    threads: int = THREADS,
    pixels_limit: int = PIXELS_LIMIT,
    frames_limit: int = FRAMES_LIMIT,
) -> Summary:
    """Follow points and leave the outputs that are asked for in `out_dir`, by the names in `outputs.NAMES`.

    The files appear whole, at the end, or not at all. keep_partial: when the movie breaks after its first
    frames, keep what was computed and say so in the summary instead of raising CannotDecode.
    earlier: a table of tracks, whose rows before `start` come first in the tables as they are, and in the traced movie
    from `drawing.first` on, which may be behind `start`, too. traced: the movie that was made of these before: whatever
    would be drawn the same is copied from it, undecoded. The archive holds the frames from `start` on.
    Raises BadInput and CannotDecode as `follow` and `read_tracks` do, as `Drawing.check` does, first_past_end, and
    whatever `tick` raises.
    """
    drawing = drawing or Drawing()
    drawing.check()
    index = read_index(source, pixels_limit=pixels_limit, frames_limit=frames_limit)
    _check_first(drawing, end, timeline_of(index))
    labels = tuple(label for label, _, _ in points)
    past = read_past(earlier, labels, start, drawing.first)
    tracks = follow(
        source,
        points,
        start=start,
        end=end,
        points_size=points_size,
        mode=mode,
        corrections=corrections,
        stabilise=stabilise,
        rotation=rotation,
        tick=tick,
        timeline=timeline_of(index),
        threads=threads,
        pixels_limit=pixels_limit,
    )
    studio = _Studio(
        source=source,
        labels=labels,
        index=index,
        past=past,
        rotation=rotation,
        drawing=drawing,
        frames_per_minute=frames_per_minute,
        tick=tick,
        threads=threads,
        pixels_limit=pixels_limit,
    )
    tally = Tally(labels)
    with tempfile.TemporaryDirectory(dir=out_dir, prefix=".unfinished-") as unfinished:
        folder = Path(unfinished)
        with closing(tracks), open_kept(traced) as kept:
            first = next(tracks)
            with open_outputs(
                folder, with_table(outputs), studio.film(first), kept, is_stabilised=stabilise != "none"
            ) as made:
                studio.recall(made, tally, first)
                followed = chain([first], tracks)
                broken = _pour(followed, made, tally, drawn_from=past.first, keep_partial=keep_partial)
        write_figures(folder, outputs, frames_per_minute=frames_per_minute)
        names = tuple(NAMES[output] for output in NAMES if output in outputs)
        for name in names:
            (folder / name).replace(out_dir / name)
    return tally.summary(names, broken, copied=made.movie.copied if made.movie else 0)


@dataclass(frozen=True, slots=True)
class _Studio:
    """What is known of a movie before its points are followed."""

    source: Source
    labels: tuple[str, ...]
    index: Index
    past: Past
    rotation: int
    drawing: Drawing
    frames_per_minute: float | None
    tick: Tick | None
    threads: int
    pixels_limit: int

    @property
    def timeline(self) -> Timeline:
        return timeline_of(self.index)

    def film(self, first: FrameTrack) -> Film:
        """Say what is drawn; a movie's size and colours are those of its first frame, as is its scale."""
        height, width = first.frame.luma.shape
        rows: Iterator[Row] = chain(self.past.lead(self.timeline), [first])
        scales = (mm_per_px(self.labels, row.positions) for row in rows)
        scene = Scene(
            labels=self.labels,
            size=(width, height),
            matrix=matrix_of(first.frame.picture),
            mm_per_px=next((scale for scale in scales if scale is not None), None),
            frames_per_minute=self.frames_per_minute,
        )
        clock = Clock(self.timeline, self.past.first, self.drawing.fps)
        return Film(scene, self.drawing, clock, self.index)

    def recall(self, made: Outputs, tally: Tally, first: FrameTrack) -> None:
        """Put what was followed earlier into the tables and the traced movie."""
        for told in self.past.rows():
            tally.count(told)
            made.write(told)
        if made.movie is None:
            return
        copied = made.movie.common(self.past.lead(self.timeline))
        for row in islice(self.past.lead(self.timeline), copied):
            made.draw(row, None)
        for drawn, shot in self._drawn_anew(self.past.first + copied, first.index):
            made.draw(drawn, shot)

    def _drawn_anew(self, begin: int, end: int) -> Iterator[tuple[Row, Shot]]:
        """Give frames that were followed earlier, with their pictures."""
        if begin >= end:
            return
        frames = luma_frames(
            self.source,
            begin,
            end,
            threads=self.threads,
            timeline=self.timeline,
            rotation=self.rotation,
            pixels_limit=self.pixels_limit,
        )
        rows = islice(self.past.lead(self.timeline), begin - self.past.first, None)
        for frame, row in zip(frames, rows, strict=True):
            yield row, Shot(frame)
            if self.tick:
                self.tick(0, max(1, self.timeline.promised - end), "drawing")


def _check_first(drawing: Drawing, end: int | None, timeline: Timeline) -> None:
    stop = timeline.promised if end is None else min(end, timeline.promised)
    if drawing.first is not None and not 0 <= drawing.first < stop:
        raise BadInput(
            f"drawing.first {drawing.first} is not one of the frames up to {stop - 1}", code="first_past_end"
        )


def _pour(
    tracks: Iterator[FrameTrack], made: Outputs, tally: Tally, *, drawn_from: int, keep_partial: bool
) -> CannotDecode | None:
    """Hand all tracks on; give where the movie broke when that is to be forgiven."""
    try:
        for track in tracks:
            tally.add(track)
            made.write(track)
            shot = Shot(track.frame, track.analysed)
            if track.index >= drawn_from:
                made.draw(track, shot)
            made.archive(shot)
    except CannotDecode as error:
        if not keep_partial:
            raise
        return error
    return None
