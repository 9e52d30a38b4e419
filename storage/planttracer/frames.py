"""The markers of each frame of a movie; whoever changes one holds the movie's row."""

import msgspec
import sqlalchemy as sa

from storage.planttracer.markers import Marker, decode, encode
from storage.planttracer.tables import pt_frames, pt_movies

BATCH = 500  # rows in one statement


def between(db: sa.Connection, movie_id: str, first: int, last: int | None) -> dict[int, list[Marker]]:
    """Return the markers of frames `first` to `last`, both included (None: to the end), by frame; empty ones left out."""
    query = (
        sa.select(pt_frames.c.frame, pt_frames.c.trackpoints)
        .where(pt_frames.c.movie_id == movie_id, pt_frames.c.frame >= first)
        .order_by(pt_frames.c.frame)
    )
    if last is not None:
        query = query.where(pt_frames.c.frame <= last)
    decoded = ((row.frame, decode(row.trackpoints)) for row in db.execute(query))
    return {frame: markers for frame, markers in decoded if markers}


def put(db: sa.Connection, movie_id: str, frame: int, markers: list[Marker]) -> None:
    """Write a person's markers of one frame in place of what was there; the movie's drawing is then out of date."""
    edit = _count_edit(db, movie_id)
    db.execute(sa.delete(pt_frames).where(pt_frames.c.movie_id == movie_id, pt_frames.c.frame == frame))
    _insert(db, movie_id, {frame: markers}, edit)
    last = sa.func.coalesce(pt_movies.c.last_frame_tracked, -1)
    raised = sa.case((last < frame, frame), else_=last)
    db.execute(sa.update(pt_movies).where(pt_movies.c.movie_id == movie_id).values(last_frame_tracked=raised))


def rename(db: sa.Connection, movie_id: str, old: str, new: str) -> tuple[int, int]:
    """Give a marker another label on every frame; return how many frames and markers changed.

    Edits of a person stay known as such: a row keeps its `edit`, unless a trace wrote it.
    """
    rows = db.execute(sa.select(pt_frames).where(pt_frames.c.movie_id == movie_id)).all()
    changed = {row.frame: decode(row.trackpoints) for row in rows}
    changed = {
        frame: markers for frame, markers in changed.items() if any(marker.label == old for marker in markers)
    }
    if changed:
        _count_edit(db, movie_id)
        write = (
            sa.update(pt_frames)
            .where(pt_frames.c.movie_id == movie_id, pt_frames.c.frame == sa.bindparam("of_frame"))
            .values(trackpoints=sa.bindparam("text"))
        )
        renamed = {frame: _renamed(markers, old, new) for frame, markers in changed.items()}
        db.execute(
            write, [{"of_frame": frame, "text": encode(markers)} for frame, markers in renamed.items()]
        )
    return len(changed), sum(marker.label == old for markers in changed.values() for marker in markers)


def labels(db: sa.Connection, movie_id: str) -> set[str]:
    """Return every label that is on any frame."""
    return {marker.label for markers in between(db, movie_id, 0, None).values() for marker in markers}


def edited(db: sa.Connection, movie_id: str, after: int, until: int) -> dict[int, list[Marker]]:
    """Return the markers of frames after `after`, up to and including `until`, that a person has written."""
    query = sa.select(pt_frames.c.frame, pt_frames.c.trackpoints).where(
        pt_frames.c.movie_id == movie_id,
        pt_frames.c.frame > after,
        pt_frames.c.frame <= until,
        pt_frames.c.edit > 0,
    )
    return {row.frame: decode(row.trackpoints) for row in db.execute(query)}


def clear(db: sa.Connection, movie_id: str, after: int, until: int, *, spare_edited: bool) -> None:
    """Forget the markers of frames after `after`, up to and including `until`; or only those that a trace wrote."""
    gone = sa.delete(pt_frames).where(
        pt_frames.c.movie_id == movie_id, pt_frames.c.frame > after, pt_frames.c.frame <= until
    )
    db.execute(gone.where(pt_frames.c.edit == 0) if spare_edited else gone)


def clear_all(db: sa.Connection, movie_id: str) -> None:
    """Forget every marker: the picture is another."""
    _count_edit(db, movie_id)
    db.execute(sa.delete(pt_frames).where(pt_frames.c.movie_id == movie_id))


def keep_traced(db: sa.Connection, movie_id: str, markers_by_frame: dict[int, list[Marker]]) -> None:
    """Write what a trace found, except on frames that a person has written.

    What a person had written before the trace was ordered is gone by then, unless it was to bend the track.
    """
    if not markers_by_frame:
        return
    first, last = min(markers_by_frame), max(markers_by_frame)
    of_range = (pt_frames.c.movie_id == movie_id, pt_frames.c.frame >= first, pt_frames.c.frame <= last)
    spared = set(db.execute(sa.select(pt_frames.c.frame).where(*of_range, pt_frames.c.edit > 0)).scalars())
    db.execute(sa.delete(pt_frames).where(*of_range, pt_frames.c.edit == 0))
    found = {frame: markers for frame, markers in markers_by_frame.items() if frame not in spared}
    _insert(db, movie_id, found, edit=0)


def _count_edit(db: sa.Connection, movie_id: str) -> int:
    counted = (
        sa.update(pt_movies)
        .where(pt_movies.c.movie_id == movie_id)
        .values(edits=pt_movies.c.edits + 1, needs_retracing=1)
        .returning(pt_movies.c.edits)
    )
    edit: int = db.execute(counted).scalar_one()
    return edit


def _insert(db: sa.Connection, movie_id: str, markers_by_frame: dict[int, list[Marker]], edit: int) -> None:
    rows = [
        {"movie_id": movie_id, "frame": frame, "trackpoints": encode(markers), "edit": edit}
        for frame, markers in markers_by_frame.items()
    ]
    for start in range(0, len(rows), BATCH):
        db.execute(sa.insert(pt_frames), rows[start : start + BATCH])


def _renamed(markers: list[Marker], old: str, new: str) -> list[Marker]:
    return [
        msgspec.structs.replace(marker, label=new) if marker.label == old else marker for marker in markers
    ]
