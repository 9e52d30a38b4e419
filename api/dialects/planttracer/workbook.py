"""A movie's markers as a workbook: made by a job from a table of them, and waited for."""

import io
import time
from typing import Any

from api.dialects.planttracer import patience
from api.dialects.planttracer.answers import Refused
from api.dialects.planttracer.reach import means_of
from api.services import Services
from darkroom.errors import NotReady
from darkroom.jobs import JobState
from storage import media
from storage.blob_values import Delivery
from storage.engine import write
from storage.jobs import Job
from storage.planttracer import findings, track_table
from storage.planttracer.markers import Marker
from storage.planttracer.movies import Movie
from storage.planttracer.track_table import Scale

WORKBOOK = "analysis.xlsx"
NOTHING = "There are no trackpoints to export."
TITLE_LIMIT = 1000  # characters, as of a field of an analysis


def workbook_of(services: Services, movie: Movie, markers_by_frame: dict[int, list[Marker]]) -> Delivery:
    """Return the workbook. Raises Refused, NotReady when it takes longer than a client waits."""
    width, height = movie.size()
    if not markers_by_frame or width is None or height is None:
        raise Refused(NOTHING, 400)
    # In pixels of the analysis picture, as people have marked it.
    table = track_table.write(
        markers_by_frame, Scale((width, height), (width, height)), float(movie.fps or 0)
    )
    job = _ordered(
        services, movie, table, {"size": {"width": width, "height": height}, "metadata": _told(movie)}
    )
    until = time.monotonic() + services.settings.frame_wait_seconds
    job = patience.awaited(services, job.id, until)
    if not job.has_ended():
        raise NotReady("the workbook is still being made")
    if job.state is not JobState.SUCCEEDED:
        raise Refused(f"The workbook could not be made: {findings.reason_of(job)}", 400)
    return services.blobs.get(findings.output_of(job, WORKBOOK).key)


def _told(movie: Movie) -> dict[str, str | int]:
    """Return what the sheet Metadata says of the movie, as far as it is known."""
    first, last = movie.trim()
    told: dict[str, str | int | None] = {
        "movie_id": movie.movie_id,
        "title": movie.title[:TITLE_LIMIT],
        "trim_start_frame": first,
        "trim_end_frame": last,
        "fpm": movie.fpm,
    }
    return {name: value for name, value in told.items() if value is not None}


def _ordered(services: Services, movie: Movie, table: bytes, params: dict[str, Any]) -> Job:
    """Order the workbook of a table, which takes the place of the table that was asked for before."""
    blob = services.blobs.put(None, io.BytesIO(table), content_type="text/csv")
    if movie.fpm is not None:
        params["frames_per_minute"] = float(movie.fpm)
    params |= {"origin": "bottom-left", "whole_pixels": True, "outputs": ["xlsx"]}
    counter = means_of(services).counter
    with write(services.engine) as db:
        record = media.in_place(db, movie.user_id, blob, f"{movie.movie_id}_trackpoints.csv")
        job = counter.order(db, "analysis", params, {"track": record.id}, owner=movie.user_id, priority=0)
    counter.ring(job)
    return job
