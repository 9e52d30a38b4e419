"""The order of a trace: checked, later points cleared and the job written down in one transaction."""

import io
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from darkroom.errors import Conflict, Invalid, NotReady
from storage import media
from storage.blob_values import Blob
from storage.engine import read, write
from storage.jobs import Job
from storage.planttracer import frames, intake, logs, movies, traces, track_table
from storage.planttracer.markers import Marker, colours_of
from storage.planttracer.means import Means
from storage.planttracer.movies import Movie, State
from storage.planttracer.terms import research_terms
from storage.planttracer.track_table import Scale

PRIORITY = 50  # somebody watches it, and gives up after 15 s without progress
DRAWN_FPS = 15.0  # of the traced movie, as upstream has it
TRIES = 3  # of an order while markers change under it
BEING_TRACED = "This movie is already being traced"
READ_ONLY = "This movie is currently being traced and is read-only."
NO_TRACKPOINTS = "Cannot trace movie with no trackpoints"


class Wanted(Struct, frozen=True):
    """What a client asks for: the frame whose markers are kept, and the last one to trace (None: of the trim)."""

    frame_start: int
    frame_end: int | None
    mode: str


class _Plan(Struct, frozen=True):
    """A trace as it can be done while the movie stands as it does. earlier: the table of what is kept."""

    stands: tuple[int, int]
    last: int
    params: dict[str, Any]
    earlier: Blob | None


def order(means: Means, movie: Movie, wanted: Wanted, caller: int) -> Movie:
    """Order the trace; a second request for the one that runs is answered by it.

    Points after `frame_start`, up to the end, are cleared: the client has asked for others in their place. In mode
    `precise` those that a person has put there stay, and bend the track. Raises Invalid, Conflict, NotReady, TooMany.
    """
    for _ in range(TRIES):
        if is_same(movie, wanted):
            return movie
        check_idle(movie, BEING_TRACED)
        try:
            plan = _plan(means, movie, wanted)
        except Invalid:
            with read(means.engine) as db:
                newer = movies.known(db, movie.movie_id)
            if newer.stands() == movie.stands():
                raise
            # What was read is of another moment: a trace that has begun has cleared it, for one.
            movie = newer
            continue
        movie, ordered = _write_down(means, movie.movie_id, wanted, plan, caller)
        for job in ordered:
            means.counter.ring(job)
        if ordered:
            return movie
    raise NotReady("the markers are being changed at this moment")


def check_idle(movie: Movie, message: str = READ_ONLY) -> None:
    """Raise Conflict while a trace runs."""
    if movie.trace_job is not None:
        raise Conflict(message)


def is_same(movie: Movie, wanted: Wanted) -> bool:
    """Tell whether the trace that runs is the one that is wanted, of the markers as they are."""
    if movie.trace_job is None or movie.trace_from != wanted.frame_start or movie.edits != movie.trace_edits:
        return False
    return wanted.frame_end is None or wanted.frame_end == movie.trace_to


def _plan(means: Means, movie: Movie, wanted: Wanted) -> _Plan:
    """Say what is to be done. Raises Invalid, NotReady."""
    start, last = wanted.frame_start, _checked_range(movie, wanted)
    with read(means.engine) as db:
        scale = traces.scale_of(db, movie)
        fps = float(movie.fps or 0)
        before = frames.between(db, movie.movie_id, 0, start)
        later = frames.edited(db, movie.movie_id, start, last) if wanted.mode == "precise" else {}
        seeds = before.pop(start, [])
        if not seeds:
            raise _no_seeds(db, movie, start)
    limit = means.settings.points_limit
    if len(seeds) > limit:
        raise Invalid(f"frame {start} has {len(seeds)} markers; the limit is {limit}", limit=limit)
    params = {
        "points": [{"label": seed.label, **_place(seed, scale)} for seed in seeds],
        "points_size": dict(zip(("width", "height"), scale.analysis, strict=True)),
        "start": start,
        "end": last + 1,
        "mode": wanted.mode,
        "corrections": _corrections(later, {seed.label for seed in seeds}, scale),
        "rotation": movie.rotation,
        "outputs": ["csv", "movie"],
        "drawing": {**_drawing(movie, start, last, has_earlier=bool(before)), "colours": colours_of(seeds)},
    }
    earlier = _stored(means, track_table.write(before, scale, fps)) if before else None
    return _Plan(movie.stands(), last, params, earlier)


def _checked_range(movie: Movie, wanted: Wanted) -> int:
    """Return the last frame to trace. Raises Invalid, and NotReady before the movie can be traced."""
    if movie.state is State.FAILED:
        raise Invalid(f"This movie cannot be traced: {movie.reason}")
    if movie.state is not State.READY or movie.total_frames is None:
        raise NotReady("This movie is still being uploaded or processed. Try again in a moment.")
    count, start = movie.total_frames, wanted.frame_start
    if count < 2:
        raise Invalid("This movie has one frame: there is nothing to trace.", limit=2)
    if not 0 <= start <= count - 2:
        raise Invalid(f"frame_start must be between 0 and {count - 2}, not {start}", limit=count - 2)
    last = movie.trim()[1] if wanted.frame_end is None else wanted.frame_end
    last = count - 1 if last is None else last
    if not 0 <= last < count:
        raise Invalid(f"frame_end must be between {start + 1} and {count - 1}, not {last}", limit=count - 1)
    if last <= start:
        raise Invalid(
            f"There is nothing to trace: frame {start} is not before the last frame to trace, {last}.",
            limit=start + 1,
        )
    return last


def _no_seeds(db: sa.Connection, movie: Movie, start: int) -> Invalid:
    if not frames.between(db, movie.movie_id, 0, None):
        return Invalid(f"{NO_TRACKPOINTS}: move a marker to where it belongs first.")
    return Invalid(f"There are no markers on frame {start}: move a marker on that frame first.")


def _place(marker: Marker, scale: Scale) -> dict[str, float]:
    """Return a place on the analysis picture from its top left; what lies on its very edge is put on the last pixel."""
    width, height = scale.analysis
    x, y = marker.x, height - marker.y
    return {"x": min(max(x, 0.0), width - 1.0), "y": min(max(y, 0.0), height - 1.0)}


def _corrections(later: dict[int, list[Marker]], followed: set[str], scale: Scale) -> list[dict[str, Any]]:
    return [
        {"label": marker.label, "frame": frame, **_place(marker, scale)}
        for frame, markers in sorted(later.items())
        for marker in markers
        if marker.label in followed
    ]


def _drawing(movie: Movie, start: int, last: int, *, has_earlier: bool) -> dict[str, Any]:
    first = movie.trim()[0]
    return {
        "style": "planttracer",
        "names": False,
        "scale_bar": False,
        "clock": False,
        "fps": DRAWN_FPS,
        "size": "analysis",
        "comment": research_terms(movie),
        **({"first": first} if start < first <= last or (has_earlier and first <= start) else {}),
    }


def _stored(means: Means, table: bytes) -> Blob:
    return means.blobs.put(None, io.BytesIO(table), content_type="text/csv")


def _write_down(
    means: Means, movie_id: str, wanted: Wanted, plan: _Plan, caller: int
) -> tuple[Movie, list[Job]]:
    """Write the order down, unless the movie has changed since it was planned; return the movie, and what to ring for."""
    with write(means.engine) as db:
        movie = movies.held(db, movie_id)
        if movie.trace_job is not None or movie.stands() != plan.stands:
            return movie, []
        inputs = {"movie": movie.media_id or 0}
        if plan.earlier is not None:
            inputs["earlier"] = _earlier(db, movie, plan.earlier)
            if movie.traced_media is not None:
                inputs["traced"] = movie.traced_media
        archive = intake.renew_archive(db, means, movie)
        spares = wanted.mode == "precise"
        frames.clear(db, movie_id, wanted.frame_start, plan.last, spare_edited=spares)
        job = means.counter.order(db, "track", plan.params, inputs, owner=movie.user_id, priority=PRIORITY)
        logs.note(
            db,
            logs.TRACE_STARTED,
            user_id=caller,
            course_id=movie.course_id,
            movie_id=movie_id,
            job=job.id,
        )
        movie = movies.change(
            db,
            movie_id,
            trace_job=job.id,
            trace_from=wanted.frame_start,
            trace_to=plan.last,
            trace_edits=movie.edits,
            trace_reason=None,
            trace_failed_at=None,
            last_frame_tracked=wanted.frame_start,
        )
        return movie, [job] if archive is None else [job, archive]


def _earlier(db: sa.Connection, movie: Movie, table: Blob) -> int:
    """Record the table of what is kept, in place of that of the trace before; return its medium."""
    return media.in_place(db, movie.user_id, table, f"{movie.movie_id}_track.csv").id
