"""The movie to look at: whether we are there, its first frame, and where its files are."""

import time

from falcon import Request, Response

from api.dialects.planttracer import movie_views, patience, red
from api.dialects.planttracer.answers import Refused, answer
from api.dialects.planttracer.credential import credential_of
from api.dialects.planttracer.crossing import Crossing, let_cross
from api.dialects.planttracer.fields import Fields, fields_of
from api.dialects.planttracer.movie_views import MP4, ZIP
from api.dialects.planttracer.reach import DIALECT, person_with, readable
from api.services import Services
from darkroom.errors import Invalid, NotReady, Unauthenticated
from darkroom.jobs import JobState
from storage.engine import read
from storage.jobs import Job
from storage.planttracer import findings
from storage.planttracer.movies import Movie, State
from workers import enqueue
from workers.enqueue import Order

JPEG, JPEG_QUALITY = "image/jpeg", 90
LINK_SECONDS = 300.0
NO_KEY, NO_MOVIE = "api_key must be provided", "movie_id must be provided"
NO_DATA, NO_ZIP = "movie data is not available", "movie zipfile is not available"
NO_FRAME = "Could not retrieve the movie frame."


class Ping(Crossing):
    anonymous = True
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_get(self, req: Request, resp: Response) -> None:
        """Say that we are there; `path` is for the original's own tests, and tells nothing here."""
        let_cross(resp)
        answer(resp, status="ok", time=time.time(), path=[])


class FirstFrame(Crossing):
    anonymous = True  # the red pictures are
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._credential = credential_of(services)

    def on_get(self, req: Request, resp: Response) -> None:
        """Send the movie's first frame as its user has turned it; the first to ask makes the movie ready."""
        let_cross(resp)
        until = time.monotonic() + self.services.settings.frame_wait_seconds
        fields = fields_of(req, self.services.settings.body_limit_bytes)
        movie_id = fields.get("movie_id")
        if movie_id in red.PICTURES:
            resp.content_type, resp.data = JPEG, red.PICTURES[movie_id]
            return
        key = self._credential(req)
        if key is None:
            raise Unauthenticated("this needs a key")
        movie = readable(self.services, person_with(self.services, key), movie_id).movie
        self._send(resp, self._job(patience.described(self.services, movie, until), until))

    def _job(self, movie: Movie, until: float) -> Job:
        """Return the job that made the picture. Raises Refused, NotReady."""
        if movie.state is State.FAILED:
            raise Refused(movie.reason or NO_FRAME, 400)
        if movie.state is not State.READY:
            raise NotReady("the movie is still being uploaded or processed")
        width, height = movie.size()
        params = {"width": width, "height": height, "rotation": movie.rotation, "quality": JPEG_QUALITY}
        order = Order(
            kind="frames",
            params={"frames": [0], **params},
            inputs={"movie": movie.media_id or 0},
            owner=movie.user_id,
            dialect=DIALECT,
        )
        services = self.services
        job = enqueue.submit(services.engine, services.bell, services.settings, order).job
        job = patience.awaited(services, job.id, until)
        if not job.has_ended():
            raise NotReady("the frame is still being made")
        if job.state is not JobState.SUCCEEDED:
            raise Refused(f"{NO_FRAME} {findings.reason_of(job)}", 400)
        return job

    def _send(self, resp: Response, job: Job) -> None:
        delivery = self.services.blobs.get(job.read_result().outputs[0].key)
        assert delivery.body is not None  # noqa: S101 - nothing was asked on a condition
        resp.content_type = JPEG
        resp.set_header("Cache-Control", "no-store")  # a turn changes the picture at the same address
        resp.set_stream(delivery.body, delivery.stat.size)


class MovieData(Crossing):
    anonymous = True  # a missing key has its own words here
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._credential = credential_of(services)

    def on_get(self, req: Request, resp: Response) -> None:
        """Lead to the movie's bytes or to the ZIP of its frames, or say where both are."""
        let_cross(resp)
        fields = fields_of(req, self.services.settings.body_limit_bytes)
        movie = self._movie(req, fields)
        match fields.get("format"):
            case None | "" | "movie":
                resp.location = self._link(movie, movie.media_id, MP4, NO_DATA)
                resp.status = 302
            case "zip":
                movie = self._archived(movie)
                resp.location = self._link(movie, movie.archive_media, ZIP, NO_ZIP)
                resp.status = 302
            case "json":
                movie = self._archived(movie)
                url = self._link(movie, movie.media_id, MP4, NO_DATA)
                answer(resp, movie_id=movie.movie_id, url=url, zip_url=self._zip_url(movie))
            case _:
                raise Invalid("format must be json or zip", where="format", limit="json, zip")

    def _movie(self, req: Request, fields: Fields) -> Movie:
        key = self._credential(req)
        if not key:
            raise Refused(NO_KEY, 401)
        person = person_with(self.services, key)
        if not fields.get("movie_id"):
            raise Refused(NO_MOVIE, 400)
        return readable(self.services, person, fields.get("movie_id")).movie

    def _archived(self, movie: Movie) -> Movie:
        """Wait a while for the ZIP, which is begun when a movie becomes ready."""
        until = time.monotonic() + self.services.settings.frame_wait_seconds
        return patience.archived(self.services, movie, until)

    def _zip_url(self, movie: Movie) -> str | None:
        return None if movie.archive_media is None else self._link(movie, movie.archive_media, ZIP, NO_ZIP)

    def _link(self, movie: Movie, media_id: int | None, content_type: str, missing: str) -> str:
        """Return a signed link. Raises Refused when there is no such file."""
        with read(self.services.engine) as db:
            known = movie_views.known_of(db, [movie])[movie.movie_id]
        url = movie_views.link(self.services, known, media_id, content_type, LINK_SECONDS)
        if url is None:
            raise Refused(missing, 404)
        return url
