"""Markers of a movie's frames: put, renamed, and told as tables."""

from falcon import Request, Response

from api.bodies import write_json
from api.dialects.planttracer import marker_tables
from api.dialects.planttracer.answers import Refused, answer
from api.dialects.planttracer.reach import asked, editable, readable
from api.dialects.planttracer.workbook import workbook_of
from api.services import Services
from darkroom.errors import Invalid
from storage.engine import read, write
from storage.planttracer import frames, leases, markers, movies, tracing
from storage.planttracer.markers import Bounds
from storage.planttracer.movies import Movie

ATTACHMENT = 'attachment; filename="trackpoints.{suffix}"'
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = "csv, json, xlsx"
PRECISION_LIMIT = 10  # digits after the point: far beyond what a trace can know


class PutTrackpoints:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        """Write the markers of one frame in place of what it had. While a trace runs, they are kept and win over its own."""
        fields, person = asked(self.services, req)
        movie = editable(self.services, person, fields.get("movie_id")).movie
        frame = self._frame(movie, fields.number("frame_number"))
        width, height = movie.size()
        bounds = Bounds(width, height, self.services.settings.points_limit)
        given = markers.parse(fields.text("trackpoints"), bounds)
        with write(self.services.engine) as db:
            movies.held(db, movie.movie_id)
            leases.check(db, movie.movie_id, person.user_id)
            frames.put(db, movie.movie_id, frame, given)
        # The client compares the whole text, with the space at its end.
        answer(resp, message=f"trackpoints recorded: {len(given)} ")

    def _frame(self, movie: Movie, frame: int | None) -> int:
        limit = movie.total_frames or self.services.settings.planttracer_frames_limit
        if frame is None or not 0 <= frame < limit:
            raise Invalid(
                f"frame_number must be between 0 and {limit - 1}", where="frame_number", limit=limit - 1
            )
        return frame


class RenameMarker:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        """Give a marker another label on every frame."""
        fields, person = asked(self.services, req)
        movie = editable(self.services, person, fields.get("movie_id")).movie
        old, new = fields.text("old_label"), markers.checked_label(fields.text("new_label"))
        with write(self.services.engine) as db:
            tracing.check_idle(movies.held(db, movie.movie_id))
            leases.check(db, movie.movie_id, person.user_id)
            known = frames.labels(db, movie.movie_id)
            if new != old and old in known and new in known:
                raise Refused(f"marker label already exists: {new}", 400)
            changed = (0, 0) if new == old else frames.rename(db, movie.movie_id, old, new)
        answer(resp, frames_updated=changed[0], trackpoints_updated=changed[1])


class GetTrackpoints:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        """Tell the markers within the trim as a table; whole pixels, unless `precision` asks for digits."""
        fields, person = asked(self.services, req)
        movie = readable(self.services, person, fields.get("movie_id")).movie
        wanted = fields.text("format", "csv") or "csv"
        if wanted not in FORMATS.split(", "):
            raise Invalid(f"format must be one of {FORMATS}", where="format", limit=FORMATS)
        with read(self.services.engine) as db:
            found = frames.between(db, movie.movie_id, *movie.trim())
        match wanted:
            case "json":
                # The word, not the truth: the wire has it so, and its readers compare with it.
                write_json(resp, {"error": "False", "trackpoint_dicts": marker_tables.dicts(found)})
            case "xlsx":
                delivery = workbook_of(self.services, movie, found)
                resp.set_header("Content-Disposition", ATTACHMENT.format(suffix="xlsx"))
                resp.content_type = XLSX
                assert delivery.body is not None  # noqa: S101 - nothing was asked on a condition
                resp.set_stream(delivery.body, delivery.stat.size)
            case _:
                resp.set_header("Content-Disposition", ATTACHMENT.format(suffix="csv"))
                resp.content_type = "text/csv"
                resp.text = marker_tables.table(found, self._digits(fields.get("precision")))

    on_get = on_post

    def _digits(self, text: str | None) -> int:
        if text is None:
            return 0
        if not (text.isascii() and text.isdigit() and int(text) <= PRECISION_LIMIT):
            raise Invalid(
                f"precision is a number of digits, 0 to {PRECISION_LIMIT}",
                where="precision",
                limit=PRECISION_LIMIT,
            )
        return int(text)
