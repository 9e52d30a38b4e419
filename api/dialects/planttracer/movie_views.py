"""Movies as the wire shows them: numbers are numbers, dimensions are those of the picture that clients mark."""

from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from api.services import Services
from storage import media
from storage.media import Media
from storage.planttracer import movies, traces
from storage.planttracer.markers import Marker, on_wire
from storage.planttracer.movies import Movie, State

TRACING, TRACED, TRACE_FAILED = "tracing", "tracing completed", "tracing failed"
ORIGIN = "bottom-left"
LINK_SECONDS = 3600.0
MP4, ZIP = "video/mp4", "application/zip"


class Known(Struct, frozen=True):
    """What a view of a movie needs besides the movie. files: by media id; last: the last frame that is tracked."""

    owner: tuple[str, str]
    files: dict[int, Media]
    last: int | None


def known_of(db: sa.Connection, shown: list[Movie]) -> dict[str, Known]:
    """Return what views of these movies need, by movie."""
    owners = movies.owners(db, {movie.user_id for movie in shown})
    named = [(movie.media_id, movie.archive_media, movie.traced_media) for movie in shown]
    files = media.by_ids(db, [media_id for ids in named for media_id in ids if media_id is not None])
    return {
        movie.movie_id: Known(owners.get(movie.user_id, ("", "")), files, traces.last_frame(db, movie))
        for movie in shown
    }


def status_of(movie: Movie) -> str:
    """Return how far the movie has come, in the client's own words."""
    if movie.trace_job is not None:
        return TRACING
    if movie.trace_reason is not None:
        return TRACE_FAILED
    if movie.state is not State.READY:
        return movie.state.value
    return TRACED if movie.traced_at is not None else movie.state.value


def record_view(movie: Movie, known: Known) -> dict[str, Any]:
    """Return a movie as it is kept."""
    width, height = movie.size()
    uploaded = None if movie.uploaded_at is None else int(movie.uploaded_at)
    file = known.files.get(movie.media_id or 0)
    return {
        "movie_id": movie.movie_id,
        "title": movie.title,
        "description": movie.description,
        "user_id": known.owner[0],
        "user_name": known.owner[1],
        "course_id": movie.course_id,
        "status": status_of(movie),
        "published": movie.published,
        "deleted": movie.deleted,
        "created_at": int(movie.created_at),
        "date_uploaded": uploaded,
        "uploaded_at": uploaded,
        "resized_at": uploaded if movie.state is State.READY else None,  # newer clients wait for it
        "orig_movie": None,
        "fps": movie.fps,
        "fpm": movie.fpm,
        "width": width,
        "height": height,
        "total_frames": movie.total_frames,
        "total_bytes": None if file is None else file.size,
        "trim_start_frame": movie.trim_start,
        "trim_end_frame": movie.trim_end,
        "trackpoint_origin": ORIGIN,
        "movie_data_urn": _urn(movie.media_id, known),
        "movie_zipfile_urn": _urn(movie.archive_media, known),
        "movie_traced_urn": _urn(movie.traced_media, known),
        "last_frame_tracked": known.last,
        "needs_retracing": movie.needs_retracing,
        "version": movie.version,
        "research_use": movie.research_use,
        "credit_by_name": movie.credit_by_name,
        "attribution_name": movie.attribution_name,
        "rotation": movie.rotation,
        "rotation_steps": 0,
        "upload_failure_summary": movie.reason,
        "tracing_failed_at": None if movie.trace_failed_at is None else int(movie.trace_failed_at),
        "tracing_failure_summary": movie.trace_reason,
        "tracking_lock": {"active": movie.trace_job is not None},
    }


def listed_view(services: Services, movie: Movie, known: Known) -> dict[str, Any]:
    """Return a movie as the list shows it: with a link to what was traced, if it was."""
    view = record_view(movie, known)
    traced = link(services, known, movie.traced_media, MP4)
    return view if traced is None else {**view, "movie_traced_url": traced}


def metadata_view(services: Services, movie: Movie, known: Known) -> dict[str, Any]:
    """Return a movie as its page needs it: with the trim worked out, and with links."""
    view = record_view(movie, known)
    start, end = movie.trim()
    view["trim_start_frame"] = start
    if end is None:
        del view["trim_end_frame"]
    else:
        view["trim_end_frame"] = end
    files = (
        ("movie_data_url", movie.media_id, MP4),
        ("movie_zipfile_url", movie.archive_media, ZIP),
        ("movie_traced_url", movie.traced_media, MP4),
    )
    links = {name: link(services, known, media_id, kind) for name, media_id, kind in files}
    return {**view, **{name: url for name, url in links.items() if url is not None}}


def frames_view(markers_by_frame: dict[int, list[Marker]]) -> dict[str, Any]:
    return {
        str(frame): {"markers": [on_wire(marker, frame) for marker in markers]}
        for frame, markers in markers_by_frame.items()
    }


def link(
    services: Services, known: Known, media_id: int | None, content_type: str, seconds: float = LINK_SECONDS
) -> str | None:
    """Return a signed link to one of the movie's files, None when there is none."""
    file = known.files.get(media_id or 0)
    if file is None:
        return None
    return services.blobs.url(file.key(), expires=seconds, content_type=content_type)


def _urn(media_id: int | None, known: Known) -> str | None:
    """Name a file as the wire does, whatever the store: the client asks whether it begins with `s3:`."""
    file = known.files.get(media_id or 0)
    return None if file is None else f"s3://darkroom/{file.key()}"
