"""What a person changes about a movie: its turn, trim, rate, terms, and whether it is there at all."""

from typing import Any

import sqlalchemy as sa
from falcon import Request, Response

from api.dialects.planttracer import checks, movie_views
from api.dialects.planttracer.answers import Refused, answer
from api.dialects.planttracer.credential import forbid_demo
from api.dialects.planttracer.reach import DENIED, asked, editable, means_of, readable
from api.dialects.planttracer.visitors import address_of
from api.services import Services
from darkroom.errors import Forbidden
from storage import media
from storage.engine import read, write
from storage.planttracer import frames, intake, logs, movies, tracing
from storage.planttracer.movies import Movie, State

INVALID_ROTATION = "Invalid rotation"
ROTATIONS = (0, 90, 180, 270)


class RotateMovie:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        """Turn the movie, clockwise from how it says itself it is shown. Every marker goes: it was on another picture."""
        fields, person = asked(self.services, req)
        movie = editable(self.services, person, fields.get("movie_id")).movie
        rotation = fields.number("rotation")
        if rotation not in ROTATIONS:
            raise Refused(INVALID_ROTATION)
        means = means_of(self.services)
        archive = None
        with write(self.services.engine) as db:
            movie = movies.held(db, movie.movie_id)
            tracing.check_idle(movie)
            frames.clear_all(db, movie.movie_id)
            drawn = [] if movie.traced_media is None else [movie.traced_media]
            movie = movies.change(
                db,
                movie.movie_id,
                rotation=rotation,
                needs_retracing=0,
                last_frame_tracked=None,
                traced_media=None,
                traced_at=None,
                trace_reason=None,
                trace_failed_at=None,
            )
            media.drop(db, drawn)
            if movie.state is State.READY:
                archive = intake.order_archive(db, means, movie)
        if archive is not None:
            means.counter.ring(archive)
        answer(resp)


class DeleteMovie:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        """Put the movie among the deleted, or take it back."""
        fields, person = asked(self.services, req)
        movie = editable(self.services, person, fields.get("movie_id")).movie
        with write(self.services.engine) as db:
            delete(db, req, movie, deleted=fields.flag("delete", default=True))
        answer(resp)


class SetTrim:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        """Move one end of the trim. An earlier start takes the old start's markers along, unless it has some."""
        fields, person = asked(self.services, req)
        movie = editable(self.services, person, fields.get("movie_id")).movie
        with write(self.services.engine) as db:
            movie = movies.held(db, movie.movie_id)
            before = movie.trim()[0]
            start, end = checks.trimmed(
                movie, fields.number("trim_start_frame"), fields.number("trim_end_frame")
            )
            if start < before:
                copy_markers(db, movie, before, start)
            movie = movies.change(db, movie.movie_id, trim_start=start, trim_end=end)
        _tell(self.services, resp, movie)


class SetFpm:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        """Say how many frames a minute were taken; the track does not depend on it."""
        fields, person = asked(self.services, req)
        movie = editable(self.services, person, fields.get("movie_id")).movie
        fpm = checks.checked_fpm(fields.get("fpm"))
        with write(self.services.engine) as db:
            movie = movies.change(db, movie.movie_id, fpm=fpm)
        _tell(self.services, resp, movie)


class SetResearch:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        """Say what others may do with the movie: its owner's word alone. Without research there is nothing to credit."""
        fields, person = asked(self.services, req)
        forbid_demo(person)
        reached = readable(self.services, person, fields.get("movie_id"))
        if not reached.rights.owns:
            raise Forbidden(DENIED)
        use = checks.answer_of(fields.get("research_use"))
        values: dict[str, Any] = {"research_use": use}
        credit = checks.answer_of(fields.get("credit_by_name"))
        if use != 1:
            values["credit_by_name"] = None
        elif credit is not None:
            values["credit_by_name"] = credit
        with write(self.services.engine) as db:
            movies.change(db, reached.movie.movie_id, **values)
        answer(resp)


def _tell(services: Services, resp: Response, movie: Movie) -> None:
    """Answer with the movie as it now is."""
    with read(services.engine) as db:
        known = movie_views.known_of(db, [movie])[movie.movie_id]
    answer(resp, metadata=movie_views.metadata_view(services, movie, known))


def delete(db: sa.Connection, req: Request, movie: Movie, *, deleted: bool) -> None:
    """Mark the movie as deleted, or as no longer so."""
    movies.change(db, movie.movie_id, deleted=int(deleted))
    logs.note(
        db,
        logs.MOVIE_DELETED if deleted else logs.MOVIE_RESTORED,
        user_id=req.context.caller.user_id,
        course_id=movie.course_id,
        movie_id=movie.movie_id,
        ipaddr=address_of(req),
    )


def copy_markers(db: sa.Connection, movie: Movie, source: int, target: int) -> None:
    """Put the markers of one frame on another that has none."""
    found = frames.between(db, movie.movie_id, target, target) or {}
    given = frames.between(db, movie.movie_id, source, source).get(source)
    if not found and given:
        frames.put(db, movie.movie_id, target, given)
